import SyncEngine
import SyncHTTP
import SyncModel
import Synchronization

/// What a request must pass before a byte of its body is read: rates, replays, and how much may be under way at one time.
/// All of it in bounded memory, none of it on the disk.
final class Gate: Sendable {
  let limit: HTTPLimit
  let clock: HubClock
  /// Requests are signed for one run of this process: what an earlier run has seen is of no use.
  let target: HubTarget

  private struct State {
    var addressRequests: RateTable<ClientAddress>
    var strangerRequests: RateTable<Int>
    var addressGuesses: RateTable<ClientAddress>
    var guesses: RateTable<Int>
    var deviceRequests: RateTable<DeviceID>
    var deviceBytes: RateTable<DeviceID>
    var fileRequests: RateTable<DeviceID>
    var nonces: NonceCache
    var exchanges: PlaceLine
    /// Those who wait in it.
    var waiting: [UInt64: @Sendable (Problem?) -> Void] = [:]
    var transfers: [DeviceID: Int] = [:]
    var joins = 0
  }

  private let state: Mutex<State>
  private static let all = 0

  init(device: DeviceID, limit: HTTPLimit, clock: HubClock) {
    self.limit = limit
    self.clock = clock
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
        exchanges: PlaceLine(limit)))
  }

  // MARK: Strangers

  /// Counts a request that no enrolled device has signed.
  /// - Throws: 429 where its address, or all addresses together, have had enough.
  func admitStranger(_ address: ClientAddress) throws(Problem) {
    let now = clock.steadyMilliseconds
    let wait = state.withLock { state in
      state.addressRequests.take(for: address, at: now) ?? state.strangerRequests.take(for: Self.all, at: now)
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

  // MARK: At one time

  /// Something under way that there may be only so many of; over when nobody holds it any more.
  final class Place: Sendable {
    private let end: @Sendable () -> Void
    private let resize: @Sendable (_ bytes: Int) -> Void

    fileprivate init(resize: @escaping @Sendable (_ bytes: Int) -> Void = { _ in }, end: @escaping @Sendable () -> Void)
    {
      self.end = end
      self.resize = resize
    }

    /// What is held in memory for it by now.
    func hold(_ bytes: Int) { resize(bytes) }

    deinit { end() }
  }

  /// A place among those whose bodies are held in memory; where there is none, waits for one in turn.
  ///
  /// - Parameter bytes: what the body may come to.
  /// - Throws: 503 where the device has enough under way, too many wait already, or none came free in time.
  func beginExchange(of device: DeviceID, bytes: Int) async throws(Problem) -> Place {
    let (ticket, isPlaced) = state.withLock { state in
      let ticket = state.exchanges.nextTicket()
      return (ticket, state.exchanges.enterAtOnce(ticket, of: device, bytes: bytes))
    }
    if !isPlaced, let refusal = await turn(of: ticket, device, bytes) { throw refusal }
    return Place { [self] bytes in
      letIn { $0.resize(ticket, to: bytes) }
    } end: { [self] in
      letIn { $0.leave(ticket) }
    }
  }

  /// How many wait for a place.
  var waitingExchanges: Int { state.withLock { $0.exchanges.waiting } }

  /// nil once it has a place.
  private func turn(of ticket: UInt64, _ device: DeviceID, _ bytes: Int) async -> Problem? {
    let timer = Task { [self] in
      try await Task.sleep(for: .milliseconds(limit.waitingMilliseconds))
      giveUp(ticket)
    }
    defer { timer.cancel() }
    return await withTaskCancellationHandler {
      await withCheckedContinuation { (continuation: CheckedContinuation<Problem?, Never>) in
        let entry = state.withLock { state in
          let entry = state.exchanges.enter(ticket, of: device, bytes: bytes)
          if entry == .waits { state.waiting[ticket] = { continuation.resume(returning: $0) } }
          return entry
        }
        switch entry {
        case .waits: break
        case .placed: continuation.resume(returning: nil)
        case .refused: continuation.resume(returning: Self.hubBusy)
        }
        // Given up before it stood in line.
        if entry == .waits, Task.isCancelled { giveUp(ticket) }
      }
    } onCancel: {
      giveUp(ticket)
    }
  }

  private static let hubBusy = Problem.busy("hubBusy", afterMilliseconds: 1000)

  /// Changes the line and tells those whose turn has come.
  private func letIn(_ change: (inout PlaceLine) -> [UInt64]) {
    let admitted = state.withLock { state in
      change(&state.exchanges).compactMap { state.waiting.removeValue(forKey: $0) }
    }
    for resume in admitted { resume(nil) }
  }

  private func giveUp(_ ticket: UInt64) {
    let resume = state.withLock { state -> (@Sendable (Problem?) -> Void)? in
      guard let resume = state.waiting.removeValue(forKey: ticket) else { return nil }
      state.exchanges.giveUp(ticket)
      return resume
    }
    // One that stood before others and needed much leaves room for them.
    letIn { $0.admitted() }
    resume?(Self.hubBusy)
  }

  /// A place among the requests for files.
  func beginTransfer(of device: DeviceID) throws(Problem) -> Place {
    let admitted = state.withLock { state in
      let all = state.transfers.values.reduce(0, +)
      guard all < limit.fileTransfers, state.transfers[device] ?? 0 < limit.fileTransfersPerDevice else { return false }
      state.transfers[device, default: 0] += 1
      return true
    }
    if !admitted { throw Problem.busy("hubBusy", afterMilliseconds: 1000) }
    return Place(end: { [self] in
      state.withLock { state in
        let left = (state.transfers[device] ?? 0) - 1
        state.transfers[device] = left > 0 ? left : nil
      }
    })
  }

  func beginJoin() throws(Problem) -> Place {
    let admitted = state.withLock { state in
      guard state.joins < limit.joins else { return false }
      state.joins += 1
      return true
    }
    if !admitted { throw Problem.busy("hubBusy", afterMilliseconds: 1000) }
    return Place(end: { [self] in state.withLock { $0.joins -= 1 } })
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
