import Foundation
import SyncEngine
import SyncHTTP
import SyncModel
import SyncTesting
import Testing

/// Fetching parts of a file (RFC 9110 §14), over a bare connection.
@Suite struct RangeTests {
  @Test(
    "a range is read as the RFC has it; what is none asks for the whole",
    arguments: [
      ("bytes=0-9", ByteRange.part(0..<10)), ("bytes=90-", .part(90..<100)), ("bytes=90-1000", .part(90..<100)),
      ("bytes=-10", .part(90..<100)), ("bytes=-1000", .part(0..<100)), ("bytes=99-99", .part(99..<100)),
      ("bytes=100-", .unsatisfiable), ("bytes=-0", .unsatisfiable), ("bytes=99999999999999999999-", .unsatisfiable),
      ("bytes=0-99999999999999999999", .part(0..<100)), ("bytes=5-4", nil), ("bytes=-", nil), ("bytes=a-b", nil),
      ("bytes=0-1,3-4", nil), ("lines=0-1", nil), ("", nil), ("bytes=+1-2", nil),
    ] as [(String, ByteRange?)])
  func parsed(field: String, range: ByteRange?) {
    #expect(ByteRange(field, byteCount: 100) == range)
  }

  @Test("nothing of an empty file can be asked for", arguments: ["bytes=0-", "bytes=-5", "bytes=0-0"])
  func emptyFile(field: String) {
    #expect(ByteRange(field, byteCount: 0) == .unsatisfiable)
  }

  @Test("206 with its part, 416 with the length, If-Range and ETag, 200 for the whole, also beyond a frame")
  func fetched() async throws {
    let it = try FileSchool()
    // ASCII, longer than a frame of 4 MiB.
    let content = Array(String(repeating: "0123456789", count: 450_000).utf8)
    let path = try it.file("记录.txt", content)
    let attached = try it.root.at(it.school.now()).attach(
      [path], to: try it.root.item("1.1", of: it.campaign), of: it.campaign, unit: try it.root.unit("school/cs"),
      onBehalf: true)
    let hash = try #require(attached.added.first?.hash)
    try await LiveHub.serve(it.root.workspace) { url async throws in
      let laptop = try await Requester(url, it.first)
      func get(_ fields: [String: String] = [:]) async throws -> RawAnswer {
        try await laptop.send("GET", Endpoint.file(hash), fields)
      }
      let part = try await get([HeaderName.range: "bytes=5-14"])
      #expect(part.status == 206 && part.body == Array("5678901234".utf8))
      #expect(part.headers[HeaderName.contentRange] == "bytes 5-14/4500000")
      #expect(part.headers["etag"] == "\"\(hash)\"" && part.headers["accept-ranges"] == "bytes")
      #expect(try await get([HeaderName.range: "bytes=-3"]).body == Array("789".utf8))
      let beyond = try await get([HeaderName.range: "bytes=4500000-"])
      #expect(beyond.status == 416 && beyond.headers[HeaderName.contentRange] == "bytes */4500000")
      let same = try await get([HeaderName.range: "bytes=0-1", HeaderName.ifRange: "\"\(hash)\""])
      #expect(same.status == 206)
      let other = try await get([HeaderName.range: "bytes=0-1", HeaderName.ifRange: "\"other\""])
      #expect(other.status == 200 && other.body.count == content.count)
      let whole = try await get()
      #expect(whole.status == 200 && whole.body == content)
      #expect(whole.headers[HeaderName.reprDigest] == ContentDigest.field(hash))
      #expect(
        whole.headers[HeaderName.contentDigest] == nil, "longer than a frame: the whole file's digest stands instead")
    }
  }
}
