extension EditPlan {
  /// The edits of one unit in the order in which they were made; every edit that one has seen comes before it.
  public func edits(ofUnit unit: Int) -> [Edit] {
    precondition((0..<units).contains(unit), "units are numbered from 0")
    var course = UnitCourse(plan: self, unit: unit)
    return course.run()
  }

  /// The chance in 2³² that a turn makes a concurrent pair: a pair counts as two edits.
  fileprivate var pairChance: UInt64 {
    let share = Double(concurrentPerMille) / 1000
    return UInt64(share / 2 / (1 - share / 2) * 4_294_967_296)
  }
}

/// One unit's people at work.
private struct UnitCourse {
  let plan: EditPlan
  let unit: Int
  let count: Int
  var generator: SeededGenerator
  var milliseconds: UInt64
  var sequence: [UInt32]
  var registers: [Int: (seen: [UInt32], last: [EditValue])] = [:]
  var edits: [Edit] = []

  init(plan: EditPlan, unit: Int) {
    self.plan = plan
    self.unit = unit
    count = plan.count(ofUnit: unit)
    // A unit's edits do not depend on how many other units there are. Two draws apart: neighbouring seeds share nothing.
    var seeds = SeededGenerator(seed: plan.seed)
    let base = seeds.next()
    generator = SeededGenerator(seed: base ^ (UInt64(unit) &* 0xd134_2543_de82_ef95))
    generator = SeededGenerator(seed: generator.next())
    milliseconds = EditPlan.startMilliseconds + UInt64(generator.below(60_000))
    sequence = Array(repeating: 0, count: plan.devices)
    edits.reserveCapacity(count)
  }

  mutating func run() -> [Edit] {
    var device = generator.below(plan.devices)
    while edits.count < count {
      if generator.chance(percent: EditPlan.redrawPercent) { device = generator.below(plan.devices) }
      let item = generator.below(plan.items)
      let field = EditField.allCases[generator.below(EditField.allCases.count)]
      let register = item * EditField.allCases.count + (EditField.allCases.firstIndex(of: field) ?? 0)
      let known = registers[register] ?? (Array(repeating: 0, count: plan.devices), [])
      var devices = [device]
      if plan.devices > 1, edits.count + 2 <= count, generator.next() & 0xffff_ffff < plan.pairChance {
        devices.append((device + generator.int(in: 1...plan.devices - 1)) % plan.devices)
      }
      let written = devices.map { write(at: $0, item, field, seen: known.seen, except: known.last) }
      var seen = known.seen
      for edit in written { seen[edit.device] = edit.seq }
      registers[register] = (seen, written.map(\.value))
    }
    return edits
  }

  private mutating func write(
    at device: Int, _ item: Int, _ field: EditField, seen: [UInt32], except last: [EditValue]
  ) -> Edit {
    let step = max(1, EditPlan.spanMilliseconds / UInt64(max(1, count)))
    milliseconds += 1 + generator.next() % (2 * step)
    sequence[device] += 1
    let edit = Edit(
      unit: unit, device: device, seq: sequence[device], milliseconds: milliseconds, item: item, field: field,
      value: value(field, except: last), seen: seen)
    edits.append(edit)
    return edit
  }

  /// Other than what stands there: some peers drop a write that changes nothing.
  private mutating func value(_ field: EditField, except last: [EditValue]) -> EditValue {
    switch field {
    case .status: generator.pick(Self.statuses.filter { !last.contains($0) }) ?? Self.statuses[0]
    case .score: generator.pick((0..<5).map(EditValue.number).filter { !last.contains($0) }) ?? .number(0)
    case .remark:
      .text(
        String(
          String.UnicodeScalarView(
            (0..<generator.int(in: 10...60)).map { _ in Self.characters[generator.below(Self.characters.count)] })))
    }
  }

  private static let statuses = ["未开始", "进行中", "已完成", "已退回"].map(EditValue.text)
  /// What people write about: three bytes each.
  private static let characters = Array(
    """
    本支部检查发现会议记录完整学习笔记齐全党员参加积极签到及时材料归档清楚个别同志缺席已经补学计划按期推进责任落实到人\
    谈心谈话记录规范发展党员程序严格党费收缴按月公示组织生活会准备充分问题整改台账明确下次重点关注书记签字确认活动照片留存
    """.unicodeScalars)
}
