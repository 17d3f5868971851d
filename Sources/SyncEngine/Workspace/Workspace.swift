import Foundation
import SyncModel
import Synchronization

/// A unit's folder on one device: database, device key, lock. What `--data` names.
///
/// Several processes may use one folder at a time (`syncd serve` and `unitcli`). The device key never leaves it.
public final class Workspace: Sendable {
  public let folder: String
  public let store: LogStore
  public let key: DeviceKey
  /// Who could enter the folder when it was opened.
  public let access: FolderAccess
  /// The folder that the marker speaks of.
  private let place: String
  let markerFile: String
  /// What was in view when the command began, moved on by its own writes; nil outside a command.
  private let commandView = Mutex<UInt64?>(nil)

  public var identity: StoreIdentity { store.identity }

  enum File {
    static let database = "workspace.db"
    static let deviceKey = "device.key"
    static let rootKey = "root.key"
    static let lock = "lock"
    static let serveLock = "serve.lock"
    static let roundLock = "sync.lock"
    static let locks = [lock, serveLock, roundLock, Workspace.backupLockName]
    /// Ends the names of what SQLite keeps beside a database.
    static let besideDatabase = ["-wal", "-shm", "-journal"]
    /// A workspace in the making, or what a killed process left of one.
    static let unfinished = ".unfinished\(PrivateFile.unfinishedSuffix)"
  }

  enum Setting {
    static let deviceName = "deviceName"
    static let hub = "hub"
    static let lastPerson = "lastPerson"
    static let invitation = "invitation"
    static let clockSkew = "clockSkew"
    /// This device has looked, once, whether invitations were handed on to it.
    static let tookUp = "tookUpInvitations"
    /// The order up to which devices that joined were on a screen.
    static let devicesSeen = "devicesSeen"
    /// What this workspace was last served under; missing where it never was.
    static let served = "served"
    /// Followed by a hub's store id.
    static let filesAsked = "filesAsked:"
    static let fileScope = "fileScope"
    /// Followed by a name as it is compared: which campaign it chose here last.
    static let campaignChosen = "campaignChosen:"
  }

  /// Opens the workspace in `folder`; its marker stands in `stateFolder`.
  ///
  /// - Parameter reading: opens it also where the disk takes no byte, or others can enter the folder; ``LogStore/writingRefused``
  ///   then says why nothing can be written.
  /// - Throws: ``WorkspaceError``.
  public init(opening folder: String, stateFolder: String = Platform.stateFolder, reading: Bool = false) throws {
    let folder = Self.canonical(folder)
    let database = folder + "/" + File.database
    guard FileManager.default.fileExists(atPath: database) else { throw WorkspaceError.noWorkspace(path: folder) }
    let keyPath = folder + "/" + File.deviceKey
    guard let seed = Platform.read(keyPath), let key = DeviceKey(seed: seed) else {
      throw WorkspaceError.keyMissing(path: keyPath)
    }
    let access = FolderAccess(of: folder)
    let refused = access == .others ? WorkspaceError.folderOpen(path: folder) : nil
    if !reading, let refused { throw refused }
    self.folder = folder
    self.access = access
    place = folder
    self.key = key
    store = try LogStore(path: database, agreement: key.agreement, reading: reading, refusing: refused)
    markerFile = Marker.file(forWorkspace: folder, in: stateFolder)
  }

  /// One in the making: its files stand in `folder`, and it is marked as what will stand in `place`.
  init(at folder: String, standingIn place: String, store: LogStore, key: DeviceKey, stateFolder: String) {
    self.folder = folder
    self.place = place
    access = .owner
    self.store = store
    self.key = key
    markerFile = Marker.file(forWorkspace: place, in: stateFolder)
  }

  /// The root key's seed, where this workspace holds it.
  /// - Throws: ``WorkspaceError/folderOpen(path:)`` where others on this machine can enter the folder.
  public var rootSeed: [UInt8]? {
    get throws {
      if FolderAccess(of: folder) == .others { throw WorkspaceError.folderOpen(path: folder) }
      return Platform.read(folder + "/" + File.rootKey)
    }
  }

