import Foundation
import SyncModel
import Synchronization

/// A hub's side of files: who may send and fetch which, how much there is room for, and what came of it. The network's forms
/// are its caller's.
///
/// Metadata goes first: a file is taken only where an attachment that the device may read or write names it, with the
/// length that it names. Each device's unfinished upload of a file is its own, so nobody can spoil another's.
public final class FileServer: Sendable {
  /// How far a file is, as far as one device is concerned.
  public struct Progress: Hashable, Sendable {
    public let offset: Int
    public let byteCount: Int
    public var isWhole: Bool { offset == byteCount }
  }

  /// What a hub says of a file that a device has.
  public enum Held: UInt8, Sendable {
    /// Here already.
    case here = 1
    case wanted = 2
    /// No attachment here names it to this device: the entries go first.
    case unnamed = 3
  }

  private let workspace: Workspace
  private let quota: FileQuota
  private let reserveBytes: UInt64
  private let freeDiskBytes: @Sendable () -> UInt64?
  private let busy = Mutex<Set<String>>([])

  /// - Parameters:
  ///   - reserveBytes: of the disk that files leave free.
  ///   - freeDiskBytes: room left where the workspace lies; nil where the system does not say.
  public init(
    _ workspace: Workspace, quota: FileQuota = .standard, reserveBytes: UInt64,
    freeDiskBytes: @escaping @Sendable () -> UInt64?
  ) {
    self.workspace = workspace
    self.quota = quota
    self.reserveBytes = reserveBytes
    self.freeDiskBytes = freeDiskBytes
  }

  private var files: FileStore { workspace.files }

  // MARK: Who

  /// What names the file to the device; empty where nothing does.
  private func named(_ hash: Digest256, to device: DirectoryDevice, writing: Bool) throws -> [NamedFile] {
    try workspace.store.read { snapshot in
      let directory = try snapshot.directory()
      return try snapshot.attachments(naming: hash).filter { file in
        if directory.mayRead(device.unit, file.log) { return true }
        guard writing else { return false }
        switch directory.authority(of: device.id, over: file.log) {
        case .full, .through: return true
        case .none, .unknown: return false
        }
      }
    }
  }

  /// The file's length, for a device that may fetch it.
  /// - Throws: ``FileError/notNamed``; ``FileError/notHere``.
  public func readable(_ hash: Digest256, by device: DirectoryDevice) throws -> Int {
    if try named(hash, to: device, writing: false).isEmpty { throw FileError.notNamed }
    guard let byteCount = try workspace.presentByteCount(of: hash) else { throw FileError.notHere }
    return byteCount
  }

  public func held(_ hashes: [Digest256], by device: DirectoryDevice) throws -> [Held] {
    try hashes.map { hash in
      if try named(hash, to: device, writing: true).isEmpty { return .unnamed }
      return try workspace.presentByteCount(of: hash) == nil ? .wanted : .here
    }
  }

  // MARK: Sending

  /// - Returns: nil where the device has nothing under way and the file is not here.
  /// - Throws: ``FileError/notNamed``.
  public func progress(of hash: Digest256, by device: DirectoryDevice) throws -> Progress? {
    if try named(hash, to: device, writing: true).isEmpty { throw FileError.notNamed }
    if let byteCount = try workspace.presentByteCount(of: hash) {
      return Progress(offset: byteCount, byteCount: byteCount)
    }
    guard let partial = partial(hash, device) else { return nil }
    return Progress(offset: partial.offset ?? 0, byteCount: partial.byteCount)
  }

  private func partial(_ hash: Digest256, _ device: DirectoryDevice) -> PartialFile? {
    files.unfinished(of: device.id).first { $0.hash == hash }
  }

