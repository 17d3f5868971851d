import Foundation
@_spi(Simulation) import SyncEngine
import SyncModel
import SyncTesting

/// Founds the school of a data set: one committee 党总支 with all the units below it, every device enrolled, and the
/// laptops of the committee that fetch everything.
struct SchoolMaker {
  let plan: EditPlan
  let devices: Int

  /// Counts changes of what is made here.
  static let version: UInt8 = 1
  static let root = path("school")
  static let committee = path("school/cs")
  static let claimed: UInt64 = EditPlan.startMilliseconds - 86_400_000
  /// Laptops of the committee that may be set up later.
  static let committeeLaptops = 4

  static func path(_ text: String) -> UnitPath {
    guard let path = UnitPath(text) else { preconditionFailure("a well-formed path") }
    return path
  }

  /// - Parameter soleWriter: the committee's second laptop writes in all logs.
  static func school(_ id: SchoolID, plan: EditPlan, soleWriter: Bool = false) -> EditedSchool {
    EditedSchool(
      school: id, committee: committee, seed: plan.seed, soleWriter: soleWriter ? laptop(1, seed: plan.seed) : nil)
  }

  /// The key of the committee's laptop `number`.
  static func laptop(_ number: Int, seed: UInt64) -> DeviceKey {
    var generator = SeededGenerator(seed: seed ^ 0x6c61_7074_6f70 ^ UInt64(number) << 40)
    guard let key = DeviceKey(seed: generator.bytes(32)) else { preconditionFailure("any 32 bytes are a seed") }
    return key
  }

  /// `folder` holds `workspace` and its marker's `state` afterwards, nothing opened.
  func make(in folder: String) throws {
    // Its randomness is the plan's: the same school every time.
    let surroundings = SimulatedSurroundings(
      generator: SeededGenerator(seed: plan.seed ^ 0x7363_686f_6f6c), wallMilliseconds: Self.claimed)
    try SimulatedSurroundings.$current.withValue(surroundings) {
      let office = try Office.foundSchool(
        in: folder + "/workspace", name: "示例大学", root: "school", rehearsal: true, person: "甲", deviceName: "组织部服务器",
        claimedMilliseconds: Self.claimed, stateFolder: folder + "/state")
      try office.register([DirectoryUnit(path: Self.committee, name: "示例党总支", kind: .committee)])
      let school = Self.school(office.identity.school, plan: plan)
      let units = (0..<plan.units).map(school.unit)
      try office.register(
        units.enumerated().map { DirectoryUnit(path: $0.element, name: "第\($0.offset + 1)支部", kind: .branch) })
      try enrol(units, school, office)
      try office.workspace.store.close()
    }
  }

  private func enrol(_ units: [UnitPath], _ school: EditedSchool, _ office: Office) throws {
    var changes: [LogID: [Change]] = [:]
    for (number, unit) in units.enumerated() {
      for device in 0..<devices {
        changes[LogID(unit, .notices), default: []] += try enrolment(
          school.writer(unit: number, device: device).key, of: unit, .reporter, "笔记本\(device + 1)", school)
      }
    }
    for number in 0..<Self.committeeLaptops {
      changes[LogID(Self.committee, .notices), default: []] += try enrolment(
        Self.laptop(number, seed: plan.seed), of: Self.committee, [.reporter, .reviewer], "党总支电脑\(number + 1)", school)
    }
    // In pieces: who is enrolled is worked out anew after each.
    let logs = changes.keys.sorted()
    for start in stride(from: 0, to: logs.count, by: Self.logsAtOnce) {
      let piece = logs[start..<min(start + Self.logsAtOnce, logs.count)]
      try office.workspace.write(
        Dictionary(uniqueKeysWithValues: piece.map { ($0, changes[$0] ?? []) }), as: "甲",
        claimedMilliseconds: Self.claimed, shownUpTo: .max)
    }
  }

  private static let logsAtOnce = 1000

  private func enrolment(
    _ key: DeviceKey, of unit: UnitPath, _ roles: Roles, _ name: String, _ school: EditedSchool
  ) throws -> [Change] {
    let device = SubjectID(high: key.deviceID.high, low: key.deviceID.low)
    let agreement = try key.agreementCertificate(school: school.school, unit: unit)
    return [
      Change(
        RegisterName(.device, device, .enrolment),
        Enrolment(key: key.publicKey, unit: unit, roles: roles, agreement: agreement.bytes).value),
      Change(RegisterName(.device, device, .deviceName), .text(name)),
    ]
  }
}
