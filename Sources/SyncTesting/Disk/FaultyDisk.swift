import Foundation
import Synchronization

/// The disk of one simulated machine, in memory: it loses power at any write or sync, tears what was under way, fills up
/// and fails, and lies if asked to. ``FaultyFileLayer`` puts SQLite on it.
///
/// Every change of a file is a step. Faults happen only between ``begin(_:)`` and ``end()``, at the step named there; what
/// falls victim to a crash is drawn from the disk's own seed. Safe to use from several threads.
public final class FaultyDisk: Sendable {
  public enum Fault: Hashable, Sendable {
    /// Power goes at this step, in the middle of it.
    case powerLoss(atStep: Int)
    /// The process is killed; what it had written stays.
    case kill(atStep: Int)
    /// One write or sync fails; the disk goes on.
    case inputOutput(atStep: Int)
    /// From this step on every write and sync fails; what stands can be read.
    case broken(fromStep: Int)
  }

  /// What a program on the disk meets.
  enum Failure: Error, Sendable {
    /// Nothing is done any more.
    case dead
    case full
    case inputOutput
    case noFile
  }

  /// Files as they stand when nothing is under way: what a copy of the machine holds.
  public struct Image: Hashable, Sendable {
    fileprivate var files: [String: [UInt8]]

    public var byteCount: Int { files.values.reduce(0) { $0 + $1.count } }
  }

  /// What happened to a disk, for a trace.
  public struct Damage: Hashable, Sendable {
    public var changes = 0
    public var torn = 0
    public var survival = ""
  }

  struct FileID: Hashable {
    var name: String
    /// Counts reboots: what was opened before one is nobody's file.
    var life: Int
  }

  private struct State {
    var generator: SeededGenerator
    var files: [String: DiskFile] = [:]
    /// Deleted, but not for certain.
    var deleted: [String: [UInt8]] = [:]
    var life = 0
    var fault: Fault?
    var isListening = false
    var isDead = false
    var steps = 0
    var faults = 0
    var capacity: Int?
    var isLying = false
    /// Since it began to lie: how everything stood at the start and after each stretch of work.
    var moments: [Image] = []
    var opened: [String: FileSharing] = [:]

    var byteCount: Int { files.values.reduce(0) { $0 + $1.content.count } }

    mutating func restart() {
      deleted = [:]
      opened = [:]
      life += 1
      isDead = false
      isLying = false
      moments = []
      isListening = false
      fault = nil
    }
  }

  private static let momentLimit = 24

  public let folder: String
  private let state: Mutex<State>

  /// - Parameter folder: where a file that SQLite opens counts as this disk's; see ``FaultyFileLayer``.
  public init(folder: String, seed: UInt64) {
    self.folder = URL(fileURLWithPath: folder).standardizedFileURL.resolvingSymlinksInPath().path
    state = Mutex(State(generator: SeededGenerator(seed: seed)))
    FaultyFileLayer.add(self)
  }

  deinit { FaultyFileLayer.remove(folder) }

  // MARK: Faults

  /// From now on steps count, from 0, and `fault` happens at its own.
  public func begin(_ fault: Fault? = nil) {
    state.withLock { state in
      state.fault = fault
      state.steps = 0
      state.faults = 0
      state.isListening = true
    }
  }

  /// - Returns: how many steps there were, and how many faults a program met.
  @discardableResult
  public func end() -> (steps: Int, faults: Int) {
    state.withLock { state in
      state.isListening = false
      state.fault = nil
      if !state.isDead, !state.moments.isEmpty, state.moments.count < Self.momentLimit {
        state.moments.append(Image(files: state.files.mapValues(\.content)))
      }
      return (state.steps, state.faults)
    }
  }

  /// Bytes that all files together may take; nil: no limit. Holds only between ``begin(_:)`` and ``end()``.
  public var capacity: Int? {
    get { state.withLock { $0.capacity } }
    set { state.withLock { $0.capacity = newValue } }
  }

  /// From now on the disk says that it has synced and has not, until the next reboot or other files are put on it.
  ///
  /// - Parameter keepsOrder: power loss then leaves everything as it stood at some moment since; otherwise each change since
  /// is kept, torn or lost by itself.
  public func startLying(keepsOrder: Bool) {
    state.withLock { state in
      state.isLying = true
      state.moments = keepsOrder ? [Image(files: state.files.mapValues(\.content))] : []
    }
  }

  public var isLying: Bool { state.withLock { $0.isLying } }

  /// Since a crash, until ``reboot(_:)``.
  public var isDead: Bool { state.withLock { $0.isDead } }

  /// Loses power, or its process, now.
  public func crash() { state.withLock { $0.isDead = true } }

  /// The machine comes up again with what survived. Whatever still has one of its files open gets nothing but errors.
  /// - Parameter isPowerLoss: false where only the process died: what it had written is all there.
  public func reboot(isPowerLoss: Bool) -> Damage {
    state.withLock { state in
      var damage = Damage()
      if isPowerLoss, let moment = state.generator.pick(state.moments) {
        damage.survival = "an earlier moment"
        state.files = moment.files.mapValues { DiskFile(durable: $0) }
        state.restart()
        return damage
      }
      let survival = isPowerLoss ? state.generator.pick(DiskFile.Survival.allCases) ?? .some : .all
      damage.survival = "\(survival)"
      var survivors: [String: DiskFile] = [:]
      for (name, file) in state.files.sorted(by: { $0.key < $1.key }) {
        if file.isClean {
          survivors[name] = file
          continue
        }
        damage.changes += 1
        let left = file.surviving(survival, &state.generator, torn: &damage.torn)
        // What was deleted may be there again where the new file's name was lost.
        if let bytes = left ?? state.deleted[name] { survivors[name] = DiskFile(durable: bytes) }
      }
      if isPowerLoss {
        for (name, bytes) in state.deleted.sorted(by: { $0.key < $1.key })
        where survivors[name] == nil && state.generator.chance(percent: 50) {
          survivors[name] = DiskFile(durable: bytes)
        }
      }
      state.files = survivors
      state.restart()
      return damage
    }
  }