  /// Begins an upload, or finds how far it is: also where the file is here already, which ends it.
  ///
  /// - Throws: ``FileError/notNamed``, ``FileError/wrongLength``, ``FileError/unitQuota(limit:)``, ``FileError/quota``,
  ///   ``FileError/tooManyUnfinished(_:)``; ``WorkspaceError/diskFull``.
  public func begin(_ hash: Digest256, byteCount: Int, by device: DirectoryDevice) throws -> Progress {
    try alone(hash, device) {
      let naming = try named(hash, to: device, writing: true)
      if naming.isEmpty { throw FileError.notNamed }
      guard naming.contains(where: { $0.byteCount == byteCount }) else { throw FileError.wrongLength }
      if let here = try workspace.presentByteCount(of: hash) {
        if here != byteCount { throw FileError.wrongLength }
        return Progress(offset: here, byteCount: here)
      }
      let mine = files.unfinished(of: device.id)
      if let known = mine.first(where: { $0.hash == hash }) {
        if known.byteCount == byteCount { return Progress(offset: known.offset ?? 0, byteCount: byteCount) }
        // Another length that an attachment names: one of them is wrong, and only the whole can tell.
        known.remove()
      } else if mine.count >= FileLimit.unfinishedPerDevice {
        throw FileError.tooManyUnfinished(FileLimit.unfinishedPerDevice)
      }
      try checkRoom(byteCount, units: Set(naming.map(\.log.unit)))
      let partial = files.partial(hash, byteCount: byteCount, owner: device.id)
      try partial.begin()
      return try finished(partial)
    }
  }

  /// Adds a piece, durable when this returns (promise 3); the last one makes the file whole, or refuses and removes it.
  ///
  /// - Throws: ``FileError/wrongOffset(_:)``, ``FileError/mismatch``, ``FileError/notNamed`` where nothing was begun;
  ///   ``WorkspaceError/diskFull``.
  public func append(
    _ bytes: [UInt8], at offset: Int, to hash: Digest256, by device: DirectoryDevice
  ) throws -> Progress {
    try alone(hash, device) {
      if try named(hash, to: device, writing: true).isEmpty { throw FileError.notNamed }
      if let byteCount = try workspace.presentByteCount(of: hash) {
        // Somebody else's copy came first: what this one still sends is here.
        partial(hash, device)?.remove()
        if bytes.isEmpty, offset == byteCount { return Progress(offset: byteCount, byteCount: byteCount) }
        throw FileError.wrongOffset(byteCount)
      }
      guard let partial = partial(hash, device) else { throw FileError.wrongOffset(0) }
      if let free = freeDiskBytes(), free < reserveBytes { throw WorkspaceError.diskFull }
      try partial.append(bytes, at: offset)
      return try finished(partial)
    }
  }

  private func finished(_ partial: PartialFile) throws -> Progress {
    let offset = partial.offset ?? 0
    if offset == partial.byteCount { try workspace.adopt(partial) }
    return Progress(offset: offset, byteCount: partial.byteCount)
  }

  /// Throws away what the device has under way. - Returns: false where there is nothing.
  public func drop(_ hash: Digest256, by device: DirectoryDevice) throws -> Bool {
    try alone(hash, device) {
      guard let partial = partial(hash, device) else { return false }
      partial.remove()
      return true
    }
  }

  /// One request at a time for an upload.
  private func alone<Result>(
    _ hash: Digest256, _ device: DirectoryDevice, _ body: () throws -> Result
  ) throws -> Result {
    let key = "\(device.id)/\(hash)"
    guard busy.withLock({ $0.insert(key).inserted }) else { throw FileError.underWay }
    defer { busy.withLock { _ = $0.remove(key) } }
    return try body()
  }

  // MARK: Room

  /// Unfinished uploads count with their whole length: what was begun can be ended.
  private func checkRoom(_ byteCount: Int, units: Set<UnitPath>) throws {
    let unfinished = files.unfinished()
    let underWay = unfinished.reduce(0) { $0 + $1.byteCount }
    let rest = unfinished.reduce(0) { $0 + $1.byteCount - ($1.offset ?? 0) }
    if let free = freeDiskBytes(), free < reserveBytes + UInt64(byteCount + rest) { throw WorkspaceError.diskFull }
    try workspace.store.read { snapshot in
      if try snapshot.fileTotals().bytes + underWay + byteCount > quota.bytes { throw FileError.quota }
      for unit in units {
        // Any unit that has room for it takes it.
        let begun = try unfinished.reduce(0) { sum, file in
          try snapshot.attachments(naming: file.hash).contains { $0.log.unit == unit } ? sum + file.byteCount : sum
        }
        if try snapshot.fileBytes(of: unit) + begun + byteCount <= quota.unitBytes { return }
      }
      throw FileError.unitQuota(limit: quota.unitBytes)
    }
  }
}
