import Foundation
import SyncModel

/// A file attached to an item, as it stands.
public struct AttachedFile: Sendable {
  public let unit: DirectoryUnit
  public let campaign: Campaign?
  /// nil where the checklist has not come.
  public let item: Template.Item?
  /// Which checklist of the campaign.
  public let slot: UInt32
  public let attachment: Attachment
  public let authors: [Conflict.Author]
  /// Its file is on this machine.
  public let isHere: Bool
  /// Within its item, from 1, by name: what `detach` and `fetch` take too.
  public let number: Int
  let register: Register

  public var named: NamedFile {
    NamedFile(hash: attachment.hash, byteCount: attachment.byteCount, log: register.log)
  }
}

extension Office {
  /// What came of attaching.
  public struct Attached: Sendable {
    public let added: [Attachment]
    /// The item had them already.
    public let already: [Attachment]
    /// File names out of which something was taken.
    public let cleaned: [String]
    /// nil where there was nothing to write.
    public let written: Workspace.Written?
  }

  /// Attaches files to an item: photos and films lose the place where they were made, then each is stored under its hash,
  /// then one entry names them all.
  ///
  /// - Throws: ``FileError``, ``PhotoError``, ``PrivacyError``, ``OfficeError``, ``WorkspaceError``; nothing is attached and
  ///   no file is left then.
  public func attach(
    _ paths: [String], named name: String? = nil, to item: CampaignItem, of campaign: Campaign, unit: DirectoryUnit,
    onBehalf: Bool
  ) throws -> Attached {
    try checkAnswerable(campaign, item, unit: unit, onBehalf: onBehalf)
    let log = LogID(unit.path, .answers)
    try checkMayWrite(log, unit: unit)
    // All names first: they are the cheapest to refuse.
    for path in paths { _ = try FileIntake.name(of: name ?? path) }
    let standing = try evidence(of: unit, campaign: campaign, item: item)
    if standing.count + paths.count > FileLimit.perItem { throw FileError.tooMany(FileLimit.perItem) }
    let intake = FileIntake(workspace: workspace)
    var taken: [FileIntake.Taken] = []
    do {
      for path in paths { taken.append(try intake.take(path, named: name)) }
      var known = Set(standing.map(\.attachment.hash))
      let fresh = taken.filter { known.insert($0.attachment.hash).inserted }.map(\.attachment)
      let already = taken.map(\.attachment).filter { file in !fresh.contains(file) }
      let written =
        fresh.isEmpty
        ? nil
        : try write(
          fresh.map { file in
            Change(
              Attachment.register(campaign.id, slot: item.slot, item: item.item.ordinal, element: .random()), file.value
            )
          }, to: log)
      return Attached(
        added: fresh, already: already, cleaned: taken.filter(\.wasCleaned).map(\.attachment.fileName), written: written
      )
    } catch {
      for file in taken where file.isNew { workspace.discardUnnamed(file.attachment.hash) }
      throw error
    }
  }

  /// Takes attachments off an item. The files stay for ``FileLimit/unnamedDays`` where nothing else names them.
  ///
  /// - Parameter names: file names, numbers of ``AttachedFile/number``, or starts of hashes.
  public func detach(
    _ names: [String], from item: CampaignItem, of campaign: Campaign, unit: DirectoryUnit, onBehalf: Bool
  ) throws -> (files: [AttachedFile], written: Workspace.Written) {
    try checkAnswerable(campaign, item, unit: unit, onBehalf: onBehalf)
    let standing = try evidence(of: unit, campaign: campaign, item: item)
    let chosen = try names.map { try Self.find($0, among: standing, item: item.item.id) }
    let registers = Set(chosen.map(\.register.name)).sorted()
    // What is taken off is what was just read: whoever attached the same meanwhile keeps theirs.
    let mark = chosen.flatMap(\.register.siblings).map(\.order).max() ?? 0
    let written = try workspace.write(
      registers.map { Change($0, .nothing) }, to: LogID(unit.path, .answers), as: person,
      claimedMilliseconds: claimedMilliseconds, shownUpTo: mark)
    return (chosen, written)
  }

