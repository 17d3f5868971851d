import Dispatch
import Foundation
import SyncEngine
import SyncReports
import Synchronization

/// Everything a command sees of the world around it: where it writes, whom it asks, what time it is. Tests hand in
/// another one.
struct Console: Sendable {
  typealias Stream = StandardOutput.Stream

  var write: @Sendable (Stream, ScreenText) -> Void
  /// True where some of what was written on standard output did not get there.
  var lostOutput: @Sendable () -> Bool = { false }
  /// The next line of standard input without its end; nil at its end.
  var readLine: @Sendable () -> String?
  /// True where a person sits at standard input.
  var isInteractive: Bool
  var columns: Int
  /// True where a person watches standard error: progress may be drawn on it.
  var showsProgress = false
  /// From some moment on, never backward.
  var steadyMilliseconds: @Sendable () -> UInt64 = { 0 }
  var environment: [String: String]
  var wallMilliseconds: @Sendable () -> UInt64
  var hostName: @Sendable () -> String

  /// The same, which writes other names for paths that only this run knows.
  func naming(_ names: [(path: String, shown: String)]) -> Console {
    if names.isEmpty { return self }
    var console = self
    console.write = { [write] stream, text in write(stream, text.naming(names)) }
    return console
  }

  /// Columns where no terminal says: what prints on A4 in a fixed font.
  static let defaultColumns = 100

  private static let systemLostOutput = Atomic(false)

  /// The process's own.
  static var system: Console {
    Console(
      write: { stream, text in
        if !StandardOutput.write(text, to: stream) { systemLostOutput.store(true, ordering: .relaxed) }
      },
      lostOutput: { systemLostOutput.load(ordering: .relaxed) },
      readLine: { Swift.readLine() },
      isInteractive: Platform.standardInputIsTerminal && Platform.standardOutputIsTerminal,
      columns: Platform.terminalColumns ?? defaultColumns, showsProgress: Platform.standardErrorIsTerminal,
      steadyMilliseconds: { DispatchTime.now().uptimeNanoseconds / 1_000_000 },
      environment: ProcessInfo.processInfo.environment, wallMilliseconds: { Platform.wallMilliseconds },
      hostName: { ProcessInfo.processInfo.hostName })
  }
}
