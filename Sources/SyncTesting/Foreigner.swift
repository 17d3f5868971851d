import SyncEngine
import SyncModel

/// Another program with a device's key: it writes what no rule for own writes here would let through, and signs it well.
public struct Foreigner {
  private let office: Office

  /// - Parameter office: whose device writes.
  public init(_ office: Office) {
    self.office = office
  }

  /// One entry of a feed of its own, as it comes to `receiver`.
  public func write(_ changes: [Change], to log: LogID, receiver: Office) throws {
    let engine = try LogEngine(school: office.identity.school, log: log, storage: MemoryLog())
    let key = office.workspace.key
    _ = try engine.append(
      changes,
      by: Author(key: key, incarnation: .random(), person: .random(), shownUpTo: .max), continues: nil,
      secret: .random(),
      time: HybridTime(milliseconds: 1_790_000_100_000, counter: 0), wallMilliseconds: 1_790_000_100_000)
    try engine.flush()
    guard let segment = try engine.segment(on: 0, after: 0, byteLimit: 1 << 20) else {
      preconditionFailure("what was just written is there")
    }
    try receiver.workspace.store.write(wallMilliseconds: 1_790_000_200_000) { _ = try $0.ingest(segment) }
  }

  /// Renames a unit in its own notices.
  public func rename(_ unit: UnitPath, to name: String, receiver: Office) throws {
    try write(
      [Change(RegisterName(.unit, SubjectID(unit: unit), .unitName), .text(name))], to: LogID(unit, .notices),
      receiver: receiver)
  }

  /// Registers a unit in the notices of the one above it.
  public func add(_ unit: DirectoryUnit, receiver: Office) throws {
    guard let parent = unit.path.parent else { preconditionFailure("\(unit.path) has a unit above it") }
    let subject = SubjectID(unit: unit.path)
    try write(
      [
        Change(RegisterName(.unit, subject, .unitPath), .text(unit.path.description)),
        Change(RegisterName(.unit, subject, .unitName), .text(unit.name)),
        Change(RegisterName(.unit, subject, .unitKind), .choice(unit.kind.rawValue)),
      ], to: LogID(parent, .notices), receiver: receiver)
  }

  /// Publishes a campaign without a checklist.
  /// - Parameter id: perhaps that of somebody else's.
  public func publish(
    _ name: String, to units: [UnitPath], by publisher: UnitPath, id: SubjectID = .random(), receiver: Office
  ) throws {
    try write(
      [
        Change(RegisterName(.campaign, id, .campaignName), .text(name)),
        Change(RegisterName(.campaign, id, .campaignUnits), .list(units.map { .text($0.description) })),
      ], to: LogID(publisher, .notices), receiver: receiver)
  }
}
