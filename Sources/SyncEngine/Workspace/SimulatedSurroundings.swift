import Foundation
import SyncModel
import Synchronization

/// What a workspace otherwise takes from the machine around it: randomness, the wall clock and the disk. A simulation puts
/// its own in their place for as long as ``current`` is bound, so that a seed replays a run byte for byte.
///
/// Only an `@_spi(Simulation) import` sees it, and only tests write one: production code cannot reach it by accident.
@_spi(Simulation) public final class SimulatedSurroundings: Sendable {
  /// nil outside a simulation: the machine itself is asked.
  @TaskLocal public static var current: SimulatedSurroundings?

  private struct State {
    var generator: any RandomNumberGenerator & Sendable
    var wallMilliseconds: UInt64
  }

  private let state: Mutex<State>
  /// The name under which SQLite knows the file layer to use; nil: its own.
  private let fileLayer: String?
  /// false: a disk on which files and folders have one mode for all, as FAT has.
  let keepsModes: Bool

  /// - Parameters:
  ///   - generator: where ids, incarnations, secrets and device keys come from.
  ///   - fileLayer: a registered SQLite VFS that stands for the disk; nil uses the machine's.
  ///   - keepsModes: whether the disk knows who may read what.
  public init(
    generator: any RandomNumberGenerator & Sendable, wallMilliseconds: UInt64, fileLayer: String? = nil,
    keepsModes: Bool = true
  ) {
    self.keepsModes = keepsModes
    state = Mutex(State(generator: generator, wallMilliseconds: wallMilliseconds))
    self.fileLayer = fileLayer
  }

  /// What SQLite is told to open for the database at `path`: an address that names the file layer.
  func databaseName(_ path: String) -> String {
    guard let fileLayer else { return path }
    let escaped = path.addingPercentEncoding(withAllowedCharacters: .urlPathAllowed) ?? path
    return "file:\(escaped)?vfs=\(fileLayer)"
  }

  /// The clock of the machine that acts now, milliseconds since 1970.
  public var wallMilliseconds: UInt64 {
    get { state.withLock { $0.wallMilliseconds } }
    set { state.withLock { $0.wallMilliseconds = newValue } }
  }

  func next() -> UInt64 { state.withLock { $0.generator.next() } }

  func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8(truncatingIfNeeded: next()) } }
}

extension Identifier {
  /// Drawn from the system's generator.
  public static func random() -> Self {
    if let simulated = SimulatedSurroundings.current { return Self(high: simulated.next(), low: simulated.next()) }
    return Self(high: .random(in: .min ... .max), low: .random(in: .min ... .max))
  }
}

extension StoreSnapshot {
  /// One log as it is held, for holding it against a model; nil where nothing of it is.
  @_spi(Simulation) public func engine(reading log: LogID) throws -> LogEngine<SQLLogStorage>? {
    guard let row = try rowID(of: log) else { return nil }
    return try LogEngine(school: identity.school, log: log, storage: SQLLogStorage(connection, log: row))
  }
}
