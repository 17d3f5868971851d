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

  public init(_ workspace: Workspace, person: String, claimedMilliseconds: UInt64) {
    self.workspace = workspace
    self.person = person
    self.claimedMilliseconds = claimedMilliseconds
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

  /// This workspace's unit as the directory has it; before the directory has come, as the invitation named it.
  public func ownUnit() throws -> DirectoryUnit {
    try read { try ownUnit($0) }
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

  /// A unit by path, or by any unambiguous name or part of one.
  /// - Throws: ``OfficeError/unknownUnit(_:nearest:)`` naming the nearest, ``OfficeError/ambiguousUnit(_:candidates:)``.
  public func unit(_ text: String) throws -> DirectoryUnit {
    let directory = try directory()
    if let path = UnitPath(text), let unit = directory.units[path] { return unit }
    let units = directory.sortedUnits
    for matches in [
      units.filter { $0.name == text }, units.filter { $0.path.segments.last == text },
      units.filter { $0.name.contains(text) },
    ] where !matches.isEmpty {
      if matches.count == 1 { return matches[0] }
      throw OfficeError.ambiguousUnit(text, candidates: matches.prefix(5).map { "\($0.path)（\($0.name)）" })
    }
    throw OfficeError.unknownUnit(
      text,
      nearest: Nearest.names(text, among: units.map(\.path.description) + units.map(\.name)))
  }
}
