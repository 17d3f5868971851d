import Hummingbird
import SyncEngine
import SyncHTTP
import SyncModel
import SyncTesting
import Synchronization
import Testing

@testable import SyncHTTP
@testable import syncd

/// A hub cannot keep a laptop uploading: this side's own count ends it (promise 8).
@Suite struct UploadBoundTests {
  @Test(
    "whatever a hub says, at any piece size, an upload ends and sends at most seven times the file", arguments: 0..<200)
  func anyHub(_ seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let (size, piece) = (Int.random(in: 1...5_000, using: &generator), Int.random(in: 1...1_000, using: &generator))
    var way = UploadWay(byteCount: size)
    var (sent, requests) = (0, 0)
    let most = 7 * (size + piece)
    func anyPlace(_ honest: Int) -> Int {
      [0, honest, honest, honest, Int.random(in: 0...size, using: &generator), honest - 1, honest + 1, size + 1, .max]
        .randomElement(using: &generator) ?? 0
    }
    do {
      while true {
        requests += 1
        try #require(requests <= 10 * (most / piece + 10) * (UploadWay.breakLimit + 1))
        if way.offset == nil { try way.began(at: max(0, anyPlace(0))) }
        guard let start = way.offset else { continue }
        if start == size { break }
        let count = min(piece, size - start)
        sent += count
        if Int.random(in: 0..<5, using: &generator) == 0 {
          if !way.broke(sending: count) { break }
          continue
        }
        try way.took(count, saying: max(0, anyPlace(start + count)))
      }
    } catch {
      #expect(error as? FileError == .stuck)
    }
    #expect(sent <= most)
  }

  @Test("an honest hub is sent each byte once, and connections may break between as often as something is gained")
  func honest() throws {
    var way = UploadWay(byteCount: 1_000)
    try way.began(at: 0)
    for start in stride(from: 0, to: 1_000, by: 100) {
      #expect(way.offset == start)
      for _ in 0..<UploadWay.breakLimit {
        let goesOn = way.broke(sending: 100)
        #expect(goesOn)
        try way.began(at: start)
      }
      try way.took(100, saying: start + 100)
    }
    #expect(way.offset == 1_000)
  }

  @Test(
    "a hub that breaks every piece off and credits a byte each time is left after four", arguments: [50_000, 1_000_000])
  func aByteEach(_ size: Int) throws {
    var way = UploadWay(byteCount: size)
    var (sent, credit) = (0, 0)
    repeat {
      credit += 1
      try way.began(at: credit)
      sent += PieceSize.least
    } while way.broke(sending: PieceSize.least)
    #expect(sent == (UploadWay.breakLimit + 1) * PieceSize.least)
  }

  @Test("an upload of which every acknowledgement is lost goes on as long as pieces are gained")
  func lostAcknowledgements() throws {
    let pieces = 100
    var way = UploadWay(byteCount: pieces * PieceSize.least)
    try way.began(at: 0)
    for number in 1...pieces {
      let goesOn = way.broke(sending: PieceSize.least)
      #expect(goesOn)
      try way.began(at: number * PieceSize.least)
    }
    #expect(way.offset == pieces * PieceSize.least)
  }

  @Test(
    "a hub that says each time that it has nothing is given up after three times, and what else there is still goes")
  func alwaysFromTheStart() async throws {
    let it = try FileSchool()
    let file = try it.attach(it.first, byteCount: 100_000)
    let other = try it.attach(it.first, "照片清单.pdf", byteCount: 2_000, seed: 2)
    let pieces = Mutex(0)
    let path = Endpoint.file(file.hash)
    try await LiveHub.serve(
      it.root.workspace,
      lie: { request in
        let isBegin =
          request.method == .post && request.uri.path == Endpoint.files
          && request.field(Tus.uploadLength) == "100000"
        guard isBegin || request.method == .patch && request.uri.path == path else { return nil }
        pieces.withLock { $0 += 1 }
        var fields = [HeaderField(Tus.resumable, Tus.version), HeaderField(Tus.uploadOffset, "0")]
        if isBegin { fields.append(HeaderField("location", path)) }
        return HubAnswer(status: isBegin ? 201 : 204, contentType: MediaType.files, body: [], fields: fields)
      }
    ) { url async throws in
      let client = try HubClient(address: url)
      _ = try await client.synchronize(it.first.workspace)
      let sent = try await client.transferFiles(it.first.workspace)
      try await client.shutdown()
      #expect(sent.refusals.map(\.code) == ["uploadStuck"])
      #expect(sent.sent == 1)
    }
    #expect(pieces.withLock { $0 } == 2 * UploadWay.setbackLimit)
    #expect(it.root.workspace.files.isSound(other.hash))
    #expect(try it.first.status().unsentFiles.files == 1)
    #expect(try it.first.verify().ok)
  }
}
