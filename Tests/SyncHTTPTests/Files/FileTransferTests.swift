import Foundation
import SyncEngine
import SyncHTTP
import SyncModel
import SyncTesting
import Synchronization
import Testing

/// Files between real laptops and a listening hub.
@Suite struct FileTransferTests {
  let it: FileSchool

  init() throws { it = try FileSchool() }

  private func withClient<Result>(
    _ url: String, _ options: HubOptions = HubOptions(), _ body: (HubClient) async throws -> Result
  ) async throws -> Result {
    let client = try HubClient(address: url, options: options)
    do {
      let result = try await body(client)
      try await client.shutdown()
      return result
    } catch {
      try? await client.shutdown()
      throw error
    }
  }

  @Test("a file attached on one laptop is at the hub after a sync, and another laptop of the unit fetches it")
  func wholeWay() async throws {
    let file = try it.attach(it.first, byteCount: 1_300_000)
    #expect(try it.first.status().unsentFiles.files == 1)
    try await LiveHub.serve(it.root.workspace) { url async throws in
      try await withClient(url) { client async throws in
        _ = try await client.synchronize(it.first.workspace)
        let sent = try await client.transferFiles(it.first.workspace)
        #expect(sent.sent == 1 && sent.bytesSent == 1_300_000 && sent.refusals.isEmpty)
        #expect(it.root.workspace.files.isSound(file.hash))
        #expect(try it.first.status().unsentFiles.files == 0)
        let again = try await client.transferFiles(it.first.workspace)
        #expect(again == FileOutcome())

        _ = try await client.synchronize(it.second.workspace)
        let named = try #require(try it.attached(it.second).first)
        #expect(!named.isHere && named.attachment == file)
        let fetched = try await client.fetch([named.named], for: it.second.workspace)
        #expect(fetched.received == 1 && fetched.bytesReceived == 1_300_000)
        #expect(it.second.workspace.files.isSound(file.hash))
        #expect(try it.second.status().unsentFiles.files == 0)
      }
    }
  }

  @Test("what is here of an interrupted fetch is not fetched again (promise 9)")
  func resumedFetch() async throws {
    let file = try it.attach(it.first, byteCount: 300_000)
    try await LiveHub.serve(it.root.workspace) { url async throws in
      try await withClient(url) { client async throws in
        _ = try await client.synchronize(it.first.workspace)
        _ = try await client.transferFiles(it.first.workspace)
        _ = try await client.synchronize(it.second.workspace)
        let named = try #require(try it.attached(it.second).first).named
        try it.second.workspace.take(
          it.first.workspace.files.read(file.hash, from: 0, count: 123_456), at: 0, of: named)
        try it.second.workspace.set(.own)
        let fetched = try await client.transferFiles(it.second.workspace, fetching: it.second.workspace.fileScope())
        #expect(fetched.received == 1 && fetched.bytesReceived == 300_000 - 123_456)
        #expect(it.second.workspace.files.isSound(file.hash))
      }
    }
  }

  @Test("what the hub has no room for is said with its reason, and stays unsent (promise 8)")
  func refused() async throws {
    try it.attach(it.first, byteCount: 2000)
    let small = try it.attach(it.first, "小.pdf", byteCount: 500, seed: 2)
    let quota = FileQuota(unitBytes: 1000, bytes: 1 << 30)
    try await LiveHub.serve(it.root.workspace, quota: quota) { url async throws in
      try await withClient(url) { client async throws in
        _ = try await client.synchronize(it.first.workspace)
        let outcome = try await client.transferFiles(it.first.workspace)
        #expect(outcome.sent == 1 && outcome.refusals.map(\.code) == ["unitQuota"])
        #expect(it.root.workspace.files.hashes() == [small.hash])
        #expect(try it.first.status().unsentFiles.files == 1)
      }
    }
  }

  @Test("a damaged file is not passed off for the one that was attached (promise 5)")
  func damaged() async throws {
    let file = try it.attach(it.first, byteCount: 2000)
    let path = it.first.workspace.files.path(of: file.hash)
    try Data(FileSchool.bytes(2000, seed: 3)).write(to: URL(fileURLWithPath: path))
    try await LiveHub.serve(it.root.workspace) { url async throws in
      try await withClient(url) { client async throws in
        _ = try await client.synchronize(it.first.workspace)
        let outcome = try await client.transferFiles(it.first.workspace)
        #expect(outcome.sent == 0 && outcome.refusals.map(\.code) == ["fileDamaged"])
        #expect(it.root.workspace.files.hashes().isEmpty)
      }
    }
  }

  @Test(
    "a file whose entry the hub does not have waits for it; a hub that lost a file gets it again within a day (promise 3)"
  )
  func askedAgain() async throws {
    let clock = Mutex(LiveHub.startWall)
    var options = HubOptions()
    options.wallMilliseconds = { clock.withLock { $0 } }
    let first = try it.attach(it.first, byteCount: 1000)
    try await LiveHub.serve(it.root.workspace) { url async throws in
      try await withClient(url, options) { client async throws in
        _ = try await client.synchronize(it.first.workspace)
        #expect(try await client.transferFiles(it.first.workspace).sent == 1)
        try it.attach(it.first, "后来的.pdf", byteCount: 1000, seed: 2)
        #expect(try await client.transferFiles(it.first.workspace).sent == 0, "metadata first")
        #expect(try it.first.status().unsentFiles.files == 1)

        try FileManager.default.removeItem(atPath: it.root.workspace.files.path(of: first.hash))
        _ = try await client.synchronize(it.first.workspace)
        #expect(try await client.transferFiles(it.first.workspace).sent == 1)
        #expect(it.root.workspace.files.byteCount(of: first.hash) == nil)
        clock.withLock { $0 += FileLimit.roundMilliseconds }
        #expect(try await client.transferFiles(it.first.workspace).sent == 1)
        #expect(it.root.workspace.files.isSound(first.hash))
      }
    }
  }

  @Test("a tier between passes its branch's files upward as it passes the entries")
  func upward() async throws {
    let tier = try it.school.enrol("school/cs", by: it.root, roles: [.reporter, .admin], person: "秘书", device: "院系汇总点")
    let file = try it.attach(it.first, byteCount: 5000)
    try await LiveHub.serve(it.root.workspace) { above async throws in
      try await withClient(above) { upward async throws in
        _ = try await upward.synchronize(tier.workspace)
        try await LiveHub.serve(tier.workspace) { below async throws in
          try await withClient(below) { client async throws in
            _ = try await client.synchronize(it.first.workspace)
            #expect(try await client.transferFiles(it.first.workspace).sent == 1)
          }
        }
        #expect(try tier.status().unsentFiles.files == 1, "the school does not have it yet")
        _ = try await upward.synchronize(tier.workspace)
        #expect(try await upward.transferFiles(tier.workspace).sent == 1)
        #expect(it.root.workspace.files.isSound(file.hash))
      }
    }
  }
}
