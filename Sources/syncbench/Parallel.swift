import Dispatch
import Synchronization

/// Runs `body` for 0 ..< `count` on all processors and returns the results in order; the first error ends it.
func inParallel<Result: Sendable>(_ count: Int, _ body: @Sendable (Int) throws -> Result) throws -> [Result] {
  let state = Mutex<(results: [Int: Result], error: (any Error)?)>(([:], nil))
  DispatchQueue.concurrentPerform(iterations: count) { index in
    if state.withLock({ $0.error != nil }) { return }
    do {
      let result = try body(index)
      state.withLock { $0.results[index] = result }
    } catch {
      state.withLock { $0.error = $0.error ?? error }
    }
  }
  let (results, error) = state.withLock { ($0.results, $0.error) }
  if let error { throw error }
  return (0..<count).compactMap { results[$0] }
}
