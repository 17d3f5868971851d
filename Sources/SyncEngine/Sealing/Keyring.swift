import SyncModel
import Synchronization

/// Opens wrapped keys with the device's agreement key and remembers them in memory. On the disk keys stand only wrapped:
/// who takes a workspace's database without its key file opens nothing.
final class Keyring: Sendable {
  private let key: AgreementKey?
  private let opened = Mutex<[Digest256: [UInt8]?]>([:])

  /// - Parameter key: nil for a store that opens nothing.
  init(_ key: AgreementKey?) {
    self.key = key
  }

  /// nil where it was wrapped to somebody else or for something else.
  func unwrap(_ wrapped: [UInt8], info: [UInt8]) -> [UInt8]? {
    guard let key else { return nil }
    let place = Hashing.sha256(info + wrapped)
    if let known = opened.withLock({ $0[place] }) { return known }
    let result = KeyWrap.unwrap(wrapped, with: key, info: info)
    opened.withLock { $0[place] = .some(result) }
    return result
  }
}

extension StoreSnapshot {
  /// The keys of `log` that this device can open: of its own unit's `internal` log alone.
  func sealing(of log: LogID) throws -> Sealing {
    guard log == LogID(identity.unit, .internal) else { return Sealing() }
    if let sealing { return sealing }
    let book = try SealingBook(self)
    var keys: [SealingKey] = []
    for (epoch, wraps) in book.epochs.mapValues(\.wrapsToOwn) {
      let info = SealingBook.info(identity.school, log, epoch, identity.device)
      for wrap in wraps {
        guard let bytes = keyring.unwrap(wrap, info: info),
          let key = SealingKey(bytes, school: identity.school, log: log), key.epoch == epoch
        else { continue }
        keys.append(key)
        break
      }
    }
    let found = Sealing(keys)
    sealing = found
    return found
  }

  /// The entry in the clear where it is sealed and opens here; as it is otherwise.
  func readable(_ entry: StoredEntry, of replica: ReplicaID, seq: UInt32, in log: LogID) throws -> StoredEntry {
    guard entry.isSealed else { return entry }
    return try sealing(of: log).opened(
      entry, at: SealedBox.Place(school: identity.school, log: log, replica: replica, seq: seq))
  }
}

extension StoreTransaction {
  /// Keys may have come, or authority over them changed: what waits for them is tried again.
  func refreshSealing() throws {
    let log = LogID(identity.unit, .internal)
    sealing = nil
    engines[log]?.sealing = try sealing(of: log)
    if try rowID(of: log) != nil { undelivered.insert(log) }
  }

  /// Makes sure that `log` can be written sealed: under an epoch that all trusted devices read and nobody else, begun
  /// now where there is none. Wraps that are missing are written beside, in the unit's `answers`.
  func prepareSealing(_ log: LogID, by author: Author, claimedMilliseconds: UInt64) throws {
    guard log == LogID(identity.unit, .internal) else { return }
    // What this transaction wrote into `answers` before comes first: wraps go on in the same feed.
    if undelivered.contains(LogID(identity.unit, .answers)) { try deliverAll() }
    var keys = try sealing(of: log)
    let book = try SealingBook(self)
    var changes: [Change] = []
    let agreement = author.key.agreement.publicKey
    func wrap(_ key: SealingKey, to device: DeviceID) {
      if let change = book.wrap(key, to: device, school: identity.school, ownAgreement: agreement) {
        changes.append(change)
      }
    }
    if let current = book.writable(keys) {
      keys.writing = current
    } else {
      guard let key = SealingKey(SealingKey.randomBytes(), school: identity.school, log: log) else {
        preconditionFailure("32 bytes are a key")
      }
      for device in book.members.sorted() { wrap(key, to: device) }
      keys = keys.adding(key)
      keys.writing = key
    }
    for (key, device) in book.missing(keys) { wrap(key, to: device) }
    if !changes.isEmpty { try appendSealing(changes, by: author, claimedMilliseconds: claimedMilliseconds) }
    try engine(for: log).sealing = keys
    sealing = keys
  }

  /// Wraps known keys to trusted devices that lack them.
  /// - Returns: how many wraps were written.
  func shareSealingKeys(by author: Author, claimedMilliseconds: UInt64) throws -> Int {
    let book = try SealingBook(self)
    let changes = book.missing(try sealing(of: book.log)).compactMap { key, device in
      book.wrap(
        key, to: device, school: identity.school, ownAgreement: author.key.agreement.publicKey)
    }
    if !changes.isEmpty { try appendSealing(changes, by: author, claimedMilliseconds: claimedMilliseconds) }
    return changes.count
  }

  /// Sealing registers go to the unit's `answers`.
  func appendSealing(_ changes: [Change], by author: Author, claimedMilliseconds: UInt64) throws {
    let log = LogID(identity.unit, .answers)
    let replica = ReplicaID(
      school: identity.school, deviceKey: author.key.publicKey, incarnation: author.incarnation)
    _ = try append(
      changes + (try introduction(of: author, in: log)), to: log, by: author,
      continues: try lastOwnPlace(in: log, except: replica), secret: .random(),
      claimedMilliseconds: claimedMilliseconds)
  }

  private func introduction(of author: Author, in log: LogID) throws -> [Change] {
    guard let name = try connection.first("SELECT name FROM person WHERE id = ?", [.blob(author.person.bytes)])?[0].text
    else { return [] }
    return try introduction(of: author.person, called: name, by: author.key.publicKey, in: log)
  }
}
