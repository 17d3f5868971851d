import Foundation
import SyncModel

/// What came of an export.
public struct BundleExport: Hashable, Sendable {
  public let receiver: UnitPath
  public let entries: Int
  /// Devices that can open it, the own unit's among them.
  public let recipients: Int
}

/// What came of an import. What was refused is named; the rest counts.
public struct BundleImport: Sendable {
  public internal(set) var sender: UnitPath
  /// nil for a device that the directory here does not know.
  public internal(set) var senderDevice: String?
  public internal(set) var madeMilliseconds: UInt64
  public internal(set) var entries = 0
  public internal(set) var new = 0
  public internal(set) var duplicates = 0
  public internal(set) var refusals: [Exchange.Refusal] = []
  /// Entries left out because the directory does not name who made the bundle: of a stranger's, only notices are taken in.
  public internal(set) var withheld = 0
  /// Feeds of which something before what the bundle holds is missing here: an earlier bundle goes first.
  public internal(set) var gaps = 0

  /// The directory names the device that made it as one of the sending unit's, perhaps stopped since.
  public var isSenderKnown: Bool { senderDevice != nil }
}

extension Office {
  /// Writes what `unit` lacks into one file, encrypted to its devices and to the own unit's.
  ///
  /// - Parameters:
  ///   - unit: nil takes the nearest unit above that has a device to encrypt to.
  /// - Throws: ``BundleError``; ``WorkspaceError``. No file is left where it throws.
  public func exportBundle(to path: String, for unit: DirectoryUnit? = nil, _ range: BundleRange = .unacknowledged)
    throws -> BundleExport
  {
    // A folder that was set back or copied speaks under a new name from here on.
    try workspace.settlePast()
    let directory = try directory()
    let receiver = try unit?.path ?? defaultReceiver(directory)
    var devices = directory.agreementKeys(of: receiver)
    if devices.isEmpty { throw BundleError.noRecipient(directory.name(of: receiver)) }
    // One's own bundle can be taken in again after a restore, and by the unit's other devices.
    devices.merge(directory.agreementKeys(of: identity.unit)) { known, _ in known }
    devices[identity.device] = workspace.key.agreement.publicKey
    if devices.count > BundleLimit.recipients { throw BundleError.tooLarge }

    let contentKey = SealingKey.randomBytes()
    let id = BundleID.random()
    let recipients = devices.sorted { $0.key < $1.key }.compactMap { device, key in
      KeyWrap.wrap(contentKey, to: key, info: BundleHeader.info(identity.school, id, device)).map {
        BundleHeader.Recipient(device: device, wrapped: $0)
      }
    }
    let header = BundleHeader(
      id: id, school: identity.school, store: try workspace.storeID(), unit: identity.unit, receiver: receiver,
      deviceKey: identity.deviceKey, madeMilliseconds: claimedMilliseconds, recipients: recipients)
    let temporary = path + ".new"
    let writer = try BundleWriter(
      path: temporary, header: header, contentKey: contentKey, signer: workspace.key)
    do {
      let through = try fill(writer, for: receiver, range)
      if writer.totals.entries == 0 { throw BundleError.nothingNew(directory.name(of: receiver)) }
      do { try Platform.move(temporary, to: path) } catch { throw BundleError.cannotWrite(path) }
      // After the file is there: what was never written must not count as on its way.
      try workspace.store.write(wallMilliseconds: Platform.wallMilliseconds) { transaction in
        for (log, strands) in through {
          for (strand, seq) in strands {
            try transaction.markBundled(log, strand: strand, for: receiver, exported: seq)
          }
        }
      }
    } catch {
      writer.discard()
      throw error
    }
    return BundleExport(receiver: receiver, entries: writer.totals.entries, recipients: recipients.count)
  }

  private func defaultReceiver(_ directory: Directory) throws -> UnitPath {
    var next = identity.unit.parent
    guard let parent = next else { throw BundleError.noReceiver }
    while let unit = next {
      if !directory.agreementKeys(of: unit).isEmpty { return unit }
      next = unit.parent
    }
    throw BundleError.noRecipient(directory.name(of: parent))
  }