  public func image() -> Image { state.withLock { state in Image(files: state.files.mapValues(\.content)) } }

  /// Other files in place of all that stand here, safely; nothing may have one open.
  public func putBack(_ image: Image) {
    state.withLock { state in
      state.files = image.files.mapValues { DiskFile(durable: $0) }
      state.restart()
    }
  }

  // MARK: Files

  func open(_ name: String, creating: Bool, isSafe: Bool) throws(Failure) -> FileID {
    try attempt(isStep: false) { state throws(Failure) in
      if state.files[name] == nil {
        guard creating else { throw .noFile }
        // The database itself is made beforehand; what SQLite adds beside it is safe with its first sync.
        state.files[name] = isSafe ? DiskFile(durable: []) : DiskFile()
      }
      return FileID(name: name, life: state.life)
    }
  }

  func exists(_ name: String) -> Bool { state.withLock { $0.files[name]?.content.isEmpty == false } }

  func count(_ file: FileID) throws(Failure) -> Int {
    try attempt(on: file, isStep: false) { state throws(Failure) in state.files[file.name]?.content.count ?? 0 }
  }

  /// - Returns: how many bytes there were to read.
  func read(_ file: FileID, at offset: Int, into target: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
    try attempt(on: file, isStep: false) { state throws(Failure) in
      state.files[file.name]?.content.withUnsafeBytes { source in
        let count = max(0, min(target.count, source.count - offset))
        if count > 0 {
          target.copyMemory(from: UnsafeRawBufferPointer(rebasing: source[offset..<offset + count]))
        }
        return count
      } ?? 0
    }
  }

  func write(_ file: FileID, at offset: Int, _ bytes: UnsafeRawBufferPointer) throws(Failure) {
    try attempt(on: file, isStep: true) { state throws(Failure) in
      let growth = offset + bytes.count - (state.files[file.name]?.content.count ?? 0)
      if state.isListening, growth > 0, let capacity = state.capacity, state.byteCount + growth > capacity {
        state.faults += 1
        throw .full
      }
      state.files[file.name]?.write(bytes, at: offset)
    }
  }

  func resize(_ file: FileID, to count: Int) throws(Failure) {
    try attempt(on: file, isStep: true) { state throws(Failure) in state.files[file.name]?.resize(to: count) }
  }

  func sync(_ file: FileID) throws(Failure) {
    do {
      try attempt(on: file, isStep: true) { state throws(Failure) in
        if state.isDead || state.isLying { return }
        // With a new file's first sync SQLite syncs its folder: names come and go for certain then.
        if state.files[file.name]?.durable == nil { state.deleted = [:] }
        state.files[file.name]?.sync()
      }
    } catch {
      if error == .inputOutput { state.withLock { $0.files[file.name]?.failSync(&$0.generator) } }
      throw error
    }
  }

  /// - Parameter isSafe: its name is gone for certain.
  func delete(_ name: String, isSafe: Bool) throws(Failure) {
    try attempt(isStep: true) { state throws(Failure) in
      guard let file = state.files.removeValue(forKey: name) else { throw .noFile }
      if isSafe, !state.isLying {
        state.deleted[name] = nil
      } else if let bytes = file.durable {
        state.deleted[name] = bytes
      }
    }
  }

  /// Locks and shared memory among those that have the file open; nil for one opened before a reboot.
  func sharing<Result: Sendable>(
    of file: FileID, _ body: (inout FileSharing) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try attempt(on: file, isStep: false) { state throws(Failure) in
      try body(&state.opened[file.name, default: FileSharing()])
    }
  }

  /// For whoever closes: does nothing where the machine went down meanwhile.
  func release(_ file: FileID, by handle: Int) {
    state.withLock { state in
      guard state.life == file.life else { return }
      state.opened[file.name]?.leave(handle)
    }
  }

  /// - Parameter isStep: it changes the disk, so a fault may strike here. A crash strikes in the middle: the change is under
  ///   way, and nobody hears of it.
  private func attempt<Result: Sendable>(
    on file: FileID? = nil, isStep: Bool, _ body: (inout State) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let outcome = state.withLock { state -> Swift.Result<Result, Failure> in
      if state.isDead || file.map({ $0.life != state.life }) ?? false { return .failure(.dead) }
      if isStep, state.isListening {
        defer { state.steps += 1 }
        switch state.fault {
        case .powerLoss(state.steps), .kill(state.steps):
          state.isDead = true
          state.faults += 1
          _ = Swift.Result { () throws(Failure) in try body(&state) }
          return .failure(.dead)
        case .inputOutput(state.steps):
          state.faults += 1
          return .failure(.inputOutput)
        case .broken(let first) where state.steps >= first:
          state.faults += 1
          return .failure(.inputOutput)
        default: break
        }
      }
      return Swift.Result { () throws(Failure) in try body(&state) }
    }
    return try outcome.get()
  }
}
