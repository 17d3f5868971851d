import Foundation
@_spi(Simulation) import SyncEngine
import SyncModel

/// One computer of a world: a workspace in real files, with the marker beside it, and what the model knows of its disk.
///
/// Machines that a snapshot has made twins share folder, file and marker's place, as they would on two hosts; whoever acts
/// has their own bytes put in first.
final class Machine {
  /// What the model knows of a disk: copied with every backup.
  struct Image {
    var held: [LogID: IDSet] = [:]
    /// As of the last look: what had been taken into view.
    var applied: [LogID: IDSet] = [:]
    /// Seqs looked at so far, by strand of the log.
    var seen: [LogID: [UInt32]] = [:]
    var digests: [LogID: Digest256] = [:]
    /// Milliseconds by the clock of the machine that took it in.
    var received: [Int: UInt64] = [:]
    /// What each person's screens had in view.
    var shown: [String: IDSet] = [:]
    /// Logs whose view may have been computed anew: marks of what was shown are then coarser than the model's.
    var recomputed: Set<LogID> = []
    /// Standing of each write when last looked at.
    var authority: [Int: WorldModel.Authority] = [:]
  }

  struct Backup {
    var database: Data
    var marker: Data?
    var image: Image
  }

  /// Where files lie; twins share one.
  final class Place {
    let folder: String
    let stateFolder: String
    weak var occupant: Machine?

    init(_ root: String, _ number: Int) {
      folder = root + "/machine-\(number)"
      stateFolder = root + "/state-\(number)"
    }

    fileprivate var database: String { folder + "/workspace.db" }

    fileprivate var markerFile: String? {
      (try? FileManager.default.contentsOfDirectory(atPath: stateFolder))?.first { $0.hasSuffix(".marker") }
        .map { stateFolder + "/" + $0 }
    }
  }

  let number: Int
  let name: String
  let unit: UnitPath
  let place: Place
  let people: [String]
  let key: DeviceKey
  /// Milliseconds that the clock is off.
  var clockOffset: Int64 = 0
  var image = Image()
  var backups: [Backup] = []
  /// Not confirmed yet.
  var invitation: Invitation?
  private var opened: Office?
  private var parked: Backup?

  /// - Parameter office: just made or joined, in `place`.
  init(number: Int, name: String, office: Office, place: Place, people: [String], invitation: Invitation? = nil) {
    self.number = number
    self.name = name
    self.place = place
    self.people = people
    self.invitation = invitation
    unit = office.identity.unit
    key = office.workspace.key
    opened = office
    place.occupant = self
  }

  private init(number: Int, name: String, of other: Machine, place: Place, parked: Backup) {
    self.number = number
    self.name = name
    self.place = place
    people = other.people
    unit = other.unit
    key = other.key
    clockOffset = other.clockOffset
    image = parked.image
    invitation = other.invitation
    self.parked = parked
  }

  /// The workspace, opened if it is not.
  func office() throws -> Office {
    if let opened { return opened }
    if place.occupant !== self {
      try place.occupant?.park()
      if let parked { try putBack(parked, sameFile: true, marker: true) }
      parked = nil
      place.occupant = self
    }
    let office = Office(
      try Workspace(opening: place.folder, stateFolder: place.stateFolder), person: people[0], claimedMilliseconds: 0)
    opened = office
    return office
  }

  func close() { opened = nil }

  /// How many values each log is owed.
  func owed() throws -> [LogID: Int] {
    try office().workspace.store.read { snapshot in
      var owed: [LogID: Int] = [:]
      for summary in try snapshot.logs() { owed[summary.log] = try snapshot.engine(reading: summary.log)?.owed.count }
      return owed
    }
  }

  /// The values that one log is owed.
  func owedValues(of log: LogID) throws -> [OwedDot] {
    try office().workspace.store.read { try $0.engine(reading: log)?.owed ?? [] }
  }

  private func park() throws {
    close()
    parked = Backup(
      database: try Data(contentsOf: URL(fileURLWithPath: place.database)), marker: markerBytes, image: image)
  }

  private var markerBytes: Data? { place.markerFile.flatMap { FileManager.default.contents(atPath: $0) } }

  // MARK: Disasters

  /// SQLite's online backup, with the marker of that moment.
  func backup() throws -> Backup {
    let path = place.folder + "/copy.db"
    try office().workspace.store.backup(to: path)
    defer { try? FileManager.default.removeItem(atPath: path) }
    return Backup(database: try Data(contentsOf: URL(fileURLWithPath: path)), marker: markerBytes, image: image)
  }

  enum Restore: CaseIterable {
    /// The folder alone: another file, and a marker that counts more commits.
    case folder
    /// The same, where nobody has a marker any more.
    case folderWithoutMarker
    /// The file's content only; the marker stays.
    case content
    /// The whole machine, marker and all: nothing tells.
    case machine
  }

  func restore(_ backup: Backup, _ way: Restore) throws {
    _ = try office()
    close()
    switch way {
    case .folder: try putBack(backup, sameFile: false, marker: false)
    case .folderWithoutMarker:
      try putBack(backup, sameFile: false, marker: false)
      if let file = place.markerFile { try FileManager.default.removeItem(atPath: file) }
    case .content: try putBack(backup, sameFile: true, marker: false)
    case .machine: try putBack(backup, sameFile: true, marker: true)
    }
    image = backup.image
  }

  private func putBack(_ backup: Backup, sameFile: Bool, marker: Bool) throws {
    for suffix in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: place.database + suffix) }
    if sameFile {
      let file = try FileHandle(forWritingTo: URL(fileURLWithPath: place.database))
      try file.truncate(atOffset: 0)
      try file.write(contentsOf: backup.database)
      try file.close()
    } else {
      try FileManager.default.removeItem(atPath: place.database)
      try backup.database.write(to: URL(fileURLWithPath: place.database))
    }
    guard marker, let file = place.markerFile else { return }
    if let bytes = backup.marker {
      try bytes.write(to: URL(fileURLWithPath: file))
    } else {
      try FileManager.default.removeItem(atPath: file)
    }
  }

  /// The folder copied to another machine.
  func clone(number: Int, to place: Place) throws -> Machine {
    let copy = try backup()
    try FileManager.default.createDirectory(atPath: place.folder, withIntermediateDirectories: true)
    try copy.database.write(to: URL(fileURLWithPath: place.database))
    for file in ["device.key", "root.key", "lock"]
    where FileManager.default.fileExists(atPath: self.place.folder + "/" + file) {
      try FileManager.default.copyItem(atPath: self.place.folder + "/" + file, toPath: place.folder + "/" + file)
    }
    let clone = Machine(number: number, name: name + "之副本", of: self, place: place, parked: copy)
    clone.parked = nil
    place.occupant = clone
    return clone
  }

  /// The whole machine copied, as a snapshot of a virtual one: neither can tell.
  func twin(number: Int) throws -> Machine {
    Machine(number: number, name: name + "之分身", of: self, place: place, parked: try backup())
  }
}
