import SyncModel

/// What people do with a workspace: every command of `unitcli` and every page of the console goes through it.
///
/// Each method reads one consistent moment or writes one transaction.
public struct Office: Sendable {
  public let workspace: Workspace
  /// Who is at the keyboard.
  public let person: String
  /// The claimed time, milliseconds since 1970: the system's clock, or `--now` in a rehearsal school.
  public let claimedMilliseconds: UInt64
  /// Asked where a name alone does not choose; nil where nobody sits at a keyboard: then it is refused.
  let chooser: NameChooser?
  /// Told what a name chose, where that is not plain.
  let tell: @Sendable (String) -> Void

  public init(
    _ workspace: Workspace, person: String, claimedMilliseconds: UInt64, chooser: NameChooser? = nil,
    tell: @escaping @Sendable (String) -> Void = { _ in }
  ) {
    self.workspace = workspace
    self.person = person
    self.claimedMilliseconds = claimedMilliseconds
    self.chooser = chooser
    self.tell = tell
  }

  public var identity: StoreIdentity { workspace.identity }

  func read<Result>(_ body: (StoreSnapshot) throws -> Result) throws -> Result {
    try workspace.store.read(body)
  }

  func write(_ changes: [Change], to log: LogID) throws -> Workspace.Written {
    try workspace.write(changes, to: log, as: person, claimedMilliseconds: claimedMilliseconds)
  }

  /// In several logs at once, all of it or none.
  func write(_ changes: [LogID: [Change]], shownUpTo: UInt64? = nil) throws {
    try workspace.write(changes, as: person, claimedMilliseconds: claimedMilliseconds, shownUpTo: shownUpTo)
  }

  public func directory() throws -> Directory {
    try read { try $0.directory() }
  }

  /// In which the school reckons its days; +08:00 before its founding entry is here.
  public func zone() throws -> SchoolZone { try directory().zone }

  /// This workspace's unit as the directory has it; before the directory has come, as the invitation named it.
  public func ownUnit() throws -> DirectoryUnit {
    try read { try ownUnit($0) }
  }

  /// The unit that `text` names, or this workspace's where it is nil.
  public func unitOrOwn(_ text: String?) throws -> DirectoryUnit {
    try text.map { try unit($0) } ?? ownUnit()
  }

  func ownUnit(_ snapshot: StoreSnapshot) throws -> DirectoryUnit {
    if let known = try snapshot.directory().units[identity.unit] { return known }
    return DirectoryUnit(
      path: identity.unit, name: try pendingInvitation(snapshot)?.unitName ?? identity.unit.description, kind: .branch)
  }

  /// What this workspace joined with, until a hub has confirmed it.
  func pendingInvitation(_ snapshot: StoreSnapshot) throws -> Invitation? {
    guard let text = try snapshot.setting(Workspace.Setting.invitation), !text.isEmpty else { return nil }
    return try? Invitation(text: String(decoding: text, as: UTF8.self))
  }

  /// A unit by path, or by a name that it alone has and that those above it know it by (protocol §8, names).
  /// - Throws: ``OfficeError/unknownUnit(_:nearest:)`` naming the nearest, ``OfficeError/ambiguousUnit(_:candidates:)``,
  ///   ``OfficeError/renamed(_:_:candidates:)``, ``OfficeError/partOfName(_:_:candidates:)``.
  public func unit(_ text: String) throws -> DirectoryUnit {
    let directory = try directory()
    let typed = text.trimmingBlanks()
    if let path = UnitPath(typed), let unit = directory.units[path] { return unit }
    let units = directory.sortedUnits
    // Typed in another normal form or width; paths that differ in that alone are told apart by their bytes only.
    let half = Numerals.halfWidth(typed)
    let alike = units.filter { $0.path.description == typed || $0.path.description == half }
    let match: NameMatch<DirectoryUnit> =
      alike.isEmpty
      ? .find(
        typed, among: units, marked: { $0.path.segments.last == typed },
        names: { [$0.name] + [$0.givenName].compactMap { $0 } },
        isSure: { unit, name in unit.isNameConfirmed && name == unit.name })
      : alike.count == 1 ? .found(alike[0]) : .ambiguous(alike)
    return try chosen(
      match, text, what: "党组织", lines: { $0.map { Self.line($0) } },
      ambiguous: { .ambiguousUnit($0, candidates: $1) },
      unknown: {
        .unknownUnit(
          text,
          nearest: Nearest.names(typed, among: units.map(\.path.description) + units.map(\.name)).map(\.visibleName))
      })
  }

  /// `school/cs/b1（教师一支部）`; with the name that those above know it by, where it is another.
  private static func line(_ unit: DirectoryUnit) -> String {
    guard let given = unit.givenName, !unit.isNameConfirmed else { return "\(unit.path)（\(unit.name)）" }
    return "\(unit.path)（\(unit.name)，上级登记为“\(given)”）"
  }
}
