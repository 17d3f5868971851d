import Foundation
import SyncModel

extension Office {
  /// Writes a receipt: what this store holds of the logs that it shares with `unit`.
  ///
  /// - Parameter unit: nil takes the sender of the bundle taken in last.
  /// - Returns: the unit it is for, and how many logs it names.
  public func exportReceipt(to path: String, for unit: DirectoryUnit? = nil) throws -> (unit: UnitPath, logs: Int) {
    let receipt = try read { snapshot in
      let sender = try snapshot.setting(StoreSnapshot.lastBundleSender).map { try UnitPath(key: $0) }
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
  /// Setting: the unit of the bundle that was taken in last.
  static let lastBundleSender = "lastBundleSender"
}
