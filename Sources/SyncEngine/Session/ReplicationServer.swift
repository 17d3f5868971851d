import SyncModel

/// Answers exchanges over one store. Stateless: every message is complete in itself, stored in one transaction before
/// its answer leaves.
public struct ReplicationServer: Sendable {
  private let store: LogStore
  private let frameBytes: Int

  public init(store: LogStore, frameBytes: Int = Exchange.frameByteLimit) {
    precondition(frameBytes >= ExchangeBudget.leastFrameBytes, "a frame holds at least one signed stretch")
    self.store = store
    self.frameBytes = frameBytes
  }

  /// - Parameters:
  ///   - peer: the unit that the authenticated device belongs to: the scope goes by it, not by what the message
  ///   claims.
  ///   - device: the authenticated device; nil where there is none to remember.
  ///   - reach: how much of that scope the device is answered.
  /// - Throws: ``SessionError/wrongSchool``; ``SessionError/wrongUnit``; ``WorkspaceError``.
  public func answer(
    _ request: Exchange, peer: UnitPath, device: DeviceID? = nil, reach: ExchangeReach = .whole,
    wallMilliseconds: UInt64
  ) throws -> Exchange {
    guard request.hello.school == store.identity.school else { throw SessionError.wrongSchool }
    guard request.hello.unit == peer else { throw SessionError.wrongUnit }
    return try store.write(wallMilliseconds: wallMilliseconds) { transaction in
      let replicator = Replicator(
        transaction: transaction, peer: request.hello, frameBytes: frameBytes, reach: reach)
      let own = try transaction.storeID()
      let intake = try replicator.take(reach == .whole ? request.segments : [])
      let summary = try replicator.summary()
      var answer = Exchange(
        hello: Exchange.Hello(
          school: store.identity.school, store: own, unit: store.identity.unit, clockMilliseconds: wallMilliseconds),
        summary: summary)
      let witness = try device.flatMap { try transaction.witness(of: $0) }
      answer.history = try transaction.history(
        answering: request.history?.remembered, of: witness?.remembered)
      answer.vouchers = Exchange.Vouchers(remembered: witness?.voucher)
      if let device { try remember(request, of: device, transaction) }
      var outgoing = Replicator.Outgoing(frameBytes: frameBytes)
      outgoing.refusals = intake.refusals
      if summary.digest == request.summary.digest {
        answer.cursor = Exchange.Cursor(store: own, arrival: summary.arrival)
        answer.fill(outgoing)
        return answer
      }
      try replicator.answer(request.wants, request.probes, into: &outgoing)
      if let range = request.range {
        try replicator.answer(request.items, in: range, into: &outgoing)
      } else if reach == .whole, let cursor = request.cursor, cursor.store == own {
        answer.cursor = Exchange.Cursor(
          store: cursor.store, arrival: try replicator.sendArrivals(after: cursor.arrival, into: &outgoing))
      }
      outgoing.wants += intake.gaps
      if reach == .notices { outgoing.wants = [] }
      answer.fill(outgoing)
      return answer
    }
  }

  /// Keeps the client's latest mark where its device has signed for it: what nobody vouched for could not be held against it.
  private func remember(_ request: Exchange, of device: DeviceID, _ transaction: StoreTransaction) throws {
    guard let latest = request.history?.own.last, let voucher = request.vouchers?.own,
      let key = try transaction.directory().devices[device]?.key
    else { return }
    let witness = Witness(
      remembered: Exchange.Remembered(store: request.hello.store, mark: latest), voucher: voucher)
    if witness.holds(for: store.identity.school, key: key) { try transaction.remember(witness, of: device) }
  }
}

/// How much of the scope of a device's unit it is answered.
public enum ExchangeReach: Hashable, Sendable {
  /// Everything, both ways.
  case whole
  /// The notices of its unit and of those above it, and nothing is taken in: for a device that was stopped, so that it learns
  /// so, and learns it too where that is taken back.
  case notices
}

extension Exchange {
  /// Wants and probes of one message; what is left out is asked for in a later one.
  static let askLimit = 1000

  /// Bytes of wants and of probes, each, in one message: they and the items fit what the budget keeps free.
  static let askByteLimit = 48 << 10

  /// Refusals in one message, beside ``askByteLimit``; the sender of what was refused offers the rest again and is told of it
  /// then.
  static let refusalLimit = 1000

  mutating func fill(_ outgoing: Replicator.Outgoing) {
    segments = outgoing.segments
    wants = Self.first(Self.askLimit, of: outgoing.wants) { $0.log.key.count + 40 }
    probes = Self.first(Self.askLimit, of: outgoing.probes) { $0.log.key.count + 24 + $0.places.count * 13 }
    let feeds = Self.firstOfFeeds(outgoing.refusals)
    refusals = Self.first(Self.refusalLimit, of: feeds) { $0.log.key.count + 26 }
    more =
      outgoing.budget.exhausted || wants.count < outgoing.wants.count || probes.count < outgoing.probes.count
      || refusals.count < feeds.count
  }

