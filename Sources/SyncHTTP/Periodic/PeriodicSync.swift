import NIOCore

/// Performs what ``SyncSchedule`` decides: one round after another, never two at once, until it is cancelled.
public struct PeriodicSync: Sendable {
  /// What it needs of the world; tests hand in another one.
  public struct Surroundings: Sendable {
    /// By a clock that never goes back, also while the machine sleeps.
    public var nowMilliseconds: @Sendable () -> UInt64
    /// - Throws: `CancellationError` where it is to end.
    public var sleep: @Sendable (_ milliseconds: UInt64) async throws -> Void
    /// What this machine is called on its networks; another answer than before means that something was plugged in or out.
    public var addresses: @Sendable () -> Set<String>

    public init(
      nowMilliseconds: @escaping @Sendable () -> UInt64, sleep: @escaping @Sendable (UInt64) async throws -> Void,
      addresses: @escaping @Sendable () -> Set<String>
    ) {
      self.nowMilliseconds = nowMilliseconds
      self.sleep = sleep
      self.addresses = addresses
    }

    public static var system: Surroundings {
      let start = ContinuousClock.now
      return Surroundings(
        nowMilliseconds: {
          let passed = start.duration(to: .now).components
          return UInt64(max(0, passed.seconds)) * 1000 + UInt64(max(0, passed.attoseconds) / 1_000_000_000_000_000)
        },
        sleep: { try await Task.sleep(for: .milliseconds(Int64($0)), clock: .continuous) },
        addresses: {
          let devices = (try? System.enumerateDevices()) ?? []
          return Set(devices.compactMap { $0.address.map { "\($0)" } })
        })
    }
  }

  /// What happened, for whoever keeps a log or looks on.
  public enum Event<Round: Sendable>: Sendable {
    case round(Round, lastedMilliseconds: UInt64)
    /// The first round after nobody had answered for so long.
    case cameBack(Round, lastedMilliseconds: UInt64, awayMilliseconds: UInt64)
    case wentOffline(any Error)
    case failed(any Error, nextMilliseconds: UInt64)
    /// Another process of this workspace is at it.
    case taken
    /// Ended in the middle of a round: what had come is stored.
    case stoppedInRound
  }

  /// While nobody answers, this machine's networks are looked at so often.
  static let watchMilliseconds: UInt64 = 2_000

  private let every: Interval
  private let surroundings: Surroundings

  public init(every: Interval, surroundings: Surroundings = .system) {
    self.every = every
    self.surroundings = surroundings
  }

  /// Returns once cancelled, be it by its task or by a `CancellationError` of what it was given.
  ///
  /// - Parameters:
  ///   - round: one synchronisation, from its beginning to its end.
  ///   - endsOn: errors that no later round can cure; nil of them by default.
  ///   - tell: called after every round that says something new.
  /// - Throws: what `endsOn` chose, and what `tell` throws.
  public func run<Round: Sendable>(
    _ round: () async throws -> Round, endsOn: (any Error) -> Bool = { _ in false },
    tell: (Event<Round>) throws -> Void
  ) async throws {
    var generator = SystemRandomNumberGenerator()
    try await run(round, endsOn: endsOn, using: &generator, tell: tell)
  }

  func run<Round: Sendable>(
    _ round: () async throws -> Round, endsOn: (any Error) -> Bool = { _ in false },
    using generator: inout some RandomNumberGenerator, tell: (Event<Round>) throws -> Void
  ) async throws {
    var schedule = SyncSchedule(every: every)
    while true {
      let began = surroundings.nowMilliseconds()
      schedule.begin(at: began)
      let ended: Result<Round, any Error>
      do { ended = .success(try await round()) } catch { ended = .failure(error) }
      if case .failure(let error) = ended {
        if error is CancellationError || Task.isCancelled { return try tell(.stoppedInRound) }
        if endsOn(error) { throw error }
      }
      let now = surroundings.nowMilliseconds()
      let next = schedule.end(SyncSchedule.Ending(ended), at: now, using: &generator)
      if let event = Self.event(of: ended, next, lasted: now - min(began, now)) { try tell(event) }
      do {
        if try await wait(next) { schedule.networkChanged() }
      } catch is CancellationError {
        return
      }
    }
  }

  private static func event<Round: Sendable>(
    of ended: Result<Round, any Error>, _ next: SyncSchedule.Next, lasted: UInt64
  ) -> Event<Round>? {
    switch (ended, next.word) {
    case (.success(let round), .cameBack(let away)):
      .cameBack(round, lastedMilliseconds: lasted, awayMilliseconds: away)
    case (.success(let round), _): .round(round, lastedMilliseconds: lasted)
    case (.failure(let error), .wentOffline): .wentOffline(error)
    case (.failure(let error), .failed): .failed(error, nextMilliseconds: next.waitMilliseconds)
    case (.failure, .taken): .taken
    case (.failure, _): nil
    }
  }

  /// - Returns: true where it ended early because this machine's networks changed.
  private func wait(_ next: SyncSchedule.Next) async throws -> Bool {
    guard next.watchesNetwork else {
      try await surroundings.sleep(next.waitMilliseconds)
      return false
    }
    let before = surroundings.addresses()
    var left = next.waitMilliseconds
    while left > 0 {
      let step = min(left, Self.watchMilliseconds)
      try await surroundings.sleep(step)
      left -= step
      if surroundings.addresses() != before { return true }
    }
    return false
  }
}

extension SyncSchedule.Ending {
  fileprivate init(_ ended: Result<some Any, any Error>) {
    switch ended {
    case .success: self = .done
    case .failure(let error): self.init(error)
    }
  }
}
