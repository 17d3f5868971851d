import Dispatch
import SyncEngine

/// A hub's time during one run of its process: the wall clock when it started, moved on by a clock that never jumps.
///
/// A wall clock that is set back must not make an old request young again.
struct HubClock: Sendable {
  private let startWall: UInt64
  private let startSteady: UInt64
  private let steady: @Sendable () -> UInt64

  /// - Parameters:
  ///   - wallMilliseconds: since 1970, now.
  ///   - steady: milliseconds from some moment on, never backward.
  init(wallMilliseconds: UInt64, steady: @escaping @Sendable () -> UInt64) {
    startWall = wallMilliseconds
    startSteady = steady()
    self.steady = steady
  }

  static var system: HubClock {
    HubClock(wallMilliseconds: Platform.wallMilliseconds) { DispatchTime.now().uptimeNanoseconds / 1_000_000 }
  }

  /// Milliseconds since the start, for rates and expiry.
  var steadyMilliseconds: UInt64 { steady() - startSteady }
  var wallMilliseconds: UInt64 { startWall + steadyMilliseconds }
  var wallSeconds: Int64 { Int64(wallMilliseconds / 1000) }
}
