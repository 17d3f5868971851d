import Foundation
import SyncModel
import SyncTesting
import Testing

@testable import syncbench

@Suite("the benchmark's edits")
struct EditPlanTests {
  private static let plan: EditPlan = {
    var plan = EditPlan()
    plan.units = 40
    plan.edits = 40_000
    plan.seed = 7
    return plan
  }()
  private static let edits = (0..<plan.units).map { plan.edits(ofUnit: $0) }

  @Test("one plan gives the same edits every time, and a unit's do not depend on how many other units there are")
  func determinism() {
    let plan = Self.plan
    #expect(plan.edits(ofUnit: 3) == Self.edits[3])
    var wider = plan
    wider.units *= 2
    wider.edits *= 2
    #expect(wider.edits(ofUnit: 3) == Self.edits[3])
    var other = plan
    other.seed = 8
    #expect(other.edits(ofUnit: 3) != Self.edits[3])
    #expect(Self.edits[4].map(\.value) != Self.edits[3].map(\.value))
  }

  @Test("the edits add up to what was asked for, also where they do not go into the units evenly")
  func count() {
    var plan = Self.plan
    plan.units = 7
    plan.edits = 100
    #expect((0..<7).map { plan.edits(ofUnit: $0).count } == [15, 15, 14, 14, 14, 14, 14])
  }

  @Test("fields come equally often, and an edit carries 38 bytes on average")
  func fields() {
    let all = Self.edits.flatMap { $0 }
    for field in EditField.allCases {
      let share = Double(all.count { $0.field == field }) / Double(all.count)
      #expect(abs(share - 1.0 / 3) < 0.01, "\(field): \(share)")
    }
    let payload = Double(all.reduce(0) { $0 + $1.value.payloadBytes }) / Double(all.count)
    #expect(abs(payload - 38.4) < 0.8, "\(payload)")
    #expect(Set(all.map(\.item)).count == Self.plan.items)
  }

  @Test("two edits in a hundred belong to a pair whose writers did not see each other; all others saw everything")
  func concurrency() {
    var paired = 0
    for edits in Self.edits {
      var latest: [String: [UInt32]] = [:]
      var index = 0
      while index < edits.count {
        let edit = edits[index]
        let key = "\(edit.item)/\(edit.field)"
        #expect(edit.seen == latest[key] ?? [0, 0])
        latest[key, default: [0, 0]][edit.device] = edit.seq
        if index + 1 < edits.count, Edit.isPair(edit, edits[index + 1]) {
          paired += 2
          index += 1
          #expect(edits[index].seen == edit.seen, "both of a pair saw the same")
          latest[key, default: [0, 0]][edits[index].device] = edits[index].seq
        }
        index += 1
      }
    }
    let share = Double(paired) / Double(Self.plan.edits)
    #expect(abs(share - 0.02) < 0.004, "\(share)")
  }

  @Test("people go on at one device for about twenty edits")
  func sessions() {
    var runs = 0
    for edits in Self.edits {
      runs += 1
      for index in edits.indices.dropFirst()
      where edits[index].device != edits[index - 1].device && !Edit.isPair(edits[index - 1], edits[index])
        && !(index > 1 && Edit.isPair(edits[index - 2], edits[index - 1]))
      {
        runs += 1
      }
    }
    let length = Double(Self.plan.edits) / Double(runs)
    #expect(length > 16 && length < 24, "\(length)")
  }

  @Test("a device's edits are numbered without gaps, a unit's clock only goes forward, and no edit repeats what it saw")
  func order() {
    for edits in Self.edits {
      var sequence = [UInt32](repeating: 0, count: Self.plan.devices)
      var milliseconds: UInt64 = 0
      var last: [String: EditValue] = [:]
      for (index, edit) in edits.enumerated() {
        sequence[edit.device] += 1
        #expect(edit.seq == sequence[edit.device])
        #expect(edit.milliseconds > milliseconds)
        milliseconds = edit.milliseconds
        let key = "\(edit.item)/\(edit.field)"
        // Two who do not see each other may well write the same.
        let isSecond = index > 0 && Edit.isPair(edits[index - 1], edit)
        #expect(isSecond || last[key] != edit.value)
        last[key] = edit.value
      }
    }
  }

  @Test("edits read back from lines of JSON as they were written")
  func lines() throws {
    let path = NSTemporaryDirectory() + "unitsync-edits-\(UUID().uuidString).jsonl"
    defer { try? FileManager.default.removeItem(atPath: path) }
    let few = Self.edits.prefix(3).map { Array($0.prefix(200)) }
    try EditLines.write(few, to: path)
    #expect(try EditLines.read(path) == few)
    try Data("{\"replica\":1}\n".utf8).write(to: URL(fileURLWithPath: path))
    #expect(throws: EditLines.Malformed.self) { try EditLines.read(path) }
  }

  @Test("what the engine merges of them is what stands by the rule alone (promise 1)", arguments: [1, 2])
  func merged(threads: Int) throws {
    var plan = Self.plan
    plan.units = 4
    plan.edits = 1200
    plan.items = 5
    plan.concurrentPerMille = 200
    let edits = (0..<plan.units).map { plan.edits(ofUnit: $0) }
    let school = SchoolMaker.school(SchoolID(high: 1, low: 2), plan: plan)
    let feeds = try FeedMill(school: school, devices: plan.devices).feeds(of: edits)
    #expect(feeds.reduce(0) { $0 + $1.entries } == plan.edits)
    let facts = Facts(edits)
    #expect(facts.conflicts > 5, "there is something to keep apart")
    let outcome = try ColdMerge.merge(feeds, school: school.school, mode: .checked, threads: threads)
    try MergeSample.check(outcome, against: facts, school: school, units: plan.units)
    #expect(throws: Wrong.self, "and a value that is missing is found") {
      let part = try ColdMerge.merge(Array(feeds.dropLast()), school: school.school, mode: .checked, threads: threads)
      try MergeSample.check(part, against: facts, school: school, units: plan.units)
    }
  }
}
