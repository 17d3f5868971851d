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
    let file = try it.attach(it.first, byteCount: 3_000_000)
    #expect(try it.first.status().unsentFiles.files == 1)
    try await LiveHub.serve(it.root.workspace) { url async throws in
      try await withClient(url) { client async throws in
        _ = try await client.synchronize(it.first.workspace)
        let sent = try await client.transferFiles(it.first.workspace)
        #expect(sent.sent == 1 && sent.bytesSent == 3_000_000 && sent.refusals.isEmpty)
        #expect(it.root.workspace.files.isSound(file.hash))
        #expect(try it.first.status().unsentFiles.files == 0)
        let again = try await client.transferFiles(it.first.workspace)
        #expect(again == FileOutcome())

        _ = try await client.synchronize(it.second.workspace)
        let named = try #require(try it.attached(it.second).first)
        #expect(!named.isHere && named.attachment == file)
        let fetched = try await client.fetch([named.named], for: it.second.workspace)
        #expect(fetched.received == 1 && fetched.bytesReceived == 3_000_000)
        #expect(it.second.workspace.files.isSound(file.hash))
        #expect(try it.second.status().unsentFiles.files == 0)
      }
    }
  }
}