  /// One consistent moment, in the order of the logs' keys: notices of ancestors first.
  /// - Returns: how far each strand went in.
  private func fill(
    _ writer: BundleWriter, for receiver: UnitPath, _ range: BundleRange
  ) throws -> [LogID: [Int: UInt32]] {
    try workspace.store.write(wallMilliseconds: Platform.wallMilliseconds) { transaction in
      var through: [LogID: [Int: UInt32]] = [:]
      for log in try transaction.logs().map(\.log)
      where try transaction.directory().isShared(log, between: identity.unit, and: receiver) {
        let start = try transaction.bundleStart(of: log, for: receiver, range)
        if start.isEmpty { continue }
        let engine = try transaction.engine(for: log)
        for (strand, from) in start.sorted(by: { $0.key < $1.key }) {
          var from = from
          while from < engine.strands[strand].stored,
            let segment = try engine.segment(on: strand, after: from, byteLimit: BundleLimit.segmentBytes)
          {
            try writer.add(segment)
            from += UInt32(segment.entryCount)
          }
          // Marked before it leaves: from now on these heads are never replaced.
          try engine.markHeadsSent(on: strand, through: from)
          through[log, default: [:]][strand] = from
        }
      }
      try writer.finish()
      return through
    }
  }

  /// Takes a bundle in: first all of it is read and checked, then it is stored chunk by chunk. May come twice, late and
  /// in any order (promise 4).
  ///
  /// Whose it is, the directory says, not the header. Of a device that it does not name, only the notices are taken in; they
  /// may bring the directory that names it, and then the rest follows. What a stopped device made is taken in like any
  /// other's: its entries are set aside by what they are.
  ///
  /// - Throws: ``BundleError/senderUnit(_:)`` where the directory knows the device as another unit's, before or after the
  ///   notices; other ``BundleError`` with nothing taken in; ``WorkspaceError``, after which importing again goes on.
  public func importBundle(from path: String) throws -> BundleImport {
    try workspace.settlePast()
    let reader = try BundleReader(path: path, school: identity.school, key: workspace.key)
    let totals = try reader.verify()
    let header = reader.header
    var result = BundleImport(
      sender: header.unit, senderDevice: nil, madeMilliseconds: header.madeMilliseconds)
    result.entries = totals.entries
    var isWhole = try read { try $0.bundleMaker(header) } != nil
    if !isWhole {
      try take(reader, into: &result) { $0 == .notices }
      isWhole = try read { try $0.bundleMaker(header) } != nil
      if isWhole { try take(reader, into: &result) { $0 != .notices } }
    } else {
      try take(reader, into: &result) { _ in true }
    }
    guard isWhole else {
      try reader.read { segments in
        for case let segment? in segments.map({ try? Segment(bytes: $0) }) where segment.log.channel != .notices {
          result.withheld += segment.entryCount
        }
      }
      return result
    }
    try workspace.store.write(wallMilliseconds: Platform.wallMilliseconds) { transaction in
      result.senderDevice = try transaction.bundleMaker(header)?.name
      try transaction.setSetting(Self.lastBundleSender, header.unit.key)
    }
    return result
  }

  /// Stores what a bundle holds in logs of the channels chosen; what does not decode goes with the first ones.
  private func take(
    _ reader: BundleReader, into result: inout BundleImport, _ isChosen: (Channel) -> Bool
  ) throws {
    let header = reader.header
    let peer = Exchange.Hello(
      school: header.school, store: header.store, unit: header.unit, clockMilliseconds: header.madeMilliseconds)
    try reader.read { segments in
      let segments = segments.filter { isChosen((try? Segment(bytes: $0))?.log.channel ?? .notices) }
      if segments.isEmpty { return }
      try workspace.store.write(wallMilliseconds: Platform.wallMilliseconds) { transaction in
        let intake = try Replicator(snapshot: transaction, peer: peer, frameBytes: Exchange.frameByteLimit)
          .take(segments)
        result.new += intake.new
        result.duplicates += intake.duplicates
        result.refusals += intake.refusals
        result.gaps += Set(intake.gaps).count
        // The bundle itself may bring the directory that names its sender. What another device sends it has: that much
        // needs not be sent there again.
        if let device = try transaction.bundleMaker(header), !device.roles(in: header.unit).isEmpty,
          device.id != identity.device
        {
          try transaction.acknowledge(segments, by: header.unit)
        }
      }
    }
  }

  private static let lastBundleSender = "lastBundleSender"

  // MARK: Receipts

