import SyncEngine
import SyncHTTP
import SyncModel
import Synchronization

/// What a request must pass before a byte of its body is read, rates and replays, and who has a place when.
/// All of it in bounded memory, none of it on the disk.
final class Gate: Sendable {
  /// Requests whose places are counted apart: none of one kind waits for another.
  enum Kind: CaseIterable, Sendable {
    case exchange, file, join
  }

  let limit: HTTPLimit
  let clock: HubClock
  let connections: Connections
  /// Requests are signed for one run of this process: what an earlier run has seen is of no use.
  let target: HubTarget

  private struct State {
    var addressRequests: RateTable<Share.Key>
    var strangerRequests: RateTable<Int>
    var addressGuesses: RateTable<Share.Key>
    var guesses: RateTable<Int>
    var deviceRequests: RateTable<DeviceID>
    var deviceBytes: RateTable<DeviceID>
    var fileRequests: RateTable<DeviceID>
    var nonces: NonceCache
    var pools: [Kind: PlacePool]
    /// Those who wait for their turn.
    var waiting: [Slot: @Sendable (Problem?) -> Void] = [:]
    /// How others learn that they are refused.
    var refusals: [Slot: Refusal] = [:]
    /// Whether somebody looks how fast bodies come.
    var isWatched = false
  }

  /// A request in its pool.
  fileprivate struct Slot: Hashable, Sendable {
    let kind: Kind
    let ticket: UInt64
  }

  private let state: Mutex<State>
  private static let all = 0

  init(device: DeviceID, limit: HTTPLimit, clock: HubClock) {
    self.limit = limit
    self.clock = clock
    connections = Connections(limit)
    target = HubTarget(device: device, run: BatchSecret.random().bytes)
    state = Mutex(
      State(
        addressRequests: RateTable(limit.addressRequests, capacity: limit.rateEntries),
        strangerRequests: RateTable(limit.strangerRequests, capacity: 1),
        addressGuesses: RateTable(limit.addressGuesses, capacity: limit.rateEntries),
        guesses: RateTable(limit.guesses, capacity: 1),
        deviceRequests: RateTable(limit.deviceRequests, capacity: limit.rateEntries),
        deviceBytes: RateTable(limit.deviceBytes, capacity: limit.rateEntries),
        fileRequests: RateTable(limit.fileRequests, capacity: limit.rateEntries),
        nonces: NonceCache(
          perDevice: limit.noncesPerDevice, capacity: limit.nonces,
          // `created` may lie a window ahead, and is then acceptable until a window after it.
          keepMilliseconds: UInt64(2 * limit.createdWindowSeconds) * 1000),
        pools: Dictionary(
          uniqueKeysWithValues: Kind.allCases.map { ($0, PlacePool(Self.size(of: $0, limit), limit)) })))
  }

  private static func size(of kind: Kind, _ limit: HTTPLimit) -> PlacePool.Size {
    var size = PlacePool.Size(
      places: limit.exchanges, bytes: limit.exchangeBytes, largeBytes: limit.largeBytes, answerBytes: limit.answerBytes,
      bytesPerUnit: limit.bytesPerUnit, perDevice: limit.exchangesPerDevice, waiting: limit.waitingExchanges)
    switch kind {
    case .exchange: break
    case .file:
      (size.places, size.bytes) = (limit.fileTransfers, limit.fileBytes)
      (size.perDevice, size.waiting) = (limit.fileTransfersPerDevice, limit.waitingFiles)
    case .join: (size.places, size.waiting) = (limit.joins, limit.waitingJoins)
    }
    return size
  }

  // MARK: Strangers

  /// Counts a request that no enrolled device has signed.
  /// - Throws: 429 where its address, or all addresses together, have had enough.
  func admitStranger(_ address: ClientAddress) throws(Problem) {
    let now = clock.steadyMilliseconds
    let wait = state.withLock { state in
      state.addressRequests.wait(for: address, at: now) ?? state.strangerRequests.take(for: Self.all, at: now)
        ?? state.addressRequests.take(for: address, at: now)
    }
    if let wait { throw Problem.tooMany(afterMilliseconds: wait) }
  }

