import Foundation
import SyncModel

/// What came of an export.
public struct BundleExport: Hashable, Sendable {
  public let receiver: UnitPath
  public let entries: Int
  /// Devices that can open it, the own unit's among them.
  public let recipients: Int
  /// Paths of the files in order; one where one was enough.
  public let files: [String]
  /// What stayed behind because nothing can be noted here, by log; empty where all went.
  public let left: [LogID: Int]
  /// False where the files were made, and nothing could be noted of it here.
  public let isNoted: Bool
}

/// How far a long export or import is.
public struct BundleProgress: Hashable, Sendable {
  /// Entries of an export, bytes of an import.
  public let done: Int
  public let total: Int
}

extension Office {
  /// Writes what `unit` lacks into one file, encrypted to its devices and to the own unit's; or into several of a bounded size,
  /// each of which can be taken in alone.
  ///
  /// What it holds is what is stored when it begins. Memory follows the chunk; between chunks others may write.
  ///
  /// Heads are marked as sent before they leave (protocol §3). Where the disk takes no mark, only what is marked already goes, and
  /// ``BundleExport/left`` names the rest.
  ///
  /// - Parameters:
  ///   - unit: nil takes the nearest unit above that has a device to encrypt to.
  ///   - partBytes: no file is larger; where more than one is needed they are named `…-1of3.…`.
  /// - Throws: ``BundleError``; ``WorkspaceError``. No file is left where it throws.
  public func exportBundle(
    to path: String, for unit: DirectoryUnit? = nil, _ range: BundleRange = .unacknowledged, partBytes: Int? = nil,
    progress: (BundleProgress) -> Void = { _ in }
  ) throws -> BundleExport {
    if let partBytes, partBytes < BundleLimit.leastPartBytes { throw BundleError.partTooSmall(partBytes) }
    // A folder that was set back or copied speaks under a new name from here on.
    try workspace.settlePast()
    let directory = try directory()
    let receiver = try unit?.path ?? defaultReceiver(directory)
    let devices = try recipients(of: receiver, directory)
    let plan = try read { try $0.bundlePlan(from: identity.unit, to: receiver, range) }
    let store = try workspace.storeID()
    let parts = BundleParts(path: path, partBytes: partBytes) { path in
      let contentKey = SealingKey.randomBytes()
      let header = header(BundleID.random(), store, to: receiver, devices, contentKey)
      return try BundleWriter(path: path, header: header, contentKey: contentKey, signer: workspace.key)
    }
    let files: [String]
    var left: [LogID: Int] = [:]
    let isNoted: Bool
    do {
      let (reached, canMark) = try fill(parts, plan, progress)
      if !canMark { left = reached.reduce(into: [:]) { $0[$1.log, default: 0] += Int($1.through - $1.from) } }
      left = left.filter { $0.value > 0 }
      if parts.entries == 0 {
        let behind = left.values.reduce(0, +)
        throw behind > 0 ? BundleError.nothingMarked(behind) : .nothingNew(directory.name(of: receiver))
      }
      files = try parts.finish()
      isNoted = try canMark && note(reached, for: receiver)
    } catch {
      parts.discard()
      throw error
    }
    return BundleExport(
      receiver: receiver, entries: parts.entries, recipients: devices.count, files: files, left: left, isNoted: isNoted)
  }

  /// After the files are there: what was never written must not count as on its way.
  /// - Returns: false where the disk did not take it; the files are as good.
  private func note(_ reached: [BundlePiece], for receiver: UnitPath) throws -> Bool {
    do {
      try workspace.store.write(wallMilliseconds: Platform.wallMilliseconds) { transaction in
        for piece in reached {
          try transaction.markBundled(piece.log, strand: piece.strand, for: receiver, exported: piece.from)
        }
      }
      return true
    } catch let error as WorkspaceError where error.isOfDisk {
      return false
    }
  }

  /// Whom the own unit is under now, wherever it was founded.
  private func defaultReceiver(_ directory: Directory) throws -> UnitPath {
    let above = directory.tree.lineage(of: identity.unit).dropFirst()
    guard let nearest = above.first else { throw BundleError.noReceiver }
    if let receiver = above.first(where: { !directory.agreementKeys(of: $0).isEmpty }) { return receiver }
    throw BundleError.noRecipient(directory.name(of: nearest))
  }

  private func recipients(of receiver: UnitPath, _ directory: Directory) throws -> [DeviceID: [UInt8]] {
    var devices = directory.agreementKeys(of: receiver)
    if devices.isEmpty { throw BundleError.noRecipient(directory.name(of: receiver)) }
    // One's own bundle can be taken in again after a restore, and by the unit's other devices.
    devices.merge(directory.agreementKeys(of: identity.unit)) { known, _ in known }
    devices[identity.device] = workspace.key.agreement.publicKey
    if devices.count > BundleLimit.recipients { throw BundleError.tooLarge }
    return devices
  }

