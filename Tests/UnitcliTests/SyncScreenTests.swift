import SyncEngine
import SyncModel
import Testing

@testable import unitcli

/// What somebody reads after a synchronisation in which the hub did not take everything.
@Suite struct SyncScreenTests {
  @Test("each reason why a hub refuses has its own words and one next step; scripts get the feeds")
  func refusals() async throws {
    let desk = try await Desk.withCampaign()
    try await desk.join("cs", unit: "school/cs", person: "张三")
    let office = try desk.office("cs")
    let log = LogID(office.identity.unit, .answers)
    let reasons: [Exchange.Refusal.Reason] = [.scope, .evidence, .room, .malformed, .newerVersion, .init(rawValue: 77)]
    var outcome = SyncOutcome()
    outcome.refusals = (reasons + [.room]).enumerated().map { number, reason in
      Exchange.Refusal(log: log, replica: ReplicaID(high: 1, low: UInt64(number)), seq: 1, reason: reason)
    }
    let screen = SyncScreen(outcome, changes: [], status: try office.status())
    let lines = screen.lines().filter { $0.contains("没有收下") }
    #expect(lines.count == reasons.count && Set(lines).count == reasons.count)
    for reason in reasons {
      let line = try #require(lines.first { $0.contains("（\(reason.words)）") })
      #expect(line.contains(reason.nextStepAtHub) && line.contains(reason == .room ? "2 段" : "1 段"))
    }
    #expect(lines.filter { $0.contains("verify") }.count == 1)
    #expect(lines.contains { $0.contains("等待的内容太多") && $0.contains("unitcli audit") })
    #expect(lines.contains { $0.contains("需要新版本") && $0.contains("升级") })
    #expect(Set(reasons.map(\.nextStepAtHub)).count == reasons.count)
    #expect(screen.json.description.contains(#""reason":"room""#))
    let first = try #require(screen.lines().first)
    #expect(!first.contains("一致"))
  }
}