  /// - Throws: 429 after too many wrong invitations from this address, or in all.
  func admitGuess(_ address: ClientAddress) throws(Problem) {
    let now = clock.steadyMilliseconds
    let wait = state.withLock { state in
      state.addressGuesses.wait(for: address, at: now) ?? state.guesses.wait(for: Self.all, at: now)
    }
    if let wait { throw Problem.tooManyGuesses(afterMilliseconds: wait) }
  }

  /// Counts an invitation that turned out wrong.
  func countGuess(_ address: ClientAddress) {
    let now = clock.steadyMilliseconds
    state.withLock { state in
      _ = state.addressGuesses.take(for: address, at: now)
      _ = state.guesses.take(for: Self.all, at: now)
    }
  }

  // MARK: Signed requests

  /// Checks that a request with a valid signature is meant for this run of this hub, now, and for the first time.
  func checkTarget(_ request: RequestSignature) throws(Problem) {
    if request.target.device != target.device { throw Problem.otherHub }
    let age = clock.wallSeconds.subtractingReportingOverflow(request.created)
    if request.target.run != target.run || age.overflow || age.partialValue.magnitude > limit.createdWindowSeconds {
      throw Problem.signAnew
    }
    if state.withLock({ $0.nonces.contains(request.nonce, of: request.device) }) { throw Problem.replayed }
  }

  /// Takes a request of an enrolled device in: counts it and its body, and remembers its nonce.
  func admit(_ request: RequestSignature, bodyBytes: Int) throws(Problem) {
    let now = clock.steadyMilliseconds
    let refusal: Problem? = state.withLock { state in
      if let wait = state.deviceRequests.wait(for: request.device, at: now) {
        return Problem.tooMany(afterMilliseconds: wait)
      }
      if let wait = state.deviceBytes.take(Double(bodyBytes), for: request.device, at: now) {
        return Problem.tooMany(afterMilliseconds: wait)
      }
      _ = state.deviceRequests.take(for: request.device, at: now)
      return Self.remember(request, as: request.device, &state, at: now)
    }
    if let refusal { throw refusal }
  }

  /// Takes a request for files in: these are bounded by their number, each being at most a frame, and by what is stored.
  func admitFile(_ request: RequestSignature) throws(Problem) {
    let now = clock.steadyMilliseconds
    let refusal: Problem? = state.withLock { state in
      if let wait = state.fileRequests.take(for: request.device, at: now) {
        return Problem.tooMany(afterMilliseconds: wait)
      }
      return Self.remember(request, as: request.device, &state, at: now)
    }
    if let refusal { throw refusal }
  }

  /// Takes in a request of a device that is not enrolled yet. All of these share one device's room for nonces, so that
  /// strangers cannot fill the others'.
  func admitJoin(_ request: RequestSignature) throws(Problem) {
    let now = clock.steadyMilliseconds
    if let refusal = state.withLock({ Self.remember(request, as: Self.strangers, &$0, at: now) }) { throw refusal }
  }

  private static let strangers = DeviceID(high: 0, low: 0)

  private static func remember(
    _ request: RequestSignature, as device: DeviceID, _ state: inout State, at now: UInt64
  ) -> Problem? {
    switch state.nonces.insert(request.nonce, of: device, at: now) {
    case .new: nil
    case .replayed: .replayed
    case .full(let wait): .busy("nonceCacheFull", afterMilliseconds: wait)
    }
  }

  // MARK: Places

  /// Begins a request: from here to the end of its answer it counts for its device, and holds nothing yet.
  /// - Throws: 503 where the device has enough under way.
  func begin(_ kind: Kind, of owner: Owner, over connection: ConnectionID) throws(Problem) -> Place {
    let refusal = Refusal(connection: connection, connections: connections)
    let slot = state.withLock { state -> Slot? in
      guard let ticket = state.pools[kind]?.open(owner) else { return nil }
      let slot = Slot(kind: kind, ticket: ticket)
      state.refusals[slot] = refusal
      return slot
    }
    guard let slot else { throw Self.hubBusy }
    return Place(gate: self, slot: slot, refusal: refusal)
  }