  private func header(
    _ id: BundleID, _ store: StoreID, to receiver: UnitPath, _ devices: [DeviceID: [UInt8]], _ contentKey: [UInt8]
  ) -> BundleHeader {
    let recipients = devices.sorted { $0.key < $1.key }.compactMap { device, key in
      KeyWrap.wrap(contentKey, to: key, info: BundleHeader.info(identity.school, id, device)).map {
        BundleHeader.Recipient(device: device, wrapped: $0)
      }
    }
    return BundleHeader(
      id: id, school: identity.school, store: store, unit: identity.unit, receiver: receiver,
      deviceKey: identity.deviceKey, madeMilliseconds: claimedMilliseconds, recipients: recipients)
  }

  /// In the order of the plan, a batch of segments for each transaction: the disk is written to outside.
  /// - Returns: the plan, each piece from where nothing more of it went in; false where the disk took no mark, so that only what was
  ///   marked before went in from there on.
  private func fill(
    _ parts: BundleParts, _ plan: [BundlePiece], _ progress: (BundleProgress) -> Void
  ) throws -> (plan: [BundlePiece], canMark: Bool) {
    let total = plan.reduce(0) { $0 + Int($1.through - $1.from) }
    var (plan, next) = (plan, 0)
    var canMark = workspace.store.writingRefused == nil
    while next < plan.count {
      let batch: [(bytes: [UInt8], entries: Int)]
      if canMark {
        var (ahead, following) = (plan, next)
        do {
          batch = try workspace.store.write(wallMilliseconds: Platform.wallMilliseconds) { transaction in
            try transaction.takeSegments(of: &ahead, from: &following, byteLimit: BundleLimit.batchBytes)
          }
        } catch let error as WorkspaceError where error.isOfDisk {
          // Nothing of this batch is marked, and nothing of it has left.
          canMark = false
          continue
        }
        (plan, next) = (ahead, following)
      } else {
        batch = try read { try $0.takeMarkedSegments(of: &plan, from: &next, byteLimit: BundleLimit.batchBytes) }
      }
      for segment in batch { try parts.add(segment.bytes, entries: segment.entries) }
      progress(BundleProgress(done: min(parts.entries, total), total: total))
    }
    return (plan, canMark)
  }
}

/// A stretch of one strand that a bundle is to hold.
struct BundlePiece: Hashable, Sendable {
  var log: LogID
  var strand: Int
  /// What comes after this seq.
  var from: UInt32
  var through: UInt32
}

extension StoreSnapshot {
  /// What a bundle is to hold, in the order of the logs' keys: notices of ancestors first.
  fileprivate func bundlePlan(
    from unit: UnitPath, to receiver: UnitPath, _ range: BundleRange
  ) throws -> [BundlePiece] {
    let directory = try directory()
    var plan: [BundlePiece] = []
    for summary in try logs() where directory.isShared(summary.log, between: unit, and: receiver) {
      let start = try bundleStart(of: summary.log, for: receiver, range)
      if start.isEmpty { continue }
      let strands = try strands(row: summary.row)
      for (strand, from) in start.sorted(by: { $0.key < $1.key }) {
        plan.append(BundlePiece(log: summary.log, strand: strand, from: from, through: strands[strand].stored))
      }
    }
    return plan
  }

  /// The next segments of `plan`, about `byteLimit` bytes of them, as far as all their heads are marked as sent: what has left before
  /// may leave again, and nothing else. `next` and the piece that it names move on.
  fileprivate func takeMarkedSegments(
    of plan: inout [BundlePiece], from next: inout Int, byteLimit: Int
  ) throws -> [(bytes: [UInt8], entries: Int)] {
    var (segments, size) = ([(bytes: [UInt8], entries: Int)](), 0)
    while next < plan.count, size < byteLimit {
      let piece = plan[next]
      guard let engine = try heldEngine(for: piece.log),
        case let end = min(piece.through, try engine.markedEnd(on: piece.strand, after: piece.from)), piece.from < end,
        let segment = try engine.segment(
          on: piece.strand, after: piece.from, byteLimit: BundleLimit.segmentBytes, through: end)
      else {
        next += 1
        continue
      }
      plan[next].from += UInt32(segment.entryCount)
      let bytes = segment.bytes
      size += bytes.count
      segments.append((bytes, segment.entryCount))
    }
    return segments
  }
}

extension StoreTransaction {
  /// The next segments of `plan`, about `byteLimit` bytes of them, marked as sent before they leave: from now on their heads
  /// are never replaced. `next` and the piece that it names move on.
  fileprivate func takeSegments(
    of plan: inout [BundlePiece], from next: inout Int, byteLimit: Int
  ) throws -> [(bytes: [UInt8], entries: Int)] {
    var (segments, size) = ([(bytes: [UInt8], entries: Int)](), 0)
    while next < plan.count, size < byteLimit {
      let piece = plan[next]
      let segment =
        piece.from < piece.through
        ? try engine(for: piece.log).segment(
          on: piece.strand, after: piece.from, byteLimit: BundleLimit.segmentBytes) : nil
      guard let segment else {
        next += 1
        continue
      }
      plan[next].from += UInt32(segment.entryCount)
      try engine(for: piece.log).markHeadsSent(on: piece.strand, through: plan[next].from)
      let bytes = segment.bytes
      size += bytes.count
      segments.append((bytes, segment.entryCount))
    }
    return segments
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
