import SyncModel
import SyncTesting
import Testing

/// Which statements their own past leaves out (protocol §8; promise 1).
@Suite struct StatementLimitTests {
  private static let device = SubjectKind.device.rawValue

  private static func said(_ branch: Int, _ seqs: ClosedRange<UInt32>, _ subject: UInt64 = 1) -> [StatementLimit.Said] {
    seqs.map {
      .init(spot: .init(branch: branch, seq: $0), kind: UInt64(device), subject: SubjectID(high: 0, low: subject))
    }
  }

  @Test("the 65th about a subject along a feed is left out, whatever is said about others in between")
  func along() {
    let said = (1...70 as ClosedRange<UInt32>).flatMap { seq in
      Self.said(0, seq...seq) + Self.said(0, seq...seq, UInt64(seq) + 1)
    }
    let limit = StatementLimit(said, beginnings: [:])
    #expect(limit.isAdmitted.enumerated().allSatisfy { $1 == ($0 % 2 == 1 || $0 / 2 < 64) })
  }

  @Test("a fork counts on from where it leaves, and takes nothing from the branch beside it")
  func forked() {
    let said = Self.said(0, 1...60) + Self.said(1, 41...70) + Self.said(2, 45...70)
    let limit = StatementLimit(
      said, beginnings: [1: .init(branch: 0, seq: 40), 2: .init(branch: 1, seq: 44)])
    #expect(limit.isAdmitted.prefix(60).allSatisfy { $0 })
    #expect(limit.isAdmitted[60..<90].filter { $0 }.count == 24, "41 to 64")
    #expect(limit.isAdmitted[90...].filter { $0 }.count == 20, "45 to 64")
  }

  @Test("a feed that continues another counts on; one that continues nothing begins anew")
  func continued() {
    let said = Self.said(0, 1...50) + Self.said(1, 1...50) + Self.said(2, 1...50)
    let limit = StatementLimit(said, beginnings: [1: .init(branch: 0, seq: 50)])
    #expect(limit.isAdmitted.prefix(50).allSatisfy { $0 })
    #expect(limit.isAdmitted[50..<100].filter { $0 }.count == 14)
    #expect(limit.isAdmitted[100...].allSatisfy { $0 })
  }

  @Test("a hundred thousand forks upon forks are gone along once")
  func deep() {
    var beginnings: [Int: FeedSpot] = [:]
    var said: [StatementLimit.Said] = []
    for branch in 0..<100_000 {
      if branch > 0 { beginnings[branch] = .init(branch: branch - 1, seq: UInt32(branch)) }
      said += Self.said(branch, UInt32(branch + 1)...UInt32(branch + 1))
    }
    #expect(StatementLimit(said, beginnings: beginnings).isAdmitted.filter { $0 }.count == 64)
  }
}