  /// A request under way; over when nobody holds it any more.
  final class Place: Sendable {
    private let gate: Gate
    private let slot: Slot
    private let refusal: Refusal

    fileprivate init(gate: Gate, slot: Slot, refusal: Refusal) {
      self.gate = gate
      self.slot = slot
      self.refusal = refusal
    }

    deinit { gate.leave(slot) }

    /// Why it goes no further, where another one took its room.
    var refused: Problem? { refusal.problem }

    /// Waits for a place, for which the peer has done everything already.
    /// - Parameter bytes: what is held for it, and what that inflates to.
    /// - Throws: 503 where too many wait, or none came free in time.
    func enter(bytes: Int) async throws(Problem) {
      if let problem = await gate.turn(slot, bytes: bytes, isLarge: false) { throw problem }
    }

    /// Waits for the turn to bring a large body, of which nothing is read before.
    /// - Parameter bytes: what it may come to.
    /// - Throws: as ``enter(bytes:)``.
    func awaitBody(bytes: Int) async throws(Problem) {
      refusal.isHubsTurn(true)
      let problem = await gate.turn(slot, bytes: bytes, isLarge: true)
      refusal.isHubsTurn(false)
      if let problem { throw problem }
      gate.watch()
    }

    /// A piece of the large body is there.
    /// - Throws: 503, 408.
    func take(_ bytes: Int) throws(Problem) {
      let isTaken = gate.change(slot.kind) { [slot] in $0.take(slot.ticket, bytes, at: $1) }
      if !isTaken { throw refused ?? Gate.hubBusy }
    }

    /// The last piece is there; with room for what it inflates to the large body has its place.
    /// - Throws: 503, 408.
    func complete(_ bytes: Int, inflated: Int) throws(Problem) {
      let isTaken = gate.change(slot.kind) { [slot] pool, now in
        let (isTaken, changes) = pool.take(slot.ticket, bytes, at: now)
        guard isTaken else { return (false, changes) }
        let (isComplete, more) = pool.complete(slot.ticket, inflated: inflated, at: now)
        return (isComplete, changes + more)
      }
      if !isTaken { throw refused ?? Gate.hubBusy }
    }

    /// What is held in memory for it by now.
    func hold(_ bytes: Int) {
      gate.change(slot.kind) { [slot] in ((), $0.hold(slot.ticket, bytes, at: $1)) }
    }

    /// Gives the place up until the peer has done its part.
    func rest() {
      gate.change(slot.kind) { [slot] in ((), $0.rest(slot.ticket, at: $1)) }
    }

    /// Gives the place up: what remains is that the answer is taken.
    /// - Parameter held: what is in memory of it at a time.
    func answer(holding held: Int, of total: Int) {
      gate.change(slot.kind) { [slot] in ((), $0.answer(slot.ticket, holding: held, of: total, at: $1)) }
      gate.watch()
    }

    /// So much more of the answer has been taken.
    func taken(_ bytes: Int) {
      gate.change(slot.kind) { [slot] pool, now in
        pool.taken(slot.ticket, bytes, at: now)
        return ((), PlacePool.Changes())
      }
    }
  }

  /// How a request learns that another one took its room.
  fileprivate final class Refusal: Sendable {
    private let connection: ConnectionID
    private let connections: Connections
    private let said = Mutex<Problem?>(nil)

    init(connection: ConnectionID, connections: Connections) {
      self.connection = connection
      self.connections = connections
    }

    var problem: Problem? { said.withLock { $0 } }

    /// Whoever reads its body finds the end of it, and says why in its answer.
    func say(_ problem: Problem) {
      said.withLock { $0 = $0 ?? problem }
      connections.cut(connection)
    }

    /// Whoever writes an answer finds the connection closed.
    func end() { connections.close(connection) }

    func isHubsTurn(_ isHubs: Bool) {
      if isHubs { connections.worksFor(connection) } else { connections.waitsFor(connection) }
    }
  }