  /// What whoever runs a command on this folder is to be told of it: why nothing can be written, and, the first time that it is asked,
  /// that its disk keeps no modes.
  ///
  /// - Parameter sayingWhatIsRefused: false for a command that writes, which says so itself.
  public func notices(sayingWhatIsRefused: Bool = true) -> [String] {
    let refused = sayingWhatIsRefused ? store.writingRefused?.whatStillWorks(in: folder) : nil
    return [refused, unguardedNotice()].compactMap { $0.map { "注意：\($0)" } }
  }

  /// nil from the second time on, and where the disk keeps modes.
  private func unguardedNotice() -> String? {
    guard access == .unguarded else { return nil }
    let told = markerFile + ".unguarded"
    if FileStatus(told, following: false) != nil { return nil }
    // Where that cannot be kept it is said again.
    try? Platform.writePrivate([], to: told, durable: false)
    return "资料文件夹 \(folder) 所在的磁盘不记权限，拿到它的人就能读到密钥和资料。以后不再提醒。"
  }

  /// Held by the process that serves this workspace, or must not meet one that does.
  /// - Throws: ``WorkspaceError/alreadyServed`` where somebody else holds it.
  public func lockForServing() throws -> FileLock {
    guard let lock = try FileLock(trying: folder + "/" + File.serveLock) else { throw WorkspaceError.alreadyServed }
    return lock
  }

  /// Held for one round of synchronising with a hub, so that no two processes do it at once; nil where somebody else holds it.
  public func lockForRound() throws -> FileLock? { try FileLock(trying: folder + "/" + File.roundLock) }

  /// Resolved links, no `..`: one folder has one marker.
  static func canonical(_ folder: String) -> String {
    if RawPaths.isDataFolder(folder) { return folder }
    let path = (folder as NSString).expandingTildeInPath
    let absolute = path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
    return URL(fileURLWithPath: absolute).standardizedFileURL.resolvingSymlinksInPath().path
  }

  func folderMarker(incarnation: Incarnation, commits: UInt64) -> Marker {
    Marker(
      machine: Platform.machineID, path: place, fileID: Platform.fileID(folder + "/" + File.database) ?? "",
      incarnation: incarnation, commits: commits)
  }

  // MARK: Settings

  public func deviceName() throws -> String { try text(Setting.deviceName) ?? "" }
  public func hub() throws -> String? { try text(Setting.hub) }
  /// The invitation this workspace joined with, until the hub has confirmed it.
  public func pendingInvitation() throws -> String? { try text(Setting.invitation).flatMap { $0.isEmpty ? nil : $0 } }

  /// The hub's clock minus ours at the last exchange, milliseconds; nil before the first.
  public func clockSkew() throws -> Int64? { try text(Setting.clockSkew).flatMap { Int64($0) } }

  public func remember(clockSkewMilliseconds: Int64) throws {
    try store.write(wallMilliseconds: 0) {
      try $0.setSetting(Setting.clockSkew, Array(String(clockSkewMilliseconds).utf8))
    }
  }

  /// The campaign that a name last chose in this workspace.
  func chosenCampaign(_ name: String) throws -> Campaign.Key? {
    guard let bytes = try store.read({ try $0.setting(Setting.campaignChosen + name) }),
      let id = SubjectID(bytes: Array(bytes.prefix(SubjectID.byteCount))),
      let publisher = UnitPath(String(decoding: bytes.dropFirst(SubjectID.byteCount), as: UTF8.self))
    else { return nil }
    return Campaign.Key(id: id, publisher: publisher)
  }

  /// Where it is not known already and can be written; else the next command that can asks no more than this one did.
  func remember(_ campaign: Campaign.Key, chosenBy name: String) {
    guard store.writingRefused == nil, (try? chosenCampaign(name)) != campaign else { return }
    try? store.write(wallMilliseconds: 0) {
      try $0.setSetting(
        Setting.campaignChosen + name, campaign.id.bytes + Array(campaign.publisher.description.utf8))
    }
  }

