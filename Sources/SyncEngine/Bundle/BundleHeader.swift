import SyncModel

public enum BundleTag {}
/// Random; names one 报送包 file.
public typealias BundleID = Identifier<BundleTag>

/// What a file for a USB stick or a chat window begins with (protocol §12): which form it is, and of which version.
enum BundleForm: UInt64 {
  case bundle = 1
  case receipt = 2

  /// No text begins so, an invitation's `unitsync://` least of all.
  static let magic = [0x89] + Array("unitsync".utf8)
  static let version: UInt64 = 1

  var prefix: [UInt8] {
    var writer = ByteWriter(capacity: 10)
    writer.raw(Self.magic)
    writer.varint(rawValue)
    writer.varint(Self.version)
    return writer.bytes
  }
}

/// Limits of bundles and receipts; beyond one a file is refused whole.
enum BundleLimit {
  /// Of a chunk in the clear; memory follows it, never the file.
  static let chunkBytes = 4 << 20
  /// A segment is asked for at this size: several fit a chunk, and one signed stretch always does.
  static let segmentBytes = 1 << 20
  static let chunks = 1 << 16
  static let recipients = 1024
  static let headerBytes = 256 << 10
  static let receiptBytes = 4 << 20
  /// Files that one export may be split into.
  static let parts = 999
  /// The least size of a part: header, one signed stretch and what frames them always fit.
  static let leastPartBytes = 1_000_000
  /// Segments read in one transaction; writers get their turn between two.
  static let batchBytes = 4 << 20
  /// Bundles kept here until what comes before them has arrived: files, and bytes in all.
  static let waitingFiles = 64
  static let waitingBytes: UInt64 = 4 << 30
  /// Disk that is left free by what is kept so.
  static let waitingFreeBytes: UInt64 = 256 << 20
  /// Sets of parts of which it is remembered which have come.
  static let rememberedSets = 32
  static let receiptLogs = 65_536
}

/// Who made a bundle, for whom, and the content key wrapped to each device that may open it. In the clear, and signed.
struct BundleHeader: Hashable, Sendable {
  var id: BundleID
  var school: SchoolID
  /// The sender's.
  var store: StoreID
  var unit: UnitPath
  var receiver: UnitPath
  /// The sender's Ed25519 public key.
  var deviceKey: [UInt8]
  /// The sender's claimed wall clock.
  var madeMilliseconds: UInt64
  /// Ascending by device, each once.
  var recipients: [Recipient]

  struct Recipient: Hashable, Sendable {
    var device: DeviceID
    /// ``KeyWrap`` of the content key.
    var wrapped: [UInt8]
  }

  var bytes: [UInt8] {
    var writer = ByteWriter(capacity: 256 + recipients.count * (16 + KeyWrap.byteCount))
    writer.id(id)
    writer.id(school)
    writer.id(store)
    writer.lengthPrefixed(unit.key)
    writer.lengthPrefixed(receiver.key)
    writer.raw(deviceKey)
    writer.bigEndian(madeMilliseconds)
    writer.varint(recipients.count)
    for recipient in recipients {
      writer.id(recipient.device)
      writer.raw(recipient.wrapped)
    }
    return writer.bytes
  }

  /// - Throws: ``CodecError`` for anything ``bytes`` would not have written.
  init(bytes: [UInt8]) throws(CodecError) {
    var reader = ByteReader(bytes)
    let id: BundleID = try reader.id()
    let school: SchoolID = try reader.id()
    let store: StoreID = try reader.id()
    let unit = try UnitPath(key: try reader.lengthPrefixed("unit", limit: LogID.keyByteLimit))
    let receiver = try UnitPath(key: try reader.lengthPrefixed("receiver", limit: LogID.keyByteLimit))
    let deviceKey = try reader.raw(FeedGenesis.deviceKeyByteCount)
    let made = try reader.bigEndian()
    var recipients: [Recipient] = []
    for _ in 0..<(try reader.count("recipients", limit: BundleLimit.recipients)) {
      let start = reader.offset
      let recipient = Recipient(device: try reader.id(), wrapped: try reader.raw(KeyWrap.byteCount))
      if let last = recipients.last, recipient.device <= last.device {
        throw .nonCanonical(what: "recipient order", offset: start)
      }
      recipients.append(recipient)
    }
    try reader.finish()
    self.init(
      id: id, school: school, store: store, unit: unit, receiver: receiver, deviceKey: deviceKey,
      madeMilliseconds: made, recipients: recipients)
  }

  init(
    id: BundleID, school: SchoolID, store: StoreID, unit: UnitPath, receiver: UnitPath, deviceKey: [UInt8],
    madeMilliseconds: UInt64, recipients: [Recipient]
  ) {
    self.id = id
    self.school = school
    self.store = store
    self.unit = unit
    self.receiver = receiver
    self.deviceKey = deviceKey
    self.madeMilliseconds = madeMilliseconds
    self.recipients = recipients
  }

  /// What the sender's device signs.
  static func message(_ header: [UInt8]) -> [UInt8] { Label.bundle.prefix + header }

  /// What a wrapped content key is bound to.
  static func info(_ school: SchoolID, _ id: BundleID, _ device: DeviceID) -> [UInt8] {
    Label.bundleKey.prefix + school.bytes + id.bytes + device.bytes
  }
}
