import Foundation
import SyncEngine
import SyncHTTP
import SyncModel
import SyncTesting
import Testing

@testable import syncd

/// A hub that is set back behind everybody's back, over the network: refused, with evidence that anybody can check
/// (promises 5 and 6).
@Suite struct EvidenceTests {
  private func synchronize(_ office: Office, _ url: String) async throws -> String? {
    try await failure(office, url)?.code
  }

  private func failure(_ office: Office, _ url: String) async throws -> (any ExplainedError)? {
    let client = try HubClient(address: url)
    var failure: (any ExplainedError)?
    do { _ = try await client.synchronize(office.workspace) } catch let error as any ExplainedError { failure = error }
    try await client.shutdown()
    return failure
  }

  private func port(_ url: String) -> Int { Int(url.split(separator: ":").last ?? "") ?? 0 }

  /// Entries that do not fit into one message of the smallest frame.
  private func fill(_ laptop: Office, _ school: TestSchool) throws {
    let text = String(repeating: "长", count: 40_000)
    for number in 0..<12 {
      try laptop.workspace.write(
        [
          Change(
            RegisterName(.answer, SubjectID(high: 1, low: 2), part: UInt64(number), Field(rawValue: 4)), .text(text))
        ],
        to: LogID(laptop.identity.unit, .answers), as: "乙", claimedMilliseconds: school.now())
    }
  }

  @Test("a hub set back behind a synchronisation that broke off is proved by the last answer that came through")
  func brokenOff() async throws {
    let hub = try HubSchool()
    let (root, laptop) = (hub.root, hub.laptop)
    let (url, before) = try await LiveHub.serve(root.workspace) { [self] url async throws in
      #expect(try await synchronize(laptop, url) == nil)
      let before = try hub.school.snapshot(of: root)
      try fill(laptop, hub.school)
      let client = try HubClient(address: url)
      let broken = Task {
        try await client.synchronize(laptop.workspace, frameBytes: 1 << 20) { _ in
          // The first answer is taken in; nothing more goes out.
          withUnsafeCurrentTask { $0?.cancel() }
        }
      }
      let result = await broken.result
      #expect(throws: (any Error).self) { try result.get() }
      try await client.shutdown()
      return (url, before)
    }
    let back = try hub.school.setBack(root, to: before)
    try await LiveHub.serve(back.workspace, port: port(url)) { [self] url async throws in
      let failure = try #require(try await failure(laptop, url))
      #expect(failure.code == "hubSetBack")
      let file = try #require(laptop.workspace.evidence().first)
      #expect(file.hub == root.identity.device)
      #expect(failure.hint.contains("evidence/" + file.file))
      // Where nothing was kept, nothing is claimed to have been.
      try FileManager.default.removeItem(atPath: laptop.workspace.folder + "/peers")
      let bare = try #require(try await self.failure(laptop, url))
      #expect(bare.code == "hubSetBack" && !bare.hint.contains("evidence"))
      #expect(laptop.workspace.evidence().count == 1)
    }
  }

  @Test("a hub that shows less than it signed for is refused; both of its signed answers are kept and prove it")
  func setBack() async throws {
    let hub = try HubSchool()
    let (root, laptop) = (hub.root, hub.laptop)
    let before = try hub.school.snapshot(of: root)
    let url = try await LiveHub.serve(root.workspace) { [self] url async throws in
      _ = try root.at(hub.school.now()).addUnit("school/ee", name: "电子学院党总支", kind: .committee, type: nil)
      #expect(try await synchronize(laptop, url) == nil)
      return url
    }
    let back = try hub.school.setBack(root, to: before)
    try await LiveHub.serve(back.workspace, port: Int(url.split(separator: ":").last ?? "") ?? 0) {
      [self] url async throws in
      #expect(try await synchronize(laptop, url) == "hubSetBack")
    }
    let saved = laptop.workspace.evidence()
    #expect(saved.map(\.hub) == [root.identity.device])

    let file = try #require(saved.first?.file)
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: laptop.workspace.folder + "/evidence/" + file)))
    let evidence = try SetBackEvidence(bytes: bytes)
    #expect(SetBackEvidence(earlier: evidence.earlier, later: evidence.earlier).hub == nil, "one answer proves nothing")
    for index in evidence.earlier.answerBody.indices {
      var changed = evidence
      changed.earlier.answerBody[index] ^= 1
      #expect(changed.hub == nil)
      changed = evidence
      changed.later.answerBody[index % changed.later.answerBody.count] ^= 1
      #expect(changed.hub == nil)
    }
  }
}
