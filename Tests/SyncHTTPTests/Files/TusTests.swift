import Crypto
import Foundation
import SyncEngine
import SyncHTTP
import SyncModel
import SyncTesting
import Testing

/// tus 1.0.0 as the document has it, request by request, over a bare connection.
@Suite struct TusTests {
  let it: FileSchool
  static let content = Array(String(repeating: "0123456789", count: 100).utf8)

  init() throws { it = try FileSchool() }

  /// Attached on the first laptop, its entry at the hub.
  private func named(_ content: [UInt8] = TusTests.content) throws -> SyncModel.Attachment {
    let path = try it.file("记录.txt", content)
    let attached = try it.first.at(it.school.now()).attach(
      [path], to: try it.first.item("1.1", of: it.campaign), of: it.campaign, unit: try it.first.ownUnit(),
      onBehalf: false)
    try it.school.synchronize(it.first, with: it.root)
    return try #require(attached.added.first)
  }

  @Test("creation, offsets, wrong offset 409, wrong checksum 460, the last piece, and a file that is there already")
  func upload() async throws {
    let file = try named()
    try await LiveHub.serve(it.root.workspace) { url async throws in
      let laptop = try await Requester(url, it.first)
      #expect(try await laptop.offset(of: file.hash) == nil)
      let created = try await laptop.begin(file.hash, byteCount: 1000)
      #expect(created.status == 201 && created.headers[Tus.uploadOffset] == "0")
      #expect(created.headers[HeaderName.location] == Endpoint.file(file.hash))
      #expect(created.headers[Tus.resumable] == Tus.version)
      #expect(try await laptop.offset(of: file.hash) == 0)

      let start = Array(Self.content[..<400])
      let wrongOffset = try await laptop.append(start, at: 10, to: file.hash)
      #expect(wrongOffset.status == 409 && wrongOffset.headers[Tus.resumable] == Tus.version)
      let other = Data(SHA256.hash(data: [1])).base64EncodedString()
      #expect(
        try await laptop.append(start, at: 0, to: file.hash, [Tus.uploadChecksum: "sha256 \(other)"]).status == 460)
      #expect(
        try await laptop.append(start, at: 0, to: file.hash, [Tus.uploadChecksum: "md5 \(other)"]).status == 400)
      #expect(try await laptop.offset(of: file.hash) == 0)
      let sum = Data(SHA256.hash(data: start)).base64EncodedString()
      let first = try await laptop.append(start, at: 0, to: file.hash, [Tus.uploadChecksum: "sha256 \(sum)"])
      #expect(first.status == 204 && first.headers[Tus.uploadOffset] == "400")
      #expect(try await laptop.append(start, at: 0, to: file.hash).status == 409)
      // Begun again after an interruption: the same upload, where it stopped.
      #expect(try await laptop.begin(file.hash, byteCount: 1000).headers[Tus.uploadOffset] == "400")