  /// How many wait for a place.
  func waiting(_ kind: Kind) -> Int { state.withLock { $0.pools[kind]?.waiting ?? 0 } }
  /// For how many the hub works, or has a place free.
  func placed(_ kind: Kind) -> Int { state.withLock { $0.pools[kind]?.placed ?? 0 } }

  /// nil once it is this one's turn.
  private func turn(_ slot: Slot, bytes: Int, isLarge: Bool) async -> Problem? {
    let atOnce = change(slot.kind) { $0.askAtOnce(slot.ticket, bytes: bytes, isLarge: isLarge, at: $1) }
    if atOnce { return nil }
    let timer = Task { [self] in
      try await Task.sleep(for: .milliseconds(limit.waitingMilliseconds))
      giveUp(slot)
    }
    defer { timer.cancel() }
    return await withTaskCancellationHandler {
      await withCheckedContinuation { (continuation: CheckedContinuation<Problem?, Never>) in
        let now = clock.steadyMilliseconds
        let (turn, told) = state.withLock { state -> (PlacePool.Turn, [Told]) in
          guard let (turn, changes) = state.pools[slot.kind]?.ask(slot.ticket, bytes: bytes, isLarge: isLarge, at: now)
          else { return (.never, []) }
          if turn == .later { state.waiting[slot] = { continuation.resume(returning: $0) } }
          return (turn, Self.told(changes, slot.kind, &state))
        }
        for tell in told { tell() }
        switch turn {
        case .later: break
        case .now: continuation.resume(returning: nil)
        case .never: continuation.resume(returning: Self.hubBusy)
        }
        // Given up before it stood in line.
        if turn == .later, Task.isCancelled { giveUp(slot) }
      }
    } onCancel: {
      giveUp(slot)
    }
  }

  private static let hubBusy = Problem.busy("hubBusy", afterMilliseconds: 1000)

  private typealias Told = @Sendable () -> Void

  /// Changes a pool, and tells those concerned.
  @discardableResult private func change<Result>(
    _ kind: Kind, _ change: (inout PlacePool, UInt64) -> (Result, PlacePool.Changes)
  ) -> Result {
    let now = clock.steadyMilliseconds
    let (result, told) = state.withLock { state -> (Result, [Told]) in
      guard var pool = state.pools.removeValue(forKey: kind) else { preconditionFailure("every kind has its pool") }
      let (result, changes) = change(&pool, now)
      state.pools[kind] = pool
      return (result, Self.told(changes, kind, &state))
    }
    for tell in told { tell() }
    return result
  }

  private static func told(_ changes: PlacePool.Changes, _ kind: Kind, _ state: inout State) -> [Told] {
    var told: [Told] = []
    for ticket in changes.admitted {
      guard let resume = state.waiting.removeValue(forKey: Slot(kind: kind, ticket: ticket)) else { continue }
      told.append { resume(nil) }
    }
    for (ticket, why) in changes.refused {
      let slot = Slot(kind: kind, ticket: ticket)
      let problem = why == .slow ? Problem.tooSlow : hubBusy
      if let resume = state.waiting.removeValue(forKey: slot) {
        told.append { resume(problem) }
      } else if let refusal = state.refusals[slot] {
        told.append { if why == .answer { refusal.end() } else { refusal.say(problem) } }
      }
    }
    return told
  }

  private func giveUp(_ slot: Slot) {
    let resume = state.withLock { $0.waiting.removeValue(forKey: slot) }
    guard let resume else { return }
    // One that stood before others and needed much leaves room for them.
    change(slot.kind) { ((), $0.giveUp(slot.ticket, at: $1)) }
    resume(Self.hubBusy)
  }

  private func leave(_ slot: Slot) {
    state.withLock { _ = $0.refusals.removeValue(forKey: slot) }
    change(slot.kind) { ((), $0.leave(slot.ticket, at: $1)) }
  }

  // MARK: Pace

  /// Looks from time to time how fast bodies come and answers are taken, as long as there are any.
  private func watch() {
    let starts = state.withLock { state in
      if state.isWatched { return false }
      state.isWatched = true
      return true
    }
    guard starts else { return }
    Task.detached { [weak self, limit] in
      repeat {
        try await Task.sleep(for: .milliseconds(limit.rateCheckMilliseconds))
      } while self?.judge() == true
    }
  }

