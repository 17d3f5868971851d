import SyncModel

/// What the school has of a unit's answers, as its own hub has signed (回执). It comes down through every tier between,
/// none of which can make one: what was handed to them and is not in it, has not arrived.
public struct Receipt: Hashable, Sendable {
  /// The school's clock when it was signed, milliseconds since 1970.
  public let milliseconds: UInt64
  public let cut: FeedCut
  /// Of the log as it was then.
  let digest: Digest256

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
      let digest = parts[1].bytesValue.flatMap({ Digest256(bytes: $0) }),
      let cut = parts[2].bytesValue.flatMap({ try? FeedCut(bytes: $0) })
    else { return nil }
    self.milliseconds = UInt64(milliseconds)
    self.digest = digest
    self.cut = cut
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

/// What came of one round of signing receipts.
public struct IssuedReceipts: Hashable, Sendable {
  public var signed = 0
  /// Units that could not be given one; they are tried again in the next round.
  public var failed: [UnitPath] = []
}

extension Office {
  /// Units whose receipts are signed in one transaction.
  public static let receiptLimit = 500

  /// The school's own workspace signs what it has of every unit whose answers have grown since their last receipt. A unit
  /// whose receipt cannot be written keeps nobody else from theirs.
  ///
  /// - Returns: nothing on any workspace but the school's.
  /// - Throws: ``WorkspaceError``; what was signed until then stays.
  public func issueReceipts() throws -> IssuedReceipts {
    let due = try read { snapshot -> [LogID] in
      guard try snapshot.isTop() else { return [] }
      return try snapshot.logs().filter { summary in
        try summary.log.channel == .answers && summary.entries > 0
          && snapshot.receipt(for: summary.log.unit)?.digest != summary.digest
      }.map(\.log)
    }
    var issued = IssuedReceipts()
    for start in stride(from: 0, to: due.count, by: Self.receiptLimit) {
      let logs = Array(due[start..<min(start + Self.receiptLimit, due.count)])
      do {
        try signReceipts(of: logs)
        issued.signed += logs.count
      } catch is AppendError {
        // One of them is in the way: each in a transaction of its own.
        for log in logs {
          do {
            try signReceipts(of: [log])
            issued.signed += 1
          } catch is AppendError {
            issued.failed.append(log.unit)
          }
        }
      }
    }
    return issued
  }

  private func signReceipts(of logs: [LogID]) throws {
    try workspace.retried {
      try workspace.locked { transaction, incarnation, isNew in
        let author = try workspace.author(named: person, transaction, incarnation: incarnation, shownUpTo: .max)
        let (store, mark) = (try transaction.storeID(), try transaction.latestMark())
        for log in logs {
          guard let digest = try transaction.digest(of: log) else { continue }
          let value = Receipt.value(
            milliseconds: claimedMilliseconds, digest: digest, cut: try transaction.receiptCut(of: log), store: store,
            mark: mark)
          _ = try workspace.append(
            [Change(Receipt.register(log.unit), value)], to: LogID(log.unit, .notices), by: author, name: person,
            transaction, isNew: isNew, claimedMilliseconds: claimedMilliseconds)
        }
      }
    }
  }
}

extension StoreTransaction {
  /// Where a log's feeds end; where they are more than a cut names, those that count before others, and long ones before
  /// short ones: whoever floods a log with feeds does not drive the unit's own work out of its receipt.
  func receiptCut(of log: LogID, limit: Int = FeedCut.placeLimit) throws -> FeedCut {
    let engine = try engine(for: log)
    let tips = engine.tips
    if tips.count <= limit { return FeedCut([log: tips]) }
    let counting = Set(engine.strands.filter { $0.standing == .valid }.map(\.replica))
    let ranked = tips.sorted { left, right in
      let (leftCounts, rightCounts) = (counting.contains(left.replica), counting.contains(right.replica))
      if leftCounts != rightCounts { return leftCounts }
      return left.seq != right.seq ? left.seq > right.seq : left < right
    }
    return FeedCut([log: Array(ranked.prefix(limit))])
  }
}

extension StoreSnapshot {
  /// The latest receipt for a unit that a device of the school itself has signed.
  func receipt(for unit: UnitPath) throws -> Receipt? {
    let log = LogID(unit, .notices)
    let directory = try directory()
    return try register(log, Receipt.register(unit))?.siblings.compactMap { sibling -> Receipt? in
      guard let value = sibling.value, let origin = try origin(log, of: sibling.dot),
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
    let storage = storage(row: row)
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
