import SyncModel

/// What the school has of a unit's answers, as its own hub has signed (回执). It comes down through every tier between,
/// none of which can make one: what was handed to them and is not in it, has not arrived.
public struct Receipt: Hashable, Sendable {
  /// The school's clock when it was signed, milliseconds since 1970.
  public let milliseconds: UInt64
  public let cut: FeedCut

  /// list(integer milliseconds, bytes item digest of the log, bytes cut, bytes store id, integer arrival, bytes mark).
  static func value(
    milliseconds: UInt64, digest: Digest256, cut: FeedCut, store: StoreID, mark: Exchange.Mark?
  ) -> Value {
    .list([
      .integer(Int64(clamping: milliseconds)), .bytes(digest.bytes), .bytes(cut.bytes), .bytes(store.bytes),
      .integer(Int64(clamping: mark?.arrival ?? 0)), .bytes(mark?.digest.bytes ?? []),
    ])
  }

  init?(_ value: Value) {
    guard let parts = value.listValue, parts.count >= 3, let milliseconds = parts[0].integerValue, milliseconds >= 0,
      let cut = parts[2].bytesValue.flatMap({ try? FeedCut(bytes: $0) })
    else { return nil }
    self.milliseconds = UInt64(milliseconds)
    self.cut = cut
  }

  fileprivate static func digest(_ value: Value?) -> Digest256? {
    value?.listValue.flatMap { $0.count > 1 ? $0[1].bytesValue : nil }.flatMap { Digest256(bytes: $0) }
  }

  static func register(_ unit: UnitPath) -> RegisterName {
    RegisterName(.receipt, SubjectID(unit: unit), .receipt)
  }
}

/// How far the school has this unit's answers.
public struct Delivery: Hashable, Sendable {
  /// nil before the first receipt has come.
  public let receipt: Receipt?
  /// Entries of this unit that a hub took and the school has not receipted.
  public let underway: Int
  /// When the oldest of them was written or came here, milliseconds since 1970.
  public let oldestMilliseconds: UInt64?
}

extension Office {
  /// Receipts written by one call; the next one goes on.
  public static let receiptLimit = 500

  /// The school's own workspace signs what it has of every unit whose answers have grown since their last receipt.
  ///
  /// - Returns: how many it signed; 0 also on any workspace but the school's.
  public func issueReceipts() throws -> Int {
    let due = try read { snapshot -> [LogSummary] in
      guard try snapshot.isTop() else { return [] }
      return try snapshot.logs().filter { summary in
        guard summary.log.channel == .answers, summary.entries > 0 else { return false }
        let last = try snapshot.register(
          LogID(summary.log.unit, .notices), Receipt.register(summary.log.unit))
        return Receipt.digest(last?.value) != summary.digest
      }
    }
    if due.isEmpty { return 0 }
    return try workspace.locked { transaction, incarnation, isNew in
      let author = try workspace.author(named: person, transaction, incarnation: incarnation, shownUpTo: .max)
      let (store, mark) = (try transaction.storeID(), try transaction.latestMark())
      let logs = Set(due.prefix(Self.receiptLimit).map(\.log))
      for summary in try transaction.logs() where logs.contains(summary.log) {
        let cut = FeedCut([summary.log: try transaction.engine(for: summary.log).tips])
        let value = Receipt.value(
          milliseconds: claimedMilliseconds, digest: summary.digest, cut: cut, store: store, mark: mark)
        _ = try workspace.append(
          [Change(Receipt.register(summary.log.unit), value)], to: LogID(summary.log.unit, .notices), by: author,
          name: person, transaction, isNew: isNew, claimedMilliseconds: claimedMilliseconds)
      }
      return logs.count
    }
  }
}

extension StoreSnapshot {
  /// The latest receipt for a unit that a device of the school itself has signed.
  func receipt(for unit: UnitPath) throws -> Receipt? {
    let log = LogID(unit, .notices)
    let directory = try directory()
    return try register(log, Receipt.register(unit))?.siblings.compactMap { sibling -> Receipt? in
      guard case .value(let bytes) = sibling.content, let value = try? Value(bytes: bytes),
        let origin = try origin(log, of: sibling.dot),
        directory.devices[origin.device]?.grants[identity.rootUnit] != nil
      else { return nil }
      return Receipt(value)
    }.max { $0.milliseconds < $1.milliseconds }
  }

  /// nil for the school's own workspace, and where nothing has been handed to a hub yet.
  func delivery() throws -> Delivery? {
    if try isTop() { return nil }
    let log = LogID(identity.unit, .answers)
    let receipt = try receipt(for: identity.unit)
    guard let row = try rowID(of: log) else {
      return receipt.map { Delivery(receipt: $0, underway: 0, oldestMilliseconds: nil) }
    }
    let storage = SQLLogStorage(connection, log: row)
    let engine = try LogEngine(school: identity.school, log: log, storage: storage)
    let places = try (receipt?.cut.places[log] ?? []).compactMap { try engine.dot($0) }
    var (missing, oldest) = (0, UInt64?.none)
    for (index, strand) in engine.strands.enumerated() where strand.standing == .valid {
      let start = strand.parent?.seq ?? 0
      let covered = places.map { engine.topology.commonSeq(of: $0, and: index) }.max() ?? 0
      let from = max(start, covered)
      guard strand.stored > from else { continue }
      missing += Int(strand.stored - from)
      if let first = try storage.entry(Dot(strand: index, seq: from + 1))?.receivedMilliseconds {
        oldest = min(oldest ?? first, first)
      }
    }
    let underway = max(0, missing - (try unsent(in: log).entries))
    if receipt == nil, underway == 0 { return nil }
    return Delivery(receipt: receipt, underway: underway, oldestMilliseconds: underway == 0 ? nil : oldest)
  }
}