  /// Writes a receipt: what this store holds of the logs that it shares with `unit`.
  ///
  /// - Parameter unit: nil takes the sender of the bundle taken in last.
  /// - Returns: the unit it is for, and how many logs it names.
  public func exportReceipt(to path: String, for unit: DirectoryUnit? = nil) throws -> (unit: UnitPath, logs: Int) {
    let receipt = try read { snapshot in
      let sender = try snapshot.setting(Self.lastBundleSender).map { try UnitPath(key: $0) }
      guard let receiver = unit?.path ?? sender else { throw BundleError.noSender }
      var logs: [(log: LogID, tips: [FeedPlace])] = []
      for summary in try snapshot.logs()
      where try summary.entries > 0 && snapshot.directory().isShared(summary.log, between: identity.unit, and: receiver)
      {
        let tips = try snapshot.strands(row: summary.row).filter { $0.stored > ($0.parent?.seq ?? 0) }
          .map { FeedPlace(replica: $0.replica, seq: $0.stored, hash: $0.storedHash) }
        logs.append((summary.log, tips.sorted()))
      }
      if logs.count > BundleLimit.receiptLogs { throw BundleError.tooLarge }
      return BundleReceipt(
        school: identity.school, store: try snapshot.storeID(), unit: identity.unit, receiver: receiver,
        deviceKey: identity.deviceKey, madeMilliseconds: claimedMilliseconds, logs: logs)
    }
    let bytes = try receipt.signed(by: workspace.key)
    do { try Platform.writePrivate(bytes, to: path) } catch { throw BundleError.cannotWrite(path) }
    return (receipt.receiver, receipt.logs.count)
  }

  /// Takes a receipt in: what it names counts as sent.
  ///
  /// - Returns: the unit that gave it, and how many own entries it newly acknowledges.
  /// - Throws: ``BundleError/unknownSigner`` unless a device of that unit signed it, and other ``BundleError``.
  public func importReceipt(from path: String) throws -> (unit: UnitPath, acknowledged: Int) {
    let receipt = try BundleReceipt(path: path)
    if receipt.school != identity.school { throw BundleError.wrongSchool }
    if receipt.receiver != identity.unit { throw BundleError.notForUs(receipt.receiver) }
    return try workspace.store.write(wallMilliseconds: Platform.wallMilliseconds) { transaction in
      guard let device = try transaction.directory().devices[DeviceID(key: receipt.deviceKey)],
        device.id != identity.device, !device.roles(in: receipt.unit).isEmpty
      else { throw BundleError.unknownSigner }
      let before = try transaction.unsent().entries
      let directory = try transaction.directory()
      for (log, tips) in receipt.logs where directory.isShared(log, between: identity.unit, and: receipt.unit) {
        for tip in tips { try transaction.acknowledge(tip, of: log, by: receipt.unit) }
      }
      return (receipt.unit, before - (try transaction.unsent().entries))
    }
  }

  /// True for a receipt, false for a bundle.
  /// - Throws: ``BundleError`` for any other file.
  public static func isReceipt(_ path: String) throws -> Bool {
    let source = try FileSource(path)
    defer { source.close() }
    return try source.readPrefix() == .receipt
  }
}

extension StoreSnapshot {
  /// The device that signed a bundle, where the directory has it enrolled for the unit that the bundle says it is from,
  /// stopped or not; nil where no enrolment of it is known.
  /// - Throws: ``BundleError/senderUnit(_:)`` where it is another unit's.
  fileprivate func bundleMaker(_ header: BundleHeader) throws -> DirectoryDevice? {
    let directory = try directory()
    guard let device = directory.devices[DeviceID(key: header.deviceKey)], !device.grants.isEmpty else { return nil }
    if device.grants[header.unit] == nil { throw BundleError.senderUnit(directory.name(of: header.unit)) }
    return device
  }
}

extension StoreTransaction {
  /// The ends of `segments`, as far as they are held here.
  fileprivate func acknowledge(_ segments: [[UInt8]], by unit: UnitPath) throws {
    for bytes in segments {
      guard let segment = try? Segment(bytes: bytes), let engine = try heldEngine(for: segment.log) else { continue }
      let end = segment.from + UInt32(segment.entryCount)
      for (index, strand) in engine.strands.enumerated()
      where strand.replica == segment.replica && strand.stored >= end && end > (strand.parent?.seq ?? 0) {
        guard let hash = try engine.hash(on: index, seq: end), try engine.ends(segment, in: hash) else { continue }
        try acknowledge(FeedPlace(replica: segment.replica, seq: end, hash: hash), of: segment.log, by: unit)
      }
    }
  }
}

extension Directory {
  /// Agreement keys of a unit's devices that have a role.
  func agreementKeys(of unit: UnitPath) -> [DeviceID: [UInt8]] {
    devices.values.reduce(into: [:]) { keys, device in
      if !device.roles(in: unit).isEmpty { keys[device.id] = device.agreementKey }
    }
  }
}
