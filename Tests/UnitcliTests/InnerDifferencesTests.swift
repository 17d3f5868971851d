import Foundation
import Testing

@testable import unitcli

/// Whom a difference among a unit's own devices is put to, and when.
@Suite struct InnerDifferencesTests {
  /// Everything arrives at the office at 1_790_600_000_000, which is 2026-09-28T12:53:20Z.
  private static let (arrived, lastDay, over) = (
    "2026-09-28T21:00:00+08:00", "2026-10-05T20:53:00+08:00", "2026-10-05T20:53:20+08:00"
  )

  /// Two computers of 计算机学院党总支 answered 5.1 differently, and the office has both.
  private func desk() async throws -> Desk {
    let desk = try await Desk.withTwoAnswers()
    try await desk.done("cs-a", "set", "自查", "5.1", "自评分=2")
    try desk.exchange("office", "cs-a")
    return desk
  }

  private func list(_ desk: Desk, _ computer: String, now: String, _ more: String...) async throws -> (
    asked: [[String: Any]], inner: [[String: Any]]
  ) {
    let run = await desk.run(computer, ["conflicts", "list", "--json"] + more, now: now)
    let json = try run.json
    return (json["conflicts"] as? [[String: Any]] ?? [], json["inner"] as? [[String: Any]] ?? [])
  }

  private func counts(_ desk: Desk, _ computer: String, now: String) async throws -> [Int?] {
    let status = try await desk.done(computer, "status", "--json", now: now).json
    let due = try await desk.done(computer, "--json", now: now).json["due"] as? [[String: Any]]
    let menu = due?.first { $0["kind"] as? String == "conflicts" }?["count"] as? Int
    return [status["conflicts"] as? Int, status["innerConflicts"] as? Int, menu]
  }

  @Test("the unit is asked at once; those above are not before seven days since it arrived there, and see it apart")
  func sevenDays() async throws {
    let desk = try await desk()
    #expect(try await counts(desk, "cs-a", now: Self.arrived) == [1, 0, 1])
    for (now, days) in [(Self.arrived, 7), ("2026-10-01T12:00:00+08:00", 5), (Self.lastDay, 1)] {
      #expect(try await counts(desk, "office", now: now) == [0, 1, nil], "\(now)")
      let (asked, inner) = try await list(desk, "office", now: now)
      #expect(asked.isEmpty && inner.count == 1)
      #expect(inner.first?["inner"] as? Bool == true && inner.first?["daysLeft"] as? Int == days, "\(now)")
      let all = try await list(desk, "office", now: now, "--all")
      #expect(all.asked.count == 1 && all.inner.isEmpty)
      let text = try await desk.done("office", "conflicts", "list", now: now).out
      #expect(text.contains("没有要在这里核定的填写不一致"), "\(text)")
      #expect(text.contains("党总支内部，先由本单位核定，还有 \(days) 天") && !text.contains("填法 1"), "\(text)")
      #expect(try await desk.done("office", "status", now: now).out.contains("下级单位内部填写不一致 1 处"))
    }
    #expect(try await counts(desk, "office", now: Self.over) == [1, 0, 1])
    let (asked, inner) = try await list(desk, "office", now: Self.over)
    #expect(asked.count == 1 && inner.isEmpty && asked.first?["daysLeft"] is NSNull)
  }

  @Test("settling stays possible above before that")
  func settled() async throws {
    let desk = try await desk()
    let (_, inner) = try await list(desk, "office", now: Self.arrived)
    let id = try #require(inner.first?["id"] as? String)
    let shown = try await desk.done("office", "conflicts", "show", id, now: Self.arrived).out
    #expect(shown.contains("填法 1") && shown.contains("先由本单位核定，还有 7 天"), "\(shown)")
    try await desk.done("office", "conflicts", "resolve", id, "--take", "1", now: Self.arrived)
    #expect(try await counts(desk, "office", now: Self.over) == [0, 0, nil])
    try desk.exchange("office", "cs-a")
    #expect(try await counts(desk, "cs-a", now: Self.arrived) == [0, 0, nil])
  }

  @Test(
    "where another unit's device wrote one of the values, or the unit takes part no more, those above are asked at once"
  )
  func others() async throws {
    let desk = try await Desk.withTwoAnswers()
    try await desk.done("cs-a", "set", "自查", "5.1", "自评分=2")
    try desk.exchange("office", "cs-a")
    #expect(try await counts(desk, "office", now: Self.arrived) == [0, 1, nil])
    try await desk.done("cs-a", "set", "自查", "1.1", "自评分=2")
    try await desk.done("office", "set", "自查", "1.1", "自评分=1", "--unit", "school/cs", "--on-behalf")
    try desk.exchange("office", "cs-a")
    #expect(try await counts(desk, "office", now: Self.arrived) == [1, 1, 1])
    try await desk.done("office", "unit", "retire", "计算机学院党总支")
    #expect(try await counts(desk, "office", now: Self.arrived) == [2, 0, 2])
  }
}