  /// - Returns: false where nobody's pace matters any more.
  private func judge() -> Bool {
    for kind in Kind.allCases { change(kind) { ((), $0.judge(at: $1)) } }
    return state.withLock { state in
      state.isWatched = state.pools.values.contains(where: \.hasMoving)
      return state.isWatched
    }
  }
}

extension RateTable<Share.Key> {
  /// Takes one for an address: a site of sixteen times a network's share loses a sixteenth.
  /// - Returns: as ``take(_:for:at:)``.
  fileprivate mutating func take(for address: ClientAddress, at now: UInt64) -> UInt64? {
    if let wait = wait(for: address, at: now) { return wait }
    for share in address.shares { _ = take(1 / Double(share.times), for: share.key, at: now) }
    return nil
  }

  fileprivate func wait(for address: ClientAddress, at now: UInt64) -> UInt64? {
    address.shares.compactMap { wait(1 / Double($0.times), for: $0.key, at: now) }.max()
  }
}

extension Problem {
  fileprivate static func seconds(_ milliseconds: UInt64) -> Int { Int(clamping: (milliseconds + 999) / 1000) }

  static func tooMany(afterMilliseconds wait: UInt64) -> Problem {
    Problem(
      status: 429, code: "tooManyRequests", detail: "请求太频繁", hint: "请稍后再同步", retry: true,
      retryAfterSeconds: seconds(wait))
  }

  static func tooManyGuesses(afterMilliseconds wait: UInt64) -> Problem {
    Problem(
      status: 429, code: "tooManyGuesses", detail: "不认得的邀请太多，暂时不再受理", hint: "请核对邀请是否完整，稍后再试",
      retry: true, retryAfterSeconds: seconds(wait))
  }

  static func busy(_ code: String, afterMilliseconds wait: UInt64) -> Problem {
    Problem(
      status: 503, code: code, detail: "汇总点正忙", hint: "请稍后再同步；填写的内容都在本机，不会丢", retry: true,
      retryAfterSeconds: seconds(wait))
  }

  static let tooSlow = Problem(
    status: 408, code: "tooSlow", detail: "内容传得太慢，汇总点没有等下去", hint: "请换个网络，或稍后再同步；填写的内容都在本机，不会丢", retry: true)

  static let signAnew = Problem(
    status: 401, code: signAnewCode, detail: "请求是按别的时间或汇总点重启之前签的", hint: "请再同步一次", retry: true)

  static let replayed = Problem(
    status: 401, code: "replayed", detail: "同一个请求不能用两次", hint: "请再同步一次", retry: true)

  static let otherHub = Problem(
    status: 421, code: "otherHub", detail: "请求是发给另一个汇总点的", hint: "请核对汇总点地址", retry: false)

  static let badSignature = Problem(
    status: 401, code: "badSignature", detail: "请求没有可信的设备签名", hint: "请用 unitcli sync 同步", retry: false)

  static let digestMismatch = Problem(
    status: 400, code: "digestMismatch", detail: "收到的内容与签名不符", hint: "请再同步一次", retry: true)

  static let tooLarge = Problem(
    status: 413, code: "tooLarge", detail: "一次送来的内容超出上限", hint: "请升级本机软件后再试", retry: false)

  static let lengthRequired = Problem(
    status: 411, code: "lengthRequired", detail: "请求没有写明长度", hint: "请升级本机软件后再试", retry: false)

  static let unknownDevice = Problem(
    status: 403, code: "unknownDevice", detail: "这台设备还没有在汇总点登记",
    hint: "请用上级发来的邀请加入（unitcli join），或等上级汇总点同步后再试", retry: true)

  static let deviceStopped = Problem(
    status: 403, code: deviceStoppedCode, detail: "汇总点说这台设备已被停用，不再收它的内容",
    hint: "没有送出的内容都在本机：请运行 unitcli bundle export 文件，交给上级管理员收下，核对后可用 unitcli device accept 认可；误停的可以恢复", retry: false)
}
