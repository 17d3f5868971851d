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
    let client = try HubClient(address: url)
    var code: String?
    do { _ = try await client.synchronize(office.workspace) } catch let error as any ExplainedError {
      code = error.code
    }
    try await client.shutdown()
    return code
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
