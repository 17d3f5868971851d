import Synchronization

/// Group commit: what comes while the writer is busy gathers, and is done at once when its turn comes, with one wait for the disk for
/// all. Nobody waits for company: with nothing under way a call is done alone, at once.
final class CommitGroup<Call: Sendable, Answer: Sendable>: Sendable {
  private struct Waiting {
    let call: Call
    let byteCount: Int
    let answer: @Sendable (Result<Answer, any Error>) -> Void
  }

  private struct State {
    var waiting: [Waiting] = []
    var isRunning = false
  }

  private let limit: (calls: Int, bytes: Int)
  private let perform: @Sendable ([Call]) -> [Result<Answer, any Error>]
  private let lane: Lane
  private let state = Mutex(State())

  /// - Parameters:
  ///   - calls: done at once, at most.
  ///   - bytes: of calls that are done at once, at most; one alone may have more.
  ///   - perform: returns an answer for each call in order, once all of them are safe. Never called twice at a time.
  init(
    _ label: String, calls: Int, bytes: Int, perform: @escaping @Sendable ([Call]) -> [Result<Answer, any Error>]
  ) {
    precondition(calls > 0, "nothing would ever be done")
    limit = (calls, bytes)
    self.perform = perform
    lane = Lane(label, width: 1)
  }

  /// How many wait for their turn.
  var waiting: Int { state.withLock { $0.waiting.count } }

  func answer(_ call: Call, byteCount: Int) async throws -> Answer {
    try await withCheckedThrowingContinuation { continuation in
      add(Waiting(call: call, byteCount: byteCount) { continuation.resume(with: $0) })
    }
  }

  private func add(_ waiting: Waiting) {
    let starts = state.withLock { state in
      state.waiting.append(waiting)
      defer { state.isRunning = true }
      return !state.isRunning
    }
    if starts { lane.add { self.drain() } }
  }

  private func drain() {
    while let group = next() {
      let answers = perform(group.map(\.call))
      precondition(answers.count == group.count, "every call is answered")
      for (waiting, answer) in zip(group, answers) { waiting.answer(answer) }
    }
  }

  /// nil where nobody waits: whoever comes next begins anew.
  private func next() -> [Waiting]? {
    state.withLock { state in
      var (count, bytes) = (0, 0)
      for waiting in state.waiting.prefix(limit.calls) {
        let (sum, overflows) = bytes.addingReportingOverflow(waiting.byteCount)
        // The first goes whatever it brings.
        guard count == 0 || (!overflows && sum <= limit.bytes) else { break }
        count += 1
        bytes = overflows ? .max : sum
      }
      if count == 0 {
        state.isRunning = false
        return nil
      }
      defer { state.waiting.removeFirst(count) }
      return Array(state.waiting[..<count])
    }
  }
}
