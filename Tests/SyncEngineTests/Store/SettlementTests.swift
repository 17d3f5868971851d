import Foundation
import SyncModel
import SyncTesting
import Testing

@testable import SyncEngine

/// What somebody settled 核定, and what stands since (promises 1, 11 and 12).
@Suite("settled, and changed after it was settled")
struct SettlementTests {
  let school: TestSchool
  let root: Office
  let campaign: Campaign
  let zhang: Office
  let li: Office

  init() throws {
    school = try TestSchool()
    root = try school.found(person: "赵核定")
    _ = try root.at(school.now()).addUnit("school/cs", name: "计算机学院党总支", kind: .committee, type: nil)
    campaign = try school.publishSheet(by: root)
    zhang = try school.enrol("school/cs", by: root, person: "张三", device: "cs-a")
    li = try school.enrol("school/cs", by: root, person: "李四", device: "cs-b")
    for office in [zhang, li] { try school.synchronize(office, with: root) }
  }

  private var log: LogID { LogID(zhang.identity.unit, .answers) }

  private func value(_ hundredths: Int64) -> Value { .decimal(FixedDecimal(Score(hundredths: hundredths))) }

  /// Writes a score, having seen everything that is here.
  private func score(_ office: Office, _ hundredths: Int64, field: AnswerField = .selfScore) throws {
    let item = try office.item("1.1", of: campaign)
    _ = try office.at(school.now()).set(
      campaign, item, fields: [field: field == .selfScore ? value(hundredths) : .text("备注 \(hundredths)")],
      unit: try office.unit("school/cs"), onBehalf: office.identity.unit != log.unit, shownUpTo: .max)
  }

  private func sync() throws {
    for office in [zhang, li, zhang] { try school.synchronize(office, with: root) }
  }

  /// 1.5 and 2 by two laptops that did not know of each other, settled by the school.
  private func settled(_ hundredths: Int64 = 150, note: String? = "按会议记录核定") throws {
    try score(zhang, 150)
    try score(li, 200)
    try sync()
    let conflict = try #require(try root.conflicts().first)
    _ = try root.at(school.now()).resolve(conflict, value: value(hundredths), note: note)
    try sync()
  }

  private func settlement(_ office: Office, _ field: AnswerField = .selfScore) throws -> Settlement? {
    let sheet = try office.sheet(campaign, unit: try office.unit("school/cs"))
    return sheet.parts[0].settlements[try office.item("1.1", of: campaign).item.ordinal]?[field]
  }

