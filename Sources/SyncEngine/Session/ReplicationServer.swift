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
  /// - Throws: ``SessionError/wrongSchool``; ``WorkspaceError``.
  public func answer(
    _ request: Exchange, peer: UnitPath, device: DeviceID? = nil, wallMilliseconds: UInt64
  ) throws -> Exchange {
    guard request.hello.school == store.identity.school else { throw SessionError.wrongSchool }
    guard request.hello.unit == peer else { throw SessionError.wrongUnit }
    return try store.write(wallMilliseconds: wallMilliseconds) { transaction in
      let replicator = Replicator(transaction: transaction, peer: request.hello, frameBytes: frameBytes)
      let own = try transaction.storeID()
      let intake = try replicator.take(request.segments)
      let summary = try replicator.summary()
      var answer = Exchange(
        hello: Exchange.Hello(
          school: store.identity.school, store: own, unit: store.identity.unit, clockMilliseconds: wallMilliseconds),
        summary: summary)
      answer.refusals = intake.refusals
      answer.history = try transaction.history(
        answering: request.history?.remembered, of: device.flatMap { try transaction.witness(of: $0) })
      if let device, let latest = request.history?.own.last {
        try transaction.remember(latest, of: request.hello.store, device: device)
      }
      if summary.digest == request.summary.digest {
        answer.cursor = Exchange.Cursor(store: own, arrival: summary.arrival)
        return answer
      }
      var outgoing = Replicator.Outgoing(frameBytes: frameBytes)
      try replicator.answer(request.wants, request.probes, into: &outgoing)
      if let range = request.range {
        try replicator.answer(request.items, in: range, into: &outgoing)
      } else if let cursor = request.cursor, cursor.store == own {
        answer.cursor = Exchange.Cursor(
          store: cursor.store, arrival: try replicator.sendArrivals(after: cursor.arrival, into: &outgoing))
      }
      outgoing.wants += intake.gaps
      answer.fill(outgoing)
      return answer
    }
  }
}

extension Exchange {
  /// Wants and probes of one message; what is left out is asked for in a later one.
  static let askLimit = 1000

  /// Bytes of wants and of probes, each, in one message: they and the items fit what the budget keeps free.
  static let askByteLimit = 48 << 10

  mutating func fill(_ outgoing: Replicator.Outgoing) {
    segments = outgoing.segments
    wants = Self.first(outgoing.wants) { $0.log.key.count + 40 }
    probes = Self.first(outgoing.probes) { $0.log.key.count + 24 + $0.places.count * 13 }
    more = outgoing.budget.exhausted || wants.count < outgoing.wants.count || probes.count < outgoing.probes.count
  }

  private static func first<Ask>(_ asks: [Ask], byteCount: (Ask) -> Int) -> [Ask] {
    var bytes = 0
    return Array(
      asks.prefix(askLimit).prefix { ask in
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
  case peerSetBack
  /// The peer was shown more of this store, or something else: it was set back, or a copy of it exchanges too.
  case ownPastInDoubt

  public var code: String {
    switch self {
    case .wrongSchool: "wrongSchool"
    case .wrongUnit: "wrongUnit"
    case .garbled: "garbledAnswer"
    case .needsNewerVersion: "needsNewerVersion"
    case .noProgress: "noProgress"
    case .peerSetBack: "hubSetBack"
    case .ownPastInDoubt: "pastInDoubt"
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
    }
  }

  public var hint: String {
    switch self {
    case .wrongSchool, .wrongUnit: "请核对汇总点地址和本机资料库"
    case .garbled: "请确认地址是汇总点的地址，稍后再同步一次会从断处接着来"
    case .needsNewerVersion: "请升级本机软件"
    case .noProgress: "请稍后再同步；若仍如此，请在两端运行 unitcli verify"
    case .peerSetBack: "两次出示的凭据已存入资料文件夹的 evidence；请告诉汇总点的管理员：若确实还原过，请用 syncd restore 还原或声明，之后再同步，缺的内容会由各单位补回"
    case .ownPastInDoubt: "请再同步一次，会以新的写入序列接着来，两份都保留"
    }
  }

  public var retry: Bool {
    switch self {
    case .garbled, .noProgress, .ownPastInDoubt: true
    default: false
    }
  }
}
