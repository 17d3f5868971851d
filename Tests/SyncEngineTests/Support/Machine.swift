import Foundation
import SyncEngine
import SyncModel
import SyncTesting
import Testing

/// One computer of a school with its disk: the workspace's folder and, outside it, what the machine remembers. Its disk can
/// be imaged, set back, copied and run as several computers that cannot be told apart.
final class Machine {
  let school: TestSchool
  let folder: String
  let stateFolder: String
  let person: String
  private(set) var office: Office

  /// How much of a disk comes back when it is set back.
  enum Extent: String, CaseIterable, CustomTestStringConvertible {
    /// The folder alone, as from a backup program: other files, and the machine remembers what came later.
    case folder
    /// The folder and what the machine remembered then.
    case folderAndMarker
    /// The folder, on a machine that remembers nothing, such as a new one.
    case folderOnly
    /// Everything into the same files: nothing on the machine can tell.
    case wholeMachine

    var testDescription: String { rawValue }
    var isNoticed: Bool { self != .wholeMachine }
  }

  struct Image {
    var files: [String: Data]
    var state: [String: Data]
  }

  private static let database = "workspace.db"

  /// Takes over a workspace whose marker stands in the school's state folder.
  init(_ school: TestSchool, _ office: Office) {
    self.school = school
    self.office = office
    folder = office.workspace.folder
    stateFolder = school.stateFolder
    person = office.person
  }

  /// At the next minute.
  var now: Office { office.at(school.now()) }

  private func open() throws {
    office = Office(
      try Workspace(opening: folder, stateFolder: stateFolder), person: person, claimedMilliseconds: school.now())
  }

  /// The disk as it is now, shut down cleanly.
  func image() throws -> Image {
    try office.workspace.store.close()
    let image = Image(files: try Self.contents(folder), state: try markers())
    try open()
    return image
  }

  /// Shuts down, sets the disk back, starts again.
  func setBack(to image: Image, _ extent: Extent) throws {
    try office.workspace.store.close()
    let manager = FileManager.default
    for (name, data) in image.files {
      let path = folder + "/" + name
      if extent == .wholeMachine {
        let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        try file.truncate(atOffset: 0)
        try file.write(contentsOf: data)
        try file.close()
      } else {
        // Beside and then over it: the file that comes back is another one.
        #expect(manager.createFile(atPath: path + ".back", contents: data, attributes: [.posixPermissions: 0o600]))
        try manager.removeItem(atPath: path)
        try manager.moveItem(atPath: path + ".back", toPath: path)
      }
    }
    for suffix in ["-wal", "-shm"] { try? manager.removeItem(atPath: folder + "/" + Self.database + suffix) }
    if extent == .folderAndMarker || extent == .wholeMachine { try restoreMarkers(image.state) }
    if extent == .folderOnly { for name in try markers().keys { try manager.removeItem(atPath: name) } }
    try open()
  }

  /// Lets another image run on this very hardware, for identical machines that go separate ways.
  func run(_ image: inout Image, _ body: (Machine) throws -> Void) throws {
    try setBack(to: image, .wholeMachine)
    try body(self)
    image = try self.image()
  }

  /// The folder copied elsewhere on the same computer, as an office would to a second one.
  func copy(to name: String) throws -> Machine {
    let path = school.folder + "/" + name
    let image = try image()
    try PrivateFile.makeFolder(path)
    for (name, data) in image.files {
      let made = FileManager.default.createFile(
        atPath: path + "/" + name, contents: data, attributes: [.posixPermissions: 0o600])
      #expect(made)
    }
    return Machine(
      school,
      Office(
        try Workspace(opening: path, stateFolder: stateFolder), person: person, claimedMilliseconds: school.now()))
  }

  private static func contents(_ folder: String) throws -> [String: Data] {
    var found: [String: Data] = [:]
    for name in try FileManager.default.contentsOfDirectory(atPath: folder) {
      found[name] = try Data(contentsOf: URL(fileURLWithPath: folder + "/" + name))
    }
    return found
  }

  /// The one marker of this folder, by its path: other workspaces of the school share the state folder.
  private func markers() throws -> [String: Data] {
    let path = office.workspace.markerPath
    guard let data = FileManager.default.contents(atPath: path) else { return [:] }
    return [path: data]
  }

  private func restoreMarkers(_ state: [String: Data]) throws {
    for name in try markers().keys { try FileManager.default.removeItem(atPath: name) }
    for (name, data) in state { try data.write(to: URL(fileURLWithPath: name)) }
  }
}

extension Machine {
  /// Fills in a score as one command of this person's.
  @discardableResult
  func score(_ campaign: Campaign, _ item: String, _ value: Int64, unit: String = "school/cs") throws
    -> Workspace.Written
  {
    let office = now
    try office.workspace.settlePast()
    try office.workspace.beginCommand()
    defer { try? office.workspace.endCommand(of: office.person) }
    return try office.set(
      campaign, try office.item(item, of: campaign),
      fields: [.selfScore: .decimal(FixedDecimal(Score(hundredths: value)))], unit: try office.unit(unit),
      onBehalf: false
    ).written
  }

  func values(_ campaign: Campaign, _ item: String, unit: String = "school/cs") throws -> Set<String> {
    let sheet = try office.sheet(campaign, unit: try office.unit(unit))
    let part = try #require(sheet.parts.first)
    let leaf = try #require(part.template.leaves.first { $0.id == item })
    return Set((part.answers(leaf)[.selfScore] ?? []).map(\.plainText))
  }

  @discardableResult
  func sync(with hub: Machine, stopAfter: Int = .max) throws -> SyncOutcome {
    try school.synchronize(office, with: hub.office, stopAfter: stopAfter)
  }

  /// Whoever sits there looks at what is on the screen: a later write of theirs may replace it.
  func look() throws {
    try office.workspace.beginCommand()
    try office.workspace.endCommand(of: person)
  }

  /// What somebody would carry on a stick: the own feeds of a log, from their start.
  func ownSegments(of log: LogID) throws -> [Segment] {
    try office.workspace.store.write(wallMilliseconds: school.now()) { transaction in
      let engine = try transaction.engine(for: log)
      return try engine.strands.indices.filter { engine.strands[$0].deviceKey == office.identity.deviceKey }.compactMap
      {
        try engine.segment(on: $0, after: 0, byteLimit: 1 << 22)
      }
    }
  }

  func take(_ segments: [Segment]) throws {
    try office.workspace.store.write(wallMilliseconds: school.now()) { transaction in
      for segment in segments { _ = try transaction.ingest(try Segment(bytes: segment.bytes)) }
    }
  }
}