  /// One of them, by name, number, or start of the hash.
  /// - Throws: ``FileError/notAttached(_:item:)``, ``FileError/ambiguous(_:)``.
  public static func find(_ text: String, among files: [AttachedFile], item: String) throws -> AttachedFile {
    let key = text.nameKey
    let byName = files.filter { !key.isEmpty && $0.attachment.fileName.nameKey == key }
    let found =
      byName.isEmpty
      ? files.filter { file in
        Numerals.value(text) == file.number
          || (text.count >= 4 && file.attachment.hash.description.hasPrefix(text.lowercased()))
      } : byName
    guard let first = found.first else { throw FileError.notAttached(text, item: item) }
    if Set(found.map(\.attachment.hash)).count > 1 { throw FileError.ambiguous(text) }
    return first
  }

  /// What stands attached to a unit's items, by campaign, item and name.
  ///
  /// - Parameters:
  ///   - campaign: nil for all.
  ///   - item: nil for all.
  public func evidence(
    of unit: DirectoryUnit, campaign: Campaign? = nil, item: CampaignItem? = nil
  ) throws -> [AttachedFile] {
    try read { try evidence(of: unit, campaign: campaign, item: item, $0) }
  }

  /// - Parameter templates: of `campaign`, where they have been read; nil reads them.
  func evidence(
    of unit: DirectoryUnit, campaign: Campaign?, item: CampaignItem? = nil, templates known: [UInt32: Template]? = nil,
    _ snapshot: StoreSnapshot
  ) throws -> [AttachedFile] {
    let log = LogID(unit.path, .answers)
    let part = item.map { UInt64($0.slot) << 32 | UInt64($0.item.ordinal) }
    let registers = try snapshot.registers(log, kind: .attachment, subject: campaign?.id)
      .filter { part == nil || $0.name.part == part }
    if registers.isEmpty { return [] }
    let subjects = Set(registers.map(\.name.subject))
    let book = try campaign == nil ? Self.campaigns(snapshot) : nil
    let campaigns = campaign.map { [$0] } ?? subjects.compactMap { book?.counting($0, for: unit.path) }
    var items: [SubjectID: [UInt64: Template.Item]] = [:]
    for campaign in campaigns where subjects.contains(campaign.id) {
      for (slot, template) in try known ?? templates(of: campaign, snapshot) {
        for item in template.items {
          items[campaign.id, default: [:]][UInt64(slot) << 32 | UInt64(item.ordinal)] = item
        }
      }
    }
    var found: [(file: AttachedFile, key: RegisterName)] = []
    for register in registers {
      for version in try snapshot.versions(of: register) {
        guard let attachment = version.value.flatMap(Attachment.init) else { continue }
        found.append(
          (
            AttachedFile(
              unit: unit, campaign: campaigns.first { $0.id == register.name.subject },
              item: items[register.name.subject]?[register.name.part], slot: UInt32(register.name.part >> 32),
              attachment: attachment, authors: version.authors,
              isHere: workspace.files.byteCount(of: attachment.hash) != nil, number: 0, register: register),
            RegisterName(.attachment, register.name.subject, part: register.name.part, register.name.field)
          ))
      }
    }
    let groups = Dictionary(grouping: found, by: \.key)
    let order = Dictionary(uniqueKeysWithValues: campaigns.enumerated().map { ($1.id, $0) })
    return groups.keys.sorted { left, right in
      let (first, second) = (order[left.subject] ?? .max, order[right.subject] ?? .max)
      return first == second ? left < right : first < second
    }.flatMap { key in
      (groups[key] ?? []).map(\.file).sorted { left, right in
        (left.attachment.fileName, left.attachment.hash, left.register.name.element)
          < (right.attachment.fileName, right.attachment.hash, right.register.name.element)
      }.enumerated().map { $1.numbered($0 + 1) }
    }
  }

  private func checkMayWrite(_ log: LogID, unit: DirectoryUnit) throws {
    switch try directory().authority(of: identity.device, over: log) {
    case .full, .unknown: break
    case .none, .through:
      throw WorkspaceError.notAllowed(action: "填写", unit: unit.name, needed: log.channel.writerTitle)
    }
  }
}

extension AttachedFile {
  fileprivate func numbered(_ number: Int) -> AttachedFile {
    AttachedFile(
      unit: unit, campaign: campaign, item: item, slot: slot, attachment: attachment, authors: authors, isHere: isHere,
      number: number, register: register)
  }
}
