import Foundation
import SyncModel

/// Files of a workspace 佐证材料: where they stand, and what the database says of them.
extension Workspace {
  public var files: FileStore { FileStore(folder + "/" + FileStore.name) }

  /// Gives a whole and flushed file its place and notes it, in one turn with whoever removes files.
  func adopt(_ temporary: String, as hash: Digest256, byteCount: Int) throws {
    try store.write(wallMilliseconds: Platform.wallMilliseconds) { transaction in
      try files.place(temporary, as: hash)
      try transaction.noteFile(hash, byteCount: byteCount)
    }
  }

  /// The last step of a file that came in pieces.
  /// - Throws: ``FileError/mismatch``, with nothing of it left.
  func adopt(_ partial: PartialFile) throws {
    try partial.check()
    try adopt(partial.path, as: partial.hash, byteCount: partial.byteCount)
  }

  /// Takes away what a command put there and then could not use, unless an attachment names it by now.
  func discardUnnamed(_ hash: Digest256) {
    try? store.write(wallMilliseconds: Platform.wallMilliseconds) { transaction in
      guard try transaction.attachments(naming: hash).isEmpty else { return }
      try transaction.forgetFile(hash)
      files.remove(hash)
    }
  }

  /// What somebody who attached it called the file; nil where no attachment in view names it.
  public func fileName(of hash: Digest256) throws -> String? {
    try store.read { try $0.fileName(of: hash) }
  }

  // MARK: What hubs have

  /// What attachments name that both may hold, is here, and that the hub's store is not known to have; or all of it.
  public func filesToOffer(to peer: PeerPlace, all: Bool = false) throws -> [NamedFile] {
    try store.read { snapshot in
      let directory = try snapshot.directory()
      return try (all ? snapshot.filesHere() : snapshot.filesUnknown(to: peer.store)).filter {
        directory.isShared($0.log, between: identity.unit, and: peer.unit)
      }
    }
  }

  public func note(_ hashes: [Digest256], heldBy store: StoreID, _ held: Bool = true) throws {
    if hashes.isEmpty { return }
    try self.store.write(wallMilliseconds: 0) { try $0.note(hashes, sentTo: store, held) }
  }

  public func unsentFiles() throws -> (files: Int, bytes: Int) { try store.read { try $0.unsentFiles() } }

  /// When the hub's store was last asked for everything that it should have, milliseconds since 1970.
  func filesAsked(_ store: StoreID) throws -> UInt64 {
    let text = try self.store.read { try $0.setting(Setting.filesAsked + store.description) }
    return text.flatMap { UInt64(String(decoding: $0, as: UTF8.self)) } ?? 0
  }

  func noteFilesAsked(_ store: StoreID, at milliseconds: UInt64) throws {
    try self.store.write(wallMilliseconds: 0) {
      try $0.setSetting(Setting.filesAsked + store.description, Array(String(milliseconds).utf8))
    }
  }

  /// A hub may lose a file and nobody there know whose it was. It is asked for all that it should have as soon as it shows
  /// another files mark, and once a day whatever it shows.
  public func isFileRoundDue(_ store: StoreID, now: UInt64) throws -> Bool {
    let isMarkNew = try self.store.read { try $0.filesMark(shownBy: store) != $0.filesMark(askedOf: store) }
    let last = try filesAsked(store)
    return isMarkNew || now < last || now - last >= FileLimit.roundMilliseconds
  }

  /// - Parameter mark: shown by the hub when the round began.
  public func endFileRound(_ store: StoreID, now: UInt64, under mark: FilesMark?) throws {
    try noteFilesAsked(store, at: now)
    if let mark { try self.store.write(wallMilliseconds: 0) { try $0.note(mark, askedOf: store) } }
  }

  /// The files mark that a hub showed last; nil where it has drawn none.
  public func filesMark(shownBy hub: StoreID) throws -> FilesMark? { try store.read { try $0.filesMark(shownBy: hub) } }

  // MARK: What is fetched ahead

  /// Which files this workspace fetches with each synchronisation.
  public func fileScope() throws -> FileScope {
    try store.read { try $0.setting(Setting.fileScope) }
      .flatMap { FileScope(rawValue: String(decoding: $0, as: UTF8.self)) } ?? .none
  }

  public func set(_ scope: FileScope) throws {
    try store.write(wallMilliseconds: 0) { try $0.setSetting(Setting.fileScope, Array(scope.rawValue.utf8)) }
  }

  /// What attachments name that this unit may read, and is not here; by unit, in the order of logs.
  public func filesToFetch(_ scope: FileScope) throws -> [NamedFile] {
    if scope == .none { return [] }
    return try store.read { snapshot in
      let directory = try snapshot.directory()
      return try snapshot.missingFiles().filter { file in
        scope == .own ? file.log.unit == identity.unit : directory.mayRead(identity.unit, file.log)
      }
    }
  }

  // MARK: Fetching

  /// How far a file is here that is being fetched: its next offset.
  public func fetched(_ file: NamedFile) -> Int {
    files.byteCount(of: file.hash) != nil
      ? file.byteCount : files.partial(file.hash, byteCount: file.byteCount).offset ?? 0
  }

  /// Takes the next piece of a file in; the last one makes it whole, checked against its hash.
  /// - Throws: ``FileError/mismatch`` with nothing of it left; ``FileError/wrongOffset(_:)``; ``WorkspaceError/diskFull``.
  public func take(_ piece: [UInt8], at offset: Int, of file: NamedFile) throws {
    if files.byteCount(of: file.hash) != nil { return }
    let partial = files.partial(file.hash, byteCount: file.byteCount)
    try partial.begin()
    // Not flushed: a piece lost with the power is fetched again, and the whole is checked before it counts.
    try partial.append(piece, at: offset, durable: false)
    if offset + piece.count == file.byteCount { try adopt(partial) }
  }
}

/// Which files are fetched ahead.
public enum FileScope: String, CaseIterable, Sendable {
  case none
  case own
  case all

  /// On the screen.
  public var title: String {
    switch self {
    case .none: "用到时再取"
    case .own: "本单位的"
    case .all: "看得到的全部"
    }
  }
}

/// Bounds of files, beside those of one (``Attachment/byteLimit``).
public enum FileLimit {
  /// Files that one device may have begun to send and not finished.
  public static let unfinishedPerDevice = 8
  /// What did not go on for so long is thrown away.
  public static let unfinishedDays = 7
  /// What no attachment names stays so long: whoever detached it may think again.
  public static let unnamedDays = 30
  /// Files removed in one turn.
  public static let sweepCount = 1000
  /// Hashes in one question.
  public static let askCount = 1000
  public static let roundMilliseconds: UInt64 = 86_400_000
  public static let dayMilliseconds: UInt64 = 86_400_000
  /// Attachments of one item, in view.
  public static let perItem = 200
}

/// How much a hub stores.
public struct FileQuota: Hashable, Sendable {
  /// Of the files that one unit's attachments name.
  public var unitBytes: Int
  /// Of all together.
  public var bytes: Int

  public static let standard = FileQuota(unitBytes: 8_000_000_000, bytes: 500_000_000_000)

  public init(unitBytes: Int, bytes: Int) {
    self.unitBytes = unitBytes
    self.bytes = bytes
  }
}
