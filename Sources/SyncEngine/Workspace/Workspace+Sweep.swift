import Foundation
import SyncModel

/// What came of clearing files away.
public struct FileSweep: Hashable, Sendable {
  /// Files that no attachment named any more.
  public var removed = 0
  /// Uploads and fetches that did not go on.
  public var unfinished = 0
  /// Files in the folder that the database did not know, and entries of files that are gone.
  public var found = 0
  public var lost = 0

  public init() {}
}

extension Workspace {
  /// Clears away, in bounded turns: what was redacted, at once; what no attachment has named for
  /// ``FileLimit/unnamedDays``; what began to come and did not go on. While a backup is being made no file goes that it may
  /// have listed.
  ///
  /// - Parameter comparing: also holds the folder against the database.
  @discardableResult
  public func sweepFiles(now: UInt64 = Platform.wallMilliseconds, comparing: Bool = false) throws -> FileSweep {
    guard FileManager.default.fileExists(atPath: files.folder) else { return FileSweep() }
    var sweep = FileSweep()
    let days = Double(FileLimit.unfinishedDays)
    sweep.unfinished = files.removeUnfinished(
      before: Date(timeIntervalSince1970: Double(now) / 1000 - days * 86_400))
    if comparing { try compareFiles(&sweep) }
    let grace = UInt64(FileLimit.unnamedDays) * FileLimit.dayMilliseconds
    try store.write(wallMilliseconds: now) { try $0.noteUnnamedFiles(at: now) }
    sweep.removed = try removeUnnamed(since: now - min(now, grace))
    return sweep
  }

  /// Takes away at once what redactions left without an attachment.
  @discardableResult
  public func removeRedactedFiles() throws -> Int {
    try removeUnnamed(since: 0)
  }

  private func removeUnnamed(since moment: UInt64) throws -> Int {
    var removed = 0
    while try store.read({ try !$0.unnamedFiles(since: moment, limit: 1).isEmpty }) {
      // Held for no longer than a turn, and not at all where nothing is to go: a backup would be refused meanwhile.
      guard let lock = try FileLock(trying: folder + "/" + Self.backupLockName) else { return removed }
      defer { lock.release() }
      removed += try store.write(wallMilliseconds: Platform.wallMilliseconds) { transaction in
        let hashes = try transaction.unnamedFiles(since: moment, limit: FileLimit.sweepCount)
        for hash in hashes {
          files.remove(hash)
          try transaction.forgetFile(hash)
        }
        return hashes.count
      }
    }
    return removed
  }

  private func compareFiles(_ sweep: inout FileSweep) throws {
    let here = Set(files.hashes())
    try store.write(wallMilliseconds: Platform.wallMilliseconds) { transaction in
      let known = try transaction.fileRows()
      for hash in here.subtracting(known) {
        guard let byteCount = files.byteCount(of: hash) else { continue }
        try transaction.noteFile(hash, byteCount: byteCount)
        sweep.found += 1
      }
      // Looked at again: one that came meanwhile is noted in a turn of its own.
      let lost = known.subtracting(here).filter { files.byteCount(of: $0) == nil }
      try transaction.lose(lost)
      sweep.lost += lost.count
    }
  }

  /// Files that are not what their name says, each read whole.
  public func damagedFiles() -> (files: Int, damaged: [Digest256]) {
    let hashes = files.hashes()
    return (hashes.count, hashes.filter { !files.isSound($0) }.sorted())
  }

  /// Puts a damaged file out of the way, under a name of its own, so that it can come again.
  public func setAsideDamaged(_ hash: Digest256) throws {
    try store.write(wallMilliseconds: Platform.wallMilliseconds) { try setAside(hash, $0) }
  }

  private func setAside(_ hash: Digest256, _ transaction: StoreTransaction) throws {
    let aside = files.folder + "/" + Self.asideName
    try FileStore.makeFolder(aside)
    // One that stays where it is would be taken for a sound one by the next comparison.
    do { try Platform.move(files.path(of: hash), to: aside + "/\(hash)") } catch {
      throw WorkspaceError(error, at: aside)
    }
    try transaction.lose([hash])
  }

  private static let asideName = "damaged"

  // MARK: What is asked for

  /// Looks whether a file that is asked for stands here with the length that it was taken in with; its content is not read. One
  /// that is gone is forgotten, one of another length put out of the way, each with a new files mark in that transaction.
  ///
  /// - Returns: its length; nil where it is not here, or not any more.
  /// - Throws: ``WorkspaceError``, with nothing forgotten.
  func presentByteCount(of hash: Digest256) throws -> Int? {
    let known = try store.read { try $0.fileByteCount(hash) }
    let byteCount = files.byteCount(of: hash)
    if known == nil || known == byteCount { return byteCount }
    try store.write(wallMilliseconds: Platform.wallMilliseconds) { transaction in
      // Looked at again: it may have come, or have been noticed, meanwhile.
      guard let known = try transaction.fileByteCount(hash) else { return }
      switch files.byteCount(of: hash) {
      case known: break
      case nil: try transaction.lose([hash])
      default: try setAside(hash, transaction)
      }
    }
    return files.byteCount(of: hash)
  }

  /// Files that the database counts on and the folder does not hold.
  public func lostFiles() throws -> [Digest256] {
    try store.read { try $0.fileRows() }.filter { files.byteCount(of: $0) == nil }.sorted()
  }

  /// Forgets what was found lost and puts aside what was found damaged, with a new files mark in the same transaction.
  public func lose(_ lost: [Digest256], damaged: [Digest256]) throws {
    if lost.isEmpty, damaged.isEmpty { return }
    try store.write(wallMilliseconds: Platform.wallMilliseconds) { transaction in
      for hash in damaged where files.byteCount(of: hash) != nil { try setAside(hash, transaction) }
      try transaction.lose(lost.filter { files.byteCount(of: $0) == nil })
    }
  }
}