  private func expect(_ state: Settlement.State?, note: String? = "按会议记录核定", value: Value? = nil) throws {
    for office in [root, zhang, li] {
      let found = try settlement(office)
      #expect(found?.state == state)
      #expect(found?.decisions.map(\.author.origin.personName) == (state == nil ? nil : ["赵核定"]))
      if state != nil { #expect(found?.decisions.first?.note.text == note) }
      if let value { #expect(found?.decisions.first?.value == value) }
      #expect(try office.conflicts().isEmpty)
    }
  }

  @Test("what was settled reads so, with the note, and counts; another field of the item does not")
  func reads() throws {
    try settled()
    try score(zhang, 1, field: .remark)
    try sync()
    try expect(.settled, value: value(150))
    #expect(try settlement(root, .remark) == nil)
    #expect(try root.status().changedSettlements == 0)
  }

  @Test("a value set by somebody who had seen the decision counts, and reads 核定后改动 on every replica")
  func changed() throws {
    try settled()
    try score(zhang, 200)
    try sync()
    try expect(.changed, value: value(150))
    let summary = try #require(try root.report(campaign).units.first?.summary)
    #expect(summary.low == Score(hundredths: 200) && summary.high == Score(hundredths: 200))
    // It goes back to the unit that settled, and to nobody else.
    #expect(try root.status().changedSettlements == 1)
    #expect(try zhang.status().changedSettlements == 0)
    let queued = try #require(try root.changedAfterSettling().first)
    #expect(queued.alternatives.map(\.value) == [value(200)])
    // Settled anew, by what stands now.
    _ = try root.at(school.now()).resolve(queued, value: value(200), note: "补充材料已核")
    try sync()
    try expect(.settled, note: "补充材料已核", value: value(200))
    #expect(try root.status().changedSettlements == 0)
    #expect(try root.changedAfterSettling().isEmpty)
  }

  @Test("set back to what was decided it is settled again, also through values between")
  func setBack() throws {
    try settled()
    try score(zhang, 200)
    try score(zhang, 100)
    try sync()
    try expect(.changed, value: value(150))
    try score(li, 150)
    try sync()
    try expect(.settled, value: value(150))
  }

  @Test("the last decision alone is asked: what an earlier one said is a change of it")
  func earlierDecision() throws {
    try settled(150, note: "第一次")
    try score(zhang, 200)
    try sync()
    let queued = try #require(try root.changedAfterSettling().first)
    _ = try root.at(school.now()).resolve(queued, value: value(200), note: "第二次")
    try sync()
    try score(zhang, 150)
    try sync()
    try expect(.changed, note: "第二次", value: value(200))
  }

  @Test("whoever decided and sets another value without a note changes it like anybody")
  func ownChange() throws {
    try settled()
    try score(root, 100)
    try sync()
    try expect(.changed, value: value(150))
  }

  @Test("a settlement without a note settles all the same")
  func emptyNote() throws {
    try settled(note: nil)
    try expect(.settled, note: nil, value: value(150))
    try score(zhang, 200)
    try sync()
    try expect(.changed, note: nil)
  }

  @Test("a value written by somebody who had not seen the decision is a difference, as any")
  func unseen() throws {
    try score(zhang, 150)
    try score(li, 200)
    try school.synchronize(zhang, with: root)
    try school.synchronize(li, with: root)
    let conflict = try #require(try root.conflicts().first)
    _ = try root.at(school.now()).resolve(conflict, value: value(150), note: "按会议记录核定")
    // 李四 has not synced: the decision was on no screen there.
    try score(li, 100)
    try sync()
    for office in [root, zhang, li] {
      #expect(try office.conflicts().count == 1)
      #expect(try settlement(office) == nil)
      #expect(try office.changedAfterSettling().isEmpty)
    }
  }

  @Test("a redacted note leaves the field settled, and its change a change")
  func redactedNote() throws {
    try settled()
    let item = try root.item("1.1", of: campaign)
    let notes = try root.recorded(campaign, item, unit: try root.unit("school/cs")).values
      .filter { $0.field == .settlementNote }
    #expect(notes.map(\.value) == [.text("按会议记录核定")])
    _ = try root.at(school.now()).redact(notes, of: try root.unit("school/cs"), reason: "误填")
    try sync()
    for state in [Settlement.State.settled, .changed] {
      if state == .changed {
        try score(zhang, 200)
        try sync()
      }
      for office in [root, zhang, li] {
        let found = try #require(try settlement(office))
        let decision = try #require(found.decisions.first)
        #expect(found.state == state && decision.note.text == nil)
        guard case .redacted? = decision.note.absence else {
          Issue.record("\(decision.note)")
          continue
        }
      }
    }
  }

  @Test("what somebody else writes into the note's register is nobody's note, and settles nothing")
  func foreignNote() throws {
    try settled()
    let name = Campaign.register(
      campaign.id, slot: 1, item: try root.item("1.1", of: campaign).item.ordinal, .selfScore)
    let note = try #require(name.settlement)
    try zhang.workspace.write(
      [Change(note, .text("张三说了算"))], to: log, as: "张三", claimedMilliseconds: school.now(), shownUpTo: .max)
    try sync()
    try expect(.settled, value: value(150))
    try score(zhang, 200)
    try sync()
    try expect(.changed, value: value(150))
    #expect(try root.status().changedSettlements == 1)
    let entries = try root.history(of: try root.unit("school/cs")).entries
    #expect(entries.flatMap(\.changes).compactMap { $0.settlement?.text } == ["按会议记录核定"])
  }

  @Test("the log and what a sync brought say 核定 of the entry that settled, and of no other")
  func told() throws {
    try score(zhang, 150)
    try score(li, 200)
    try sync()
    let mark = try li.viewMark()
    _ = try root.at(school.now()).resolve(
      try #require(try root.conflicts().first), value: value(150), note: "按会议记录核定")
    try sync()
    let brought = try li.changes(after: mark)
    #expect(brought.map(\.field) == [.selfScore] && brought.map(\.value) == [value(150)])
    #expect(brought.first?.settlement?.text == "按会议记录核定")
    let told = try li.history(of: try li.ownUnit()).entries.flatMap(\.changes)
    #expect(told.map { $0.settlement != nil } == [false, false, true])
  }

  private static func permutations<Element>(_ elements: [Element]) -> [[Element]] {
    if elements.count < 2 { return [elements] }
    return elements.indices.flatMap { index in
      var rest = elements
      let first = rest.remove(at: index)
      return permutations(rest).map { [first] + $0 }
    }
  }

  /// What a replica shows of the field once the feeds of `office`'s store came to it in this order.
  private func states(_ office: Office) throws -> Set<String> {
    let segments = try office.workspace.store.write(wallMilliseconds: 0) { transaction in
      let engine = try transaction.engine(for: log)
      return try engine.strands.indices.compactMap { try engine.segment(on: $0, after: 0, byteLimit: 1 << 20) }
    }
    return try Set(
      Self.permutations(segments).map { order in
        let reader = try school.enrol("school", by: root, roles: .all, person: "组织员", device: "阅览")
        // The notices alone: the rest comes in the order that is tried.
        let notices = try root.workspace.store.write(wallMilliseconds: 0) { transaction in
          try transaction.logs().map(\.log).filter { $0.channel == .notices }.flatMap { log in
            let engine = try transaction.engine(for: log)
            return try engine.strands.indices.compactMap { try engine.segment(on: $0, after: 0, byteLimit: 1 << 20) }
          }
        }
        for segment in notices + order {
          _ = try reader.workspace.store.write(wallMilliseconds: school.clock) { try $0.ingest(segment) }
        }
        let name = Campaign.register(
          campaign.id, slot: 1, item: try root.item("1.1", of: campaign).item.ordinal, .selfScore)
        return try reader.workspace.store.read { snapshot in
          guard let register = try snapshot.register(log, name) else { return "nothing" }
          let settlement = try snapshot.settlement(of: register)
          let decided = settlement?.decisions.map { "\($0.value?.plainText ?? "?")\($0.note.text ?? "")" } ?? []
          let changed = try snapshot.changedSettlements().count
          return "\(register.values.map(\.plainText)) \(settlement?.state.rawValue ?? "-") \(decided) \(changed)"
        }
      })
  }

  @Test("whatever came first, every replica reads the same: settled, changed, a difference, set back (promise 1)")
  func permuted() throws {
    try settled()
    #expect(try states(root) == [#"["1.5"] settled ["1.5按会议记录核定"] 0"#])
    try score(zhang, 200)
    try sync()
    #expect(try states(root) == [#"["2"] changed ["1.5按会议记录核定"] 1"#])
    try score(li, 150)
    try sync()
    #expect(try states(root) == [#"["1.5"] settled ["1.5按会议记录核定"] 0"#])
  }

  @Test("of two decisions made without knowing of each other, a third value is settled only where it equals both")
  func twoDecisions() throws {
    let other = try school.enrol("school", by: root, roles: .all, person: "钱核定", device: "审核二")
    try school.synchronize(other, with: root)
    try score(zhang, 150)
    try score(li, 200)
    try sync()
    try school.synchronize(other, with: root)
    let conflict = try #require(try root.conflicts().first)
    _ = try root.at(school.now()).resolve(conflict, value: value(150), note: "甲说")
    _ = try other.at(school.now()).resolve(
      try #require(try other.conflicts().first), value: value(200), note: "乙说")
    try school.synchronize(other, with: root)
    try sync()
    #expect(try root.conflicts().count == 1, "two decisions that differ are a difference")
    // Somebody who has seen both takes one of them, without settling.
    try score(zhang, 150)
    try sync()
    let found = try #require(try settlement(root))
    #expect(found.state == .changed)
    #expect(Set(found.decisions.compactMap(\.note.text)) == ["甲说", "乙说"])
    #expect(try states(root).count == 1)
  }
}
