import Foundation
import SyncEngine
import SyncModel
import SyncTesting

/// The bytes that a benchmark starts from: a school's directory and what its units wrote, made once by the engine itself and
/// kept in a folder.
///
/// The folder's name holds everything that the bytes depend on, the formats of entries and of the database included, so that
/// what an earlier release made is never measured by mistake.
struct DataSet: Sendable {
  let plan: EditPlan
  let opsSource: String?
  let folder: String
  private var parts: Parts { Parts(folder: folder) }

  /// 600 units, or fewer where there are few edits.
  init(scale: Scale, seed: UInt64, opsFile: String?, cache: String) throws {
    var plan = EditPlan()
    plan.edits = scale.count
    plan.seed = seed
    plan.units = min(plan.units, max(2, scale.count / 10))
    opsSource = opsFile
    let source = try opsFile.map { "ops\(try Fingerprint.file($0))" } ?? "seed\(seed)"
    folder = "\(cache)/\(source)-\(scale)-\(try Fingerprint.formats())"
    if let opsFile {
      // How many there are of everything stands in the file alone; it is read once.
      let path = try Parts(folder: folder).make("plan.json") { path in
        let edits = try EditLines.read(opsFile)
        plan.units = edits.count
        plan.devices = edits.joined().map(\.seen.count).max() ?? 1
        plan.edits = edits.reduce(0) { $0 + $1.count }
        try JSONEncoder().encode(plan).write(to: URL(fileURLWithPath: path))
      }
      plan = try JSONDecoder().decode(EditPlan.self, from: Data(contentsOf: URL(fileURLWithPath: path)))
    }
    self.plan = plan
  }

  // MARK: Parts, each made when it is first asked for

  /// The edits as lines of JSON.
  func opsFile() throws -> String {
    if let opsSource { return opsSource }
    return try parts.make("ops.jsonl") { try EditLines.write(edits(), to: $0) }
  }

  /// Every unit's feeds.
  func feeds() throws -> FeedFile {
    let school = try school()
    let path = try parts.make("feeds.bin") { path in
      let edits = try edits()
      try FeedFile.write(try FeedMill(school: school, devices: plan.devices).feeds(of: edits), to: path)
      try JSONEncoder().encode(Facts(edits)).write(to: URL(fileURLWithPath: folder + "/facts.json"))
    }
    return FeedFile(path: path)
  }

  /// What must come out of the edits, whoever merges them.
  func facts() throws -> Facts {
    _ = try feeds()
    return try JSONDecoder().decode(
      Facts.self, from: Data(contentsOf: URL(fileURLWithPath: folder + "/facts.json")))
  }

  /// The school's workspace as it was before any unit sent anything: units and devices stand in its directory.
  func schoolFolder() throws -> String {
    try parts.make("school") { path in
      try SchoolMaker(plan: plan, devices: plan.devices).make(in: path)
    }
  }

  func school() throws -> EditedSchool {
    let store = try LogStore(path: schoolFolder() + "/workspace/workspace.db")
    defer { try? store.close() }
    return SchoolMaker.school(store.identity.school, plan: plan)
  }

  /// The school's workspace once everything has been taken in.
  func hubFolder() throws -> String {
    try parts.make("hub") { path in
      try FileManager.default.copyItem(atPath: schoolFolder(), toPath: path)
      let store = try LogStore(path: path + "/workspace/workspace.db")
      for message in try Messages(of: feeds(), from: school()).all { try Messages.take(message, into: store) }
      try store.close()
    }
  }

  // MARK: Making

  private func edits() throws -> [[Edit]] {
    if let opsSource {
      return try EditLines.read(opsSource)
    }
    return (0..<plan.units).map { plan.edits(ofUnit: $0) }
  }

  static func countLines(_ path: String) throws -> Int {
    guard let file = FileHandle(forReadingAtPath: path) else { throw CocoaError(.fileNoSuchFile) }
    defer { try? file.close() }
    var count = 0
    while let piece = try file.read(upToCount: 1 << 20), !piece.isEmpty { count += piece.count { $0 == 0x0a } }
    return count
  }
}

/// Runs every unit's course on all processors: units know nothing of each other.
struct FeedMill: Sendable {
  let school: EditedSchool
  let devices: Int

  func feeds(of edits: [[Edit]]) throws -> [EditedFeed] {
    try inParallel(edits.count) { unit in
      try school.feeds(ofUnit: unit, edits[unit], devices: devices)
    }.flatMap { $0 }
  }
}

/// Feeds in one file: for each the log's key, how many entries, and its segments.
struct FeedFile: Sendable {
  let path: String

  static func write(_ feeds: [EditedFeed], to path: String) throws {
    var writer = ByteWriter(capacity: 1 << 20)
    writer.varint(UInt64(feeds.count))
    for feed in feeds {
      writer.lengthPrefixed(feed.log.key)
      writer.varint(UInt64(feed.entries))
      writer.varint(UInt64(feed.segments.count))
      for segment in feed.segments { writer.lengthPrefixed(segment) }
    }
    try Data(writer.bytes).write(to: URL(fileURLWithPath: path))
  }

  func load() throws -> [EditedFeed] {
    var reader = try FileReader(path)
    return try (0..<reader.number()).map { _ in
      let log = try LogID(key: reader.bytes())
      let entries = try reader.number()
      return EditedFeed(log: log, entries: entries, segments: try (0..<reader.number()).map { _ in try reader.bytes() })
    }
  }
}

/// Reads what `ByteWriter` wrote from a file, piece by piece: the file itself is never in memory beside what is made of it.
private struct FileReader {
  private let file: FileHandle
  private var piece: [UInt8] = []
  private var offset = 0

  static let pieceBytes = 256 << 10

  init(_ path: String) throws {
    guard let file = FileHandle(forReadingAtPath: path) else { throw CocoaError(.fileNoSuchFile) }
    self.file = file
  }

  struct Short: Error {}

  private mutating func fill() throws {
    guard let data = try file.read(upToCount: Self.pieceBytes), !data.isEmpty else { throw Short() }
    piece = [UInt8](data)
    offset = 0
  }

  mutating func number() throws -> Int {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while shift < 63 {
      if offset == piece.count { try fill() }
      let byte = piece[offset]
      offset += 1
      value |= UInt64(byte & 0x7f) << shift
      if byte & 0x80 == 0 { return Int(value) }
      shift += 7
    }
    throw Short()
  }

  mutating func bytes() throws -> [UInt8] {
    let count = try number()
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count)
    while bytes.count < count {
      if offset == piece.count { try fill() }
      let end = min(piece.count, offset + count - bytes.count)
      bytes += piece[offset..<end]
      offset = end
    }
    return bytes
  }
}