  private func text(_ key: String) throws -> String? {
    try store.read { try $0.setting(key).map { String(decoding: $0, as: UTF8.self) } }
  }

  public func set(deviceName: String? = nil, hub: String? = nil, invitation: String? = nil) throws {
    try store.write(wallMilliseconds: 0) { transaction in
      for (key, value) in [(Setting.deviceName, deviceName), (Setting.hub, hub), (Setting.invitation, invitation)] {
        if let value { try transaction.setSetting(key, Array(value.utf8)) }
      }
    }
  }

  // MARK: Writing

  /// What came of a write.
  public struct Written: Hashable, Sendable {
    public let place: FeedPlace
    /// The folder had been set back or copied; this write opened a new incarnation.
    public let newIncarnation: Bool
  }

  /// Writes `changes` in `log` as `person`, in one transaction.
  ///
  /// - Parameters:
  ///   - claimedMilliseconds: the author's wall clock.
  ///   - shownUpTo: what the author had been shown; nil takes the mark of this person's previous command here.
  ///   - base: ``Author/base``.
  /// - Throws: ``WorkspaceError/notAllowed(action:unit:needed:)`` where this device has no authority over the log.
  @discardableResult
  public func write(
    _ changes: [Change], to log: LogID, as person: String, claimedMilliseconds: UInt64, shownUpTo: UInt64? = nil,
    base: [Tip]? = nil
  ) throws -> Written {
    try retried {
      try locked { transaction, incarnation, isNew in
        var author = try author(named: person, transaction, incarnation: incarnation, shownUpTo: shownUpTo)
        author.base = base
        return try append(
          changes, to: log, by: author, name: person, transaction, isNew: isNew,
          claimedMilliseconds: claimedMilliseconds)
      }
    }
  }

  /// Writes in several logs as `person`, in one transaction: all of it, or none.
  ///
  /// - Parameter shownUpTo: as for one log.
  /// - Returns: what was written in each log, in key order.
  /// - Throws: ``WorkspaceError/notAllowed(action:unit:needed:)`` where this device has no authority over one of them.
  @discardableResult
  public func write(
    _ changes: [LogID: [Change]], as person: String, claimedMilliseconds: UInt64, shownUpTo: UInt64? = nil
  ) throws -> [Written] {
    try retried {
      try locked { transaction, incarnation, isNew in
        let author = try author(named: person, transaction, incarnation: incarnation, shownUpTo: shownUpTo)
        let written = try changes.sorted { $0.key < $1.key }.map { log, changes in
          try append(
            changes, to: log, by: author, name: person, transaction, isNew: isNew,
            claimedMilliseconds: claimedMilliseconds, delivering: false)
        }
        // Once for all logs: the directory is read anew after each turn that changes it.
        try transaction.settle()
        return written
      }
    }
  }

  func retried<Result>(_ attempt: () throws -> Result) throws -> Result {
    do {
      return try attempt()
    } catch AppendError.needsNewIncarnation {
      // The own feed here has a branch, or entries that wait: this machine goes on under a new incarnation.
      try store.write(wallMilliseconds: Platform.wallMilliseconds) { transaction in
        try transaction.setSetting(StoreTransaction.foreignContinuation, transaction.ownReplica().bytes)
      }
      return try attempt()
    }
  }

