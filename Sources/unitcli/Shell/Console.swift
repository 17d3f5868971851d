import Foundation
import SyncEngine
import SyncReports
import Synchronization

/// Everything a command sees of the world around it: where it writes, whom it asks, what time it is. Tests hand in
/// another one.
struct Console: Sendable {
  enum Stream: Sendable {
    case out
    case error
  }

  var write: @Sendable (Stream, String) -> Void
  /// True where some of what was written on standard output did not get there.
  var lostOutput: @Sendable () -> Bool = { false }
  /// The next line of standard input without its end; nil at its end.
  var readLine: @Sendable () -> String?
  /// True where a person sits at standard input.
  var isInteractive: Bool
  var columns: Int
  var environment: [String: String]
  var timeZone: TimeZone
  var wallMilliseconds: @Sendable () -> UInt64
  var hostName: @Sendable () -> String

  /// Columns where no terminal says: what prints on A4 in a fixed font.
  static let defaultColumns = 100

  /// Without what would steer a terminal or turn the order of reading around: texts come from other units' devices.
  static func printable(_ text: String) -> String {
    String(
      String.UnicodeScalarView(
        text.unicodeScalars.filter { scalar in
          switch scalar.value {
          case 0x09, 0x0a, 0x0d: true
          case 0..<0x20, 0x7f..<0xa0, 0x202a...0x202e, 0x2066...0x2069, 0x200e, 0x200f: false
          default: true
          }
        }))
  }

  private static let systemLostOutput = Atomic(false)

  /// The process's own.
  static var system: Console {
    Console(
      write: { stream, text in
        let handle = stream == .out ? FileHandle.standardOutput : FileHandle.standardError
        let failure = Platform.write(Array(printable(text).utf8), to: handle.fileDescriptor)
        // A reader that has gone away, as `| head` does, is not this command's failure.
        if stream == .out, failure != 0, failure != Platform.readerGone {
          systemLostOutput.store(true, ordering: .relaxed)
        }
      },
      lostOutput: { systemLostOutput.load(ordering: .relaxed) },
      readLine: { Swift.readLine() },
      isInteractive: Platform.standardInputIsTerminal && Platform.standardOutputIsTerminal,
      columns: Platform.terminalColumns ?? defaultColumns,
      environment: ProcessInfo.processInfo.environment, timeZone: .current,
      wallMilliseconds: { Platform.wallMilliseconds }, hostName: { ProcessInfo.processInfo.hostName })
  }
}
