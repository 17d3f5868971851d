import SyncEngine
import SyncModel
import SyncTesting
import Testing

/// From when on the days of an inner difference are counted, on real stores.
@Suite struct InnerDifferencesTests {
  private static let day: UInt64 = 86_400_000
  let school: TestSchool
  let root: Office
  let campaign: Campaign
  let laptops: [Office]

  init() throws {
    school = try TestSchool()
    root = try school.found()
    _ = try root.at(school.now()).addUnit("school/cs", name: "计算机学院党总支", kind: .committee, type: nil)
    _ = try root.at(school.now()).addUnit("school/cs/b1", name: "教师一支部", kind: .branch, type: nil)
    campaign = try school.publishSheet(by: root, to: ["school/**"])
    let (school, root) = (school, root)
    laptops = try ["甲", "乙", "丙"].map { try school.enrol("school/cs/b1", by: root, person: $0) }
    for laptop in laptops { try school.synchronize(laptop, with: root) }
  }

  private func remark(_ laptop: Office, _ text: String) throws {
    _ = try laptop.at(school.now()).set(
      campaign, try laptop.item("1.1", of: campaign), fields: [.remark: .text(text)],
      unit: try laptop.unit("school/cs/b1"), onBehalf: false)
  }

  private func counts(_ office: Office, at milliseconds: UInt64) throws -> [Int] {
    let status = try office.at(milliseconds).status()
    // What is counted is what is listed.
    let listed = try office.conflicts()
    #expect(listed.count { $0.daysLeft(at: milliseconds) == nil } == status.conflicts)
    #expect(listed.count { $0.daysLeft(at: milliseconds) != nil } == status.innerConflicts)
    return [status.conflicts, status.innerConflicts]
  }

  @Test("they begin when the second value arrives here, and neither a third nor the same once more begins them anew")
  func begins() throws {
    for (laptop, text) in zip(laptops, ["一", "二", "三"]) { try remark(laptop, text) }
    try school.synchronize(laptops[0], with: root)
    let first = school.clock
    for _ in 0..<(2 * 24 * 60) { _ = school.now() }
    try school.synchronize(laptops[1], with: root)
    let second = school.clock
    for _ in 0..<(3 * 24 * 60) { _ = school.now() }
    try school.synchronize(laptops[2], with: root)
    try school.synchronize(laptops[1], with: root)
    #expect(try counts(root, at: first + 7 * Self.day) == [0, 1])
    #expect(try counts(root, at: second + 6 * Self.day) == [0, 1])
    #expect(try counts(root, at: second + 7 * Self.day) == [1, 0])
    // Where the clock stood far ahead when it came, nobody knows how long ago that was, and nobody waits for years.
    #expect(try root.conflicts().map { $0.daysLeft(at: 0) } == [nil])
    #expect(try root.conflicts().map { $0.daysLeft(at: second - 60_000) } == [7])
    // The unit itself is asked at once, and so is nobody for whom it is no business.
    try school.synchronize(laptops[0], with: root)
    #expect(try counts(laptops[0], at: school.clock) == [1, 0])
  }

  @Test("the days are each replica's own: a 党总支 that hears of it later is asked later")
  func ownDays() throws {
    let committee = try school.enrol("school/cs", by: root, roles: [.reporter, .reviewer], person: "丁")
    for (laptop, text) in zip(laptops, ["一", "二"]) {
      try remark(laptop, text)
      try school.synchronize(laptop, with: root)
    }
    let here = school.clock
    for _ in 0..<(4 * 24 * 60) { _ = school.now() }
    try school.synchronize(committee, with: root)
    let there = school.clock
    #expect(try counts(root, at: here + 7 * Self.day) == [1, 0])
    #expect(try counts(committee, at: here + 7 * Self.day) == [0, 1])
    #expect(try counts(committee, at: there + 7 * Self.day) == [1, 0])
  }
}