  /// Runs `body` in a write transaction with the incarnation that own entries must carry, having checked the marker
  /// under the lock; commits, then writes the marker.
  ///
  /// - Parameter renewing: draws a new incarnation for this reason, whatever the marker says; nil: only where the past is
  ///   in doubt.
  public func locked<Result>(
    renewing: Renewal.Reason? = nil, _ body: (StoreTransaction, Incarnation, _ isNew: Bool) throws -> Result
  ) throws -> Result {
    let lock = try FileLock(path: folder + "/" + File.lock)
    defer { lock.release() }
    try Marker.prepare(markerFile)
    var after: Marker?
    var view = (before: UInt64(0), after: UInt64(0))
    let result = try store.write(wallMilliseconds: Platform.wallMilliseconds) { transaction in
      let doubt = try renewing ?? doubt(transaction)
      let isNew = doubt != nil
      let incarnation = try doubt.map { try transaction.renew($0) } ?? transaction.ownIncarnation()
      let commits = try transaction.counter(.ownCommits)
      let before = try transaction.counter(.order)
      let result = try body(transaction, incarnation, isNew)
      view = (before, try transaction.counter(.order))
      try transaction.setCounter(.ownCommits, commits + 1)
      after = folderMarker(incarnation: incarnation, commits: commits + 1)
      return result
    }
    // After the commit: a marker behind the folder is harmless, one ahead of it would mean a restore.
    after?.write(markerFile)
    // What arrived from elsewhere in between was not on this command's screen: the mark then stays before it.
    commandView.withLock { if $0 == view.before { $0 = view.after } }
    return result
  }

  /// The write itself, for callers that hold a transaction.
  func append(
    _ changes: [Change], to log: LogID, by author: Author, name: String, _ transaction: StoreTransaction,
    isNew: Bool, claimedMilliseconds: UInt64, delivering: Bool = true
  ) throws -> Written {
    switch try transaction.directory().authority(of: identity.device, over: log) {
    case .full, .unknown: break
    case .none, .through:
      throw WorkspaceError.notAllowed(
        action: log.channel == .notices ? "管理" : "填写",
        unit: try transaction.directory().name(of: log.unit), needed: log.channel.writerTitle)
    }
    let changes =
      changes + (try transaction.introduction(of: author.person, called: name, by: key.publicKey, in: log))
    let replica = ReplicaID(school: identity.school, deviceKey: key.publicKey, incarnation: author.incarnation)
    let place = try transaction.append(
      changes, to: log, by: author, continues: try transaction.lastOwnPlace(in: log, except: replica),
      secret: .random(), claimedMilliseconds: claimedMilliseconds, delivering: delivering)
    return Written(place: place, newIncarnation: isNew)
  }

  /// The author for a person at this keyboard, with what that person has been shown here.
  func author(
    named person: String, _ transaction: StoreTransaction, incarnation: Incarnation, shownUpTo: UInt64?
  ) throws -> Author {
    let known = try transaction.person(named: person)
    return Author(
      key: key, incarnation: incarnation, person: known.id, shownUpTo: shownUpTo ?? known.shown)
  }

  // MARK: People

  /// Who used this workspace last; nil before anybody did.
  public func lastPerson() throws -> String? { try text(Setting.lastPerson) }

  /// A command begins: what is in view now is what its screen can show, also where a hub's process takes more in
  /// meanwhile.
  public func beginCommand() throws {
    let order = try store.read { try $0.counter(.order) }
    commandView.withLock { $0 = order }
  }

  /// A command of `person` ends: what was in view has been shown to them (a later write without a screen supersedes
  /// only that).
  ///
  /// - Parameter remembering: whether this person is who sits here from now on: somebody who only looks is not, unless
  ///   nobody was known.
  public func endCommand(of person: String, remembering: Bool = true) throws {
    let shown = commandView.withLock { view in
      defer { view = nil }
      return view
    }
    try store.write(wallMilliseconds: 0) { transaction in
      _ = try transaction.person(named: person)
      try transaction.markShown(to: person, upTo: try shown ?? transaction.counter(.order))
      if try remembering || transaction.setting(Setting.lastPerson) == nil {
        try transaction.setSetting(Setting.lastPerson, Array(person.utf8))
      }
    }
  }
}

extension Channel {
  /// Who may write, in the words of the screen.
  var writerTitle: String {
    switch self {
    case .notices: "本级或上级的管理员"
    case .answers: "本单位的设备，或上级的审核人"
    case .internal: "本单位的设备"
    case .inspection: "上级的督查人"
    }
  }
}
