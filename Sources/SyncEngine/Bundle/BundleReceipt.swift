import SyncModel

/// 回执: what one unit's store holds of the logs that it shares with another, signed by the device that says so.
struct BundleReceipt: Hashable, Sendable {
  var school: SchoolID
  var store: StoreID
  var unit: UnitPath
  /// For whom it was made.
  var receiver: UnitPath
  var deviceKey: [UInt8]
  var madeMilliseconds: UInt64
  /// Ascending by log; the tips of each ascending, none without.
  var logs: [(log: LogID, tips: [FeedPlace])]

  static func == (left: Self, right: Self) -> Bool { left.bytes == right.bytes }
  func hash(into hasher: inout Hasher) { hasher.combine(bytes) }

  var bytes: [UInt8] {
    var writer = ByteWriter(capacity: 256 + logs.count * 128)
    writer.id(school)
    writer.id(store)
    writer.lengthPrefixed(unit.key)
    writer.lengthPrefixed(receiver.key)
    writer.raw(deviceKey)
    writer.bigEndian(madeMilliseconds)
    writer.varint(logs.count)
    for (log, tips) in logs {
      writer.lengthPrefixed(log.key)
      writer.varint(tips.count)
      for tip in tips {
        writer.id(tip.replica)
        writer.varint(UInt64(tip.seq))
        writer.digest(tip.hash)
      }
    }
    return writer.bytes
  }

  /// The whole file.
  func signed(by key: DeviceKey) throws -> [UInt8] {
    let body = bytes
    var writer = ByteWriter(capacity: body.count + 96)
    writer.raw(BundleForm.receipt.prefix)
    writer.lengthPrefixed(body)
    writer.raw(try key.sign(Label.receipt.prefix + body))
    if writer.bytes.count > BundleLimit.receiptBytes { throw BundleError.tooLarge }
    return writer.bytes
  }

  /// - Throws: ``BundleError``.
  init(path: String) throws {
    let source = try FileSource(path)
    defer { source.close() }
    try source.readPrefix(expecting: .receipt)
    let body = try source.blob(limit: BundleLimit.receiptBytes)
    let signature = try source.raw(Segment.SignedHead.signatureByteCount)
    if try source.hasMore() { throw BundleError.damaged }
    do { self = try BundleReceipt(bytes: body) } catch { throw BundleError.damaged }
    guard DeviceKey.verify(signature, of: Label.receipt.prefix + body, by: deviceKey) else {
      throw BundleError.damaged
    }
  }

  /// - Throws: ``CodecError`` for anything ``bytes`` would not have written.
  init(bytes: [UInt8]) throws(CodecError) {
    var reader = ByteReader(bytes)
    let school: SchoolID = try reader.id()
    let store: StoreID = try reader.id()
    let unit = try UnitPath(key: try reader.lengthPrefixed("unit", limit: LogID.keyByteLimit))
    let receiver = try UnitPath(key: try reader.lengthPrefixed("receiver", limit: LogID.keyByteLimit))
    let deviceKey = try reader.raw(FeedGenesis.deviceKeyByteCount)
    let made = try reader.bigEndian()
    var logs: [(log: LogID, tips: [FeedPlace])] = []
    for _ in 0..<(try reader.count("logs", limit: min(BundleLimit.receiptLogs, reader.remaining / 4))) {
      let start = reader.offset
      let log = try LogID(key: try reader.lengthPrefixed("log", limit: LogID.keyByteLimit))
      if let last = logs.last, log <= last.log { throw .nonCanonical(what: "log order", offset: start) }
      var tips: [FeedPlace] = []
      for _ in 0..<(try reader.count("tips", limit: reader.remaining / 49)) {
        let replica: ReplicaID = try reader.id()
        let tip = FeedPlace(replica: replica, seq: try reader.seq(), hash: try reader.digest())
        if let last = tips.last, tip <= last { throw .nonCanonical(what: "tip order", offset: start) }
        tips.append(tip)
      }
      if tips.isEmpty { throw .nonCanonical(what: "no tips", offset: start) }
      logs.append((log, tips))
    }
    try reader.finish()
    self.init(
      school: school, store: store, unit: unit, receiver: receiver, deviceKey: deviceKey, madeMilliseconds: made,
      logs: logs)
  }

  init(
    school: SchoolID, store: StoreID, unit: UnitPath, receiver: UnitPath, deviceKey: [UInt8],
    madeMilliseconds: UInt64, logs: [(log: LogID, tips: [FeedPlace])]
  ) {
    self.school = school
    self.store = store
    self.unit = unit
    self.receiver = receiver
    self.deviceKey = deviceKey
    self.madeMilliseconds = madeMilliseconds
    self.logs = logs
  }
}
