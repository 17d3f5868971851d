import Crypto
import SyncModel

/// The key of one epoch of a unit's `internal` log. Never stands in a log or a message.
public struct SealingKey: Sendable {
  public let epoch: UInt64
  fileprivate let key: SymmetricKey

  public static let byteCount = 32

  /// nil unless `bytes` holds exactly 32 bytes.
  public init?(epoch: UInt64, bytes: [UInt8]) {
    guard bytes.count == Self.byteCount else { return nil }
    self.epoch = epoch
    key = SymmetricKey(data: bytes)
  }

  /// The key of a new epoch of `log`. An epoch's number is a hash over its key: two devices offline never choose one
  /// number for two keys, and nobody can be handed another key under a number that is in use.
  public init?(_ bytes: [UInt8], school: SchoolID, log: LogID) {
    let digest = Hashing.labelled(.epoch, school.bytes, log.key, bytes)
    self.init(epoch: digest.a, bytes: bytes)
  }

  var bytes: [UInt8] { key.withUnsafeBytes { [UInt8]($0) } }

  static func randomBytes() -> [UInt8] {
    SymmetricKey(size: .bits256).withUnsafeBytes { [UInt8]($0) }
  }
}

/// Why a sealed entry does not open. Nothing of it is used.
public enum SealedBoxError: Error, Hashable, Sendable {
  /// Sealed in another epoch: that epoch's key is needed.
  case otherEpoch(UInt64)
  /// Another key, another place, or a changed byte: promise 5.
  case evidence
  /// Its author sealed something that is no entry.
  case malformed(CodecError)
  /// It opens, but to something else than the digests in its chain say.
  case otherContent
}

/// An `internal` entry in the clear: what a box holds (protocol §4, run 2).
public struct SealedBox: Hashable, Sendable {
  public var header: [UInt8]
  /// Hides the header's digest from those who only relay it.
  public var headerSalt: Salt
  public var slots: [Segment.ValueSlot]

  public init(header: [UInt8], headerSalt: Salt, slots: [Segment.ValueSlot]) {
    self.header = header
    self.headerSalt = headerSalt
    self.slots = slots
  }

  /// An entry as written, with the salts that its batch's secret gives.
  /// - Throws: ``CodecError`` where `values` is not a sequence of canonical values.
  public init(_ entry: Segment.PlainEntry, secret: BatchSecret, seq: UInt32) throws(CodecError) {
    var slots: [Segment.ValueSlot] = []
    for (change, value) in try ValueSplit.split(entry.values).enumerated() {
      slots.append(.present(salt: Chain.salt(secret, seq: seq, change: UInt64(change)), value: value))
    }
    self.init(header: entry.header, headerSalt: Chain.headerSalt(secret, seq: seq), slots: slots)
  }

  /// The entry that a box is bound to: moved anywhere else it does not open.
  public struct Place: Hashable, Sendable {
    public var school: SchoolID
    public var log: LogID
    public var replica: ReplicaID
    public var seq: UInt32

    public init(school: SchoolID, log: LogID, replica: ReplicaID, seq: UInt32) {
      self.school = school
      self.log = log
      self.replica = replica
      self.seq = seq
    }
  }

  public static let nonceByteCount = 12
  private static let tagByteCount = 16

  /// Sealed with a nonce that derives from the batch's secret, the place and the content: never one nonce for two
  /// contents, not even where a copied machine draws the same secret again.
  func seal(at place: Place, with key: SealingKey, secret: BatchSecret) throws -> Segment.SealedEntry {
    let digest = Hashing.labelled(.nonce, secret.bytes, Self.associated(place, epoch: key.epoch), clear)
    return try seal(at: place, with: key, nonce: Array(digest.bytes.prefix(Self.nonceByteCount)))
  }

  private var clear: [UInt8] {
    var writer = ByteWriter(capacity: header.count + slots.count * 48)
    writer.lengthPrefixed(header)
    writer.id(headerSalt)
    writer.raw(Segment.ValueSlot.bytes(of: slots))
    return writer.bytes
  }

  /// `nonce` (12 bytes) is never used twice with one key.
  public func seal(at place: Place, with key: SealingKey, nonce: [UInt8]) throws -> Segment.SealedEntry {
    let box = try ChaChaPoly.seal(
      clear, using: key.key, nonce: ChaChaPoly.Nonce(data: nonce),
      authenticating: Self.associated(place, epoch: key.epoch))
    return Segment.SealedEntry(
      epoch: key.epoch, headerDigest: Chain.headerDigest(header, salt: headerSalt),
      valuesDigest: Chain.valuesDigest(slots), box: Array(box.combined))
  }

  /// Opens what ``seal(at:with:nonce:)`` made, and nothing else.
  public static func open(
    _ entry: Segment.SealedEntry, at place: Place, with key: SealingKey
  ) throws(SealedBoxError) -> SealedBox {
    guard entry.epoch == key.epoch else { throw .otherEpoch(entry.epoch) }
    guard entry.box.count >= nonceByteCount + tagByteCount, let box = try? ChaChaPoly.SealedBox(combined: entry.box),
      let clear = try? ChaChaPoly.open(box, using: key.key, authenticating: associated(place, epoch: key.epoch))
    else { throw .evidence }
    let opened: SealedBox
    do throws(CodecError) { opened = try read(Array(clear)) } catch { throw .malformed(error) }
    guard Chain.headerDigest(opened.header, salt: opened.headerSalt) == entry.headerDigest,
      Chain.valuesDigest(opened.slots) == entry.valuesDigest
    else { throw .otherContent }
    return opened
  }

  private static func read(_ clear: [UInt8]) throws(CodecError) -> SealedBox {
    var reader = ByteReader(clear)
    let header = try reader.lengthPrefixed("header", limit: Entry.byteLimit)
    let salt: Salt = try reader.id()
    return SealedBox(header: header, headerSalt: salt, slots: try Segment.ValueSlot.read(reader.raw(reader.remaining)))
  }

  private static func associated(_ place: Place, epoch: UInt64) -> [UInt8] {
    var writer = ByteWriter(capacity: 160)
    writer.id(place.school)
    writer.lengthPrefixed(place.log.key)
    writer.id(place.replica)
    writer.varint(UInt64(place.seq))
    writer.varint(epoch)
    return writer.bytes
  }
}