      let rest = Array(Self.content[400...])
      let sha1 = Data(Insecure.SHA1.hash(data: rest)).base64EncodedString()
      let last = try await laptop.append(rest, at: 400, to: file.hash, [Tus.uploadChecksum: "sha1 \(sha1)"])
      #expect(last.status == 204 && last.headers[Tus.uploadOffset] == "1000")
      #expect(it.root.workspace.files.isSound(file.hash))
      #expect(try await laptop.offset(of: file.hash) == 1000)
      let again = try await laptop.begin(file.hash, byteCount: 1000)
      #expect(again.status == 201 && again.headers[Tus.uploadOffset] == "1000")
    }
  }

  @Test("the whole file's hash decides: what does not match is refused at the last piece and removed (promise 5)")
  func lyingHash() async throws {
    let file = try named()
    try await LiveHub.serve(it.root.workspace) { url async throws in
      let laptop = try await Requester(url, it.first)
      #expect(try await laptop.begin(file.hash, byteCount: 999).status == 400)
      _ = try await laptop.begin(file.hash, byteCount: 1000)
      let answer = try await laptop.append(Array(Self.content.reversed()), at: 0, to: file.hash)
      #expect(answer.status == 422 && answer.code == "fileMismatch")
      #expect(try await laptop.offset(of: file.hash) == nil)
      #expect(it.root.workspace.files.hashes().isEmpty)
    }
  }

  @Test("who is not entitled: another unit, a hash that nothing names, a stopped device, nobody (promise 7)")
  func unauthorised() async throws {
    let file = try named()
    try await LiveHub.serve(it.root.workspace) { url async throws in
      let laptop = try await Requester(url, it.first)
      _ = try await laptop.begin(file.hash, byteCount: 1000)
      #expect(try await laptop.append(Self.content, at: 0, to: file.hash).status == 204)
      let stranger = try await Requester(url, it.stranger)
      for (method, status) in [("GET", 403), ("HEAD", 403), ("DELETE", 404)] {
        let answer = try await stranger.send(method, Endpoint.file(file.hash), Requester.resumable)
        #expect(answer.status == status, "\(method)")
      }
      let begun = try await stranger.begin(file.hash, byteCount: 1000)
      #expect(begun.status == 403 && begun.code == "fileNotNamed")
      let unknown = try await laptop.begin(Digest256(a: 1, b: 2, c: 3, d: 4), byteCount: 1000)
      #expect(unknown.status == 403 && unknown.code == "fileNotNamed")
      let unsigned = try await RawConnection.talk(
        to: url, bytes: [RawConnection.request("GET", Endpoint.file(file.hash))])
      #expect(RawAnswer(unsigned)?.status == 401)

      try it.root.at(it.school.now()).revoke(
        try #require(try it.root.directory().devices[it.first.identity.device]), reason: "遗失")
      let stopped = try await Requester(url, it.first)
      #expect(try await stopped.send("GET", Endpoint.file(file.hash)).status == 403)
    }
  }

  @Test("a request changed on the way counts for nothing: body, offset, length, range, metadata (promise 5)")
  func changedOnTheWay() async throws {
    let file = try named()
    try await LiveHub.serve(it.root.workspace) { url async throws in
      let laptop = try await Requester(url, it.first)
      _ = try await laptop.begin(file.hash, byteCount: 1000)
      func replacing(_ name: String, _ value: String) -> ([HeaderField]) -> [HeaderField] {
        { $0.map { $0.name == name ? HeaderField(name, value) : $0 } }
      }
      let headers = try laptop.headers(
        "PATCH", Endpoint.file(file.hash), Requester.resumable.merging([Tus.uploadOffset: "0"]) { $1 }, type: Tus.piece,
        body: Array(Self.content[..<10]))
      let text = try await RawConnection.talk(
        to: url,
        bytes: [
          RawConnection.request("PATCH", Endpoint.file(file.hash), headers: headers, body: Array(Self.content[1..<11]))
        ])
      #expect(RawAnswer(text)?.code == "digestMismatch")
      let offset = try await laptop.append(
        [1], at: 5, to: file.hash, change: replacing(Tus.uploadOffset, "0"))
      #expect(offset.status == 401)
      let added = try await laptop.send("GET", Endpoint.file(file.hash)) { $0 + [HeaderField("range", "bytes=0-1")] }
      #expect(added.status == 401)
      #expect(try await laptop.offset(of: file.hash) == 0)
    }
  }

  @Test("what tus wants said is asked for: version, type, length, place; OPTIONS tells everybody")
  func forms() async throws {
    let file = try named()
    try await LiveHub.serve(it.root.workspace) { url async throws in
      let laptop = try await Requester(url, it.first)
      let hash = Data(file.hash.description.utf8).base64EncodedString()
      let metadata = "\(Tus.hashKey) \(hash),filename \(Data("记录".utf8).base64EncodedString())"
      let good = [Tus.uploadLength: "1000", Tus.uploadMetadata: metadata].merging(Requester.resumable) { $1 }
      func begin(_ fields: [String: String]) async throws -> Int {
        try await laptop.send("POST", Endpoint.files, fields).status
      }
      #expect(try await begin(good.filter { $0.key != Tus.resumable }) == 412)
      #expect(try await begin(good.merging([Tus.resumable: "0.2.2"]) { $1 }) == 412)
      #expect(try await begin(good.filter { $0.key != Tus.uploadLength }) == 400)
      #expect(try await begin(good.merging([Tus.uploadLength: "-1"]) { $1 }) == 400)
      #expect(try await begin(good.merging([Tus.uploadMetadata: "hash \(hash),hash \(hash)"]) { $1 }) == 400)
      #expect(try await begin(good.merging([Tus.uploadMetadata: "filename \(hash)"]) { $1 }) == 400)
      #expect(try await begin(good.merging([Tus.uploadLength: "\(SyncModel.Attachment.byteLimit + 1)"]) { $1 }) == 413)
      #expect(try await begin(good) == 201)
      let path = Endpoint.file(file.hash)
      let untyped = try await laptop.send(
        "PATCH", path, Requester.resumable.merging([Tus.uploadOffset: "0"]) { $1 }, type: MediaType.bytes, body: [1])
      #expect(untyped.status == 415)
      #expect(try await laptop.append(Array(Self.content + [1]), at: 0, to: file.hash).status == 413)
      #expect(try await laptop.send("GET", Endpoint.files + "/0123").status == 404)
      let options = RawAnswer(
        try await RawConnection.talk(to: url, bytes: [RawConnection.request("OPTIONS", Endpoint.files)]))
      #expect(options?.status == 204 && options?.headers[Tus.versions] == "1.0.0")
      #expect(options?.headers[Tus.extensionList] == "creation,creation-with-upload,checksum,termination")
    }
  }

  @Test("termination ends the device's own upload, and no file that is whole")
  func termination() async throws {
    let file = try named()
    try await LiveHub.serve(it.root.workspace) { url async throws in
      let laptop = try await Requester(url, it.first)
      _ = try await laptop.begin(file.hash, byteCount: 1000)
      _ = try await laptop.append(Array(Self.content[..<500]), at: 0, to: file.hash)
      #expect(try await laptop.send("DELETE", Endpoint.file(file.hash), Requester.resumable).status == 204)
      #expect(try await laptop.offset(of: file.hash) == nil)
      _ = try await laptop.begin(file.hash, byteCount: 1000)
      _ = try await laptop.append(Self.content, at: 0, to: file.hash)
      #expect(try await laptop.send("DELETE", Endpoint.file(file.hash), Requester.resumable).status == 404)
      #expect(it.root.workspace.files.isSound(file.hash))
    }
  }

  @Test("no room is 507, too many requests 429, and nothing is begun (promise 8)")
  func bounds() async throws {
    let file = try named()
    let quota = FileQuota(unitBytes: 999, bytes: 1 << 30)
    try await LiveHub.serve(it.root.workspace, quota: quota) { url async throws in
      let answer = try await Requester(url, it.first).begin(file.hash, byteCount: 1000)
      #expect(answer.status == 507 && answer.code == "unitQuota")
    }
    try await LiveHub.serve(it.root.workspace, freeDiskBytes: { 256 << 20 }) { url async throws in
      let answer = try await Requester(url, it.first).begin(file.hash, byteCount: 1000)
      #expect(answer.status == 507 && answer.code == "diskFull")
    }
    var limit = HTTPLimit.standard
    limit.fileRequests = .init(burst: 2, perSecond: 0.001)
    try await LiveHub.serve(it.root.workspace, limit: limit) { url async throws in
      let laptop = try await Requester(url, it.first)
      #expect(try await laptop.offset(of: file.hash) == nil)
      _ = try await laptop.offset(of: file.hash)
      #expect(try await laptop.begin(file.hash, byteCount: 1000).status == 429)
    }
    #expect(it.root.workspace.files.hashes().isEmpty)
  }
}