  /// One refusal of each feed, the one nearest its start: the rest of the feed goes with it.
  private static func firstOfFeeds(_ refusals: [Refusal]) -> [Refusal] {
    var places: [LogID: [ReplicaID: Int]] = [:]
    var found: [Refusal] = []
    for refusal in refusals {
      if let place = places[refusal.log]?[refusal.replica] {
        if refusal.seq < found[place].seq { found[place] = refusal }
      } else {
        places[refusal.log, default: [:]][refusal.replica] = found.count
        found.append(refusal)
      }
    }
    return found
  }

  private static func first<Ask>(_ limit: Int, of asks: [Ask], byteCount: (Ask) -> Int) -> [Ask] {
    var bytes = 0
    return Array(
      asks.prefix(limit).prefix { ask in
        bytes += byteCount(ask)
        return bytes <= askByteLimit
      })
  }
}

/// Why an exchange cannot go on; what was stored before stays.
public enum SessionError: ExplainedError, Hashable {
  case wrongSchool
  case wrongUnit
  /// The peer answers, but not in this protocol.
  case garbled(String)
  case needsNewerVersion(String)
  /// The peer keeps asking without anything moving.
  case noProgress
  /// The peer's store shows less than it once did, or something else, under the same name.
  ///
  /// `evidence`: the file that proves it to anybody; nil where none could be saved.
  case peerSetBack(evidence: String? = nil)
  /// The peer was shown more of this store, or something else: it was set back, or a copy of it exchanges too.
  case ownPastInDoubt
  /// The peer says that this store was set back and has no signature of this device to show for it.
  case unprovenClaim
  /// The directory, as it came from the peer, says that this device was stopped. `unsent`: own entries that nobody has.
  case deviceStopped(unsent: Int)

  public var code: String {
    switch self {
    case .wrongSchool: "wrongSchool"
    case .wrongUnit: "wrongUnit"
    case .garbled: "garbledAnswer"
    case .needsNewerVersion: "needsNewerVersion"
    case .noProgress: "noProgress"
    case .peerSetBack: "hubSetBack"
    case .ownPastInDoubt: "pastInDoubt"
    case .unprovenClaim: "unprovenClaim"
    case .deviceStopped: "deviceStopped"
    }
  }

  public var message: String {
    switch self {
    case .wrongSchool: "对方属于另一所学校（或演练与正式资料混用），没有交换任何内容"
    case .wrongUnit: "本机登记的单位与汇总点上的不一致，没有交换任何内容"
    case .garbled(let detail): "对方的回答不是本软件的格式（\(detail)），这次同步中止；已收到的都已存好"
    case .needsNewerVersion(let what): "对方用的是更新的版本（\(what)），本机还看不懂"
    case .noProgress: "同步没有进展，已中止；已收到的都已存好"
    case .peerSetBack: "汇总点出示的资料比它以前出示过的少，或与以前不同：可能被还原过而没有声明，也可能被改动；没有交换任何内容"
    case .ownPastInDoubt: "汇总点见过本机更多的资料：本机资料曾被还原或复制"
    case .unprovenClaim: "汇总点说见过本机更多的资料，却拿不出本机签过名的凭据；没有交换任何内容，本机资料未动"
    case .deviceStopped(let unsent):
      "这台设备已被停用，不再收发填写" + (unsent > 0 ? "；没有送出的 \(unsent) 条都在本机，没有丢" : "")
    }
  }

  public var hint: String {
    switch self {
    case .wrongSchool, .wrongUnit: "请核对汇总点地址和本机资料库"
    case .garbled: "请确认地址是汇总点的地址，稍后再同步一次会从断处接着来"
    case .needsNewerVersion: "请升级本机软件"
    case .noProgress: "请稍后再同步；若仍如此，请在两端运行 unitcli verify"
    case .peerSetBack(let evidence):
      (evidence.map { "两次出示的凭据已存入资料文件夹的 \($0)；" } ?? "")
        + "请告诉汇总点的管理员：若确实还原过，请停下汇总点，运行 syncd renew 声明后重新启动，之后再同步，缺的内容会由各单位补回"
    case .ownPastInDoubt: "请再同步一次，会以新的写入序列接着来，两份都保留"
    case .unprovenClaim: "本机没有问题，填写照常；请告诉汇总点的管理员检查汇总点，急需报送可用 unitcli bundle export 送交上级"
    case .deviceStopped(let unsent): Self.afterStop(unsent)
    }
  }

  public var retry: Bool {
    switch self {
    case .garbled, .noProgress, .ownPastInDoubt: true
    default: false
    }
  }
}

extension SessionError {
  /// What whoever sits at a stopped device can do.
  /// - Parameter unsent: own entries that nobody has.
  public static func afterStop(_ unsent: Int) -> String {
    unsent > 0
      ? "请运行 unitcli bundle export 文件，把文件交给上级管理员；对方收下（unitcli bundle import）并核对后，可用 unitcli device accept 认可"
      : "如有疑问请问上级管理员；误停的设备可以恢复（unitcli device reinstate）"
  }
}
