import Foundation
@_spi(Simulation) import SyncEngine
import SyncModel

/// One computer of a world: a workspace with its database on a ``FaultyDisk``, with the marker beside it, and what the model
/// knows of its disk.
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
    /// What they may have had besides: a command that was cut off.
    var perhapsShown: [String: IDSet] = [:]
    /// Logs whose view may have been computed anew: marks of what was shown are then coarser than the model's.
    var recomputed: Set<LogID> = []
    /// Standing of each write when last looked at.
    var authority: [Int: WorldModel.Authority] = [:]
  }

  struct Backup {
    var database: FaultyDisk.Image
    var marker: Data?
    var image: Image
  }

  /// Where files lie; twins share one.
  final class Place {
    let folder: String
    let stateFolder: String
    let disk: FaultyDisk
    weak var occupant: Machine?

    init(_ root: String, _ number: Int, seed: UInt64) {
      folder = root + "/machine-\(number)"
      stateFolder = root + "/state-\(number)"
      disk = FaultyDisk(folder: folder, seed: seed)
    }

    /// Stands empty for the database on the disk: what the system tells of the file is told of this one.
    fileprivate var database: String { folder + "/workspace.db" }

    var markerFile: String? {
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
  /// Writes that failed without anybody knowing whether they stand: should the disk bring one back after all, it was one of these.
  var limbo: [Limbo] = []
  /// Earlier contents of the marker, which power loss may bring back.
  var markers: [Data] = []
  /// Counts the processes that had the workspace open: what one of them remembered, the next does not.
  private(set) var process = 0
  /// Counts how often it was set back.
  var lives = 0
  /// Before its disk began to lie.
  var lastGood: Backup?
  private var opened: Office?
  private var parked: Backup?

  struct Limbo {
    var writing: World.Writing?
    /// The clock by which others' entries came.
    var wall: UInt64
  }

  private static let markerLimit = 3

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
    let office = try open()
    opened = office
    return office
  }

  /// The same folder opened once more, as another process would.
  func secondProgram() throws -> Office { try open() }

  private func open() throws -> Office {
    Office(
      try Workspace(opening: place.folder, stateFolder: place.stateFolder), person: people[0], claimedMilliseconds: 0)
  }

  /// The process ends.
  func close() {
    // Also where somebody still holds it: a process takes its connections with it.
    try? opened?.workspace.store.close()
    opened = nil
    process += 1
  }

  /// The marker as it is now may come back after power loss.
  func noteMarker() {
    guard let bytes = markerBytes, bytes != markers.last else { return }
    if markers.count == Self.markerLimit { markers.removeFirst() }
    markers.append(bytes)
  }

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
    parked = Backup(database: place.disk.image(), marker: markerBytes, image: image)
  }

  private var markerBytes: Data? { place.markerFile.flatMap { FileManager.default.contents(atPath: $0) } }

  // MARK: Disasters

  /// The files as they stand between two transactions, with the marker of that moment.
  func backup() throws -> Backup {
    _ = try office()
    return Backup(database: place.disk.image(), marker: markerBytes, image: image)
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
    lives += 1
    limbo = []
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

  /// The content alone, into the same file.
  func putBack(_ backup: Backup) throws { try putBack(backup, sameFile: true, marker: false) }

  private func putBack(_ backup: Backup, sameFile: Bool, marker: Bool) throws {
    place.disk.putBack(backup.database)
    if !sameFile {
      try FileManager.default.removeItem(atPath: place.database)
      try Data().write(to: URL(fileURLWithPath: place.database))
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
    try PrivateFile.makeFolder(place.folder)
    try Data().write(to: URL(fileURLWithPath: place.database))
    place.disk.putBack(copy.database)
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
