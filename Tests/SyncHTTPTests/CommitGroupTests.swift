import Foundation
import Synchronization
import Testing

@testable import syncd

/// Calls that gather while the writer is busy.
@Suite struct CommitGroupTests {
  /// Holds the first group up until it is let go, and remembers what each group was.
  private final class Writer: Sendable {
    private let gate = Mutex(true)
    let groups = Mutex<[[Int]]>([])

    /// Blocks its thread until ``open()``.
    func perform(_ calls: [Int]) -> [Result<Int, any Error>] {
      groups.withLock { $0.append(calls) }
      while isHeld { sched_yield() }
      return calls.map { $0 < 0 ? .failure(Negative()) : .success($0 * 2) }
    }

    private var isHeld: Bool { gate.withLock { $0 } }
    func open() { gate.withLock { $0 = false } }
  }

  private struct Negative: Error {}

  /// - Returns: what each group was, the first being `calls[0]` alone while the others came.
  private func groups(_ calls: [(call: Int, bytes: Int)], limit: (calls: Int, bytes: Int)) async throws -> [[Int]] {
    let writer = Writer()
    let group = CommitGroup<Int, Int>("test", calls: limit.calls, bytes: limit.bytes) { writer.perform($0) }
    try await withThrowingTaskGroup(of: Void.self) { tasks in
      for (index, next) in calls.enumerated() {
        tasks.addTask {
          do {
            let answer = try await group.answer(next.call, byteCount: next.bytes)
            #expect(answer == next.call * 2)
          } catch is Negative {
            #expect(next.call < 0)
          }
        }
        // In order: the first is under way, each other one stands behind it.
        if index == 0 {
          while writer.groups.withLock({ $0.isEmpty }) { await Task.yield() }
        } else {
          while group.waiting < index { await Task.yield() }
        }
      }
      writer.open()
      try await tasks.waitForAll()
    }
    return writer.groups.withLock { $0 }
  }

  @Test("what comes while a group is under way is done at once after it, in order, each with its own answer")
  func gathers() async throws {
    let groups = try await groups((1...5).map { ($0, 1) }, limit: (10, 100))
    #expect(groups == [[1], [2, 3, 4, 5]])
  }

  @Test("a group holds so many calls and so many bytes; a large one goes alone")
  func bounds() async throws {
    #expect(try await groups((1...6).map { ($0, 1) }, limit: (2, 100)) == [[1], [2, 3], [4, 5], [6]])
    let sized = [(1, 1), (2, 60), (3, 40), (4, 1), (5, 500), (6, 0), (7, 0)]
    #expect(try await groups(sized.map { ($0.0, $0.1) }, limit: (10, 100)) == [[1], [2, 3], [4], [5], [6, 7]])
  }

  @Test("one that fails is told so, and the others are not")
  func failure() async throws {
    #expect(try await groups([(1, 1), (-2, 1), (3, 1)], limit: (10, 100)) == [[1], [-2, 3]])
  }

  @Test("a lane runs no more at a time than it is wide, everything, and in order where it is one wide")
  func lanes() async {
    for width in [1, 3] {
      let lane = Lane("test", width: width)
      let state = Mutex((running: 0, most: 0, order: [Int]()))
      await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
        for number in 0..<200 {
          lane.add {
            state.withLock { state in
              state.running += 1
              state.most = max(state.most, state.running)
            }
            sched_yield()
            let isLast = state.withLock { state in
              state.running -= 1
              state.order.append(number)
              return state.order.count == 200
            }
            if isLast { continuation.resume() }
          }
        }
      }
      let (most, order) = state.withLock { ($0.most, $0.order) }
      #expect(most <= width && order.sorted() == Array(0..<200))
      if width == 1 { #expect(order == Array(0..<200)) }
    }
  }
}
