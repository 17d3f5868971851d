import Foundation
import SyncEngine

/// What both programs write for people and scripts, on standard output or beside it.
public enum StandardOutput {
  public enum Stream: Sendable {
    case out
    case error
  }

  /// Without what would steer a terminal or turn the order of reading around: texts come from other units' devices.
  public static func printable(_ text: String) -> String {
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

  /// - Returns: false where standard output did not take all of it, as into a file on a full disk. A reader that has gone
  ///   away, as `| head` does, is not the command's failure.
  public static func write(_ text: String, to stream: Stream = .out) -> Bool {
    let handle = stream == .out ? FileHandle.standardOutput : FileHandle.standardError
    let failure = Platform.write(Array(printable(text).utf8), to: handle.fileDescriptor)
    return stream == .error || failure == 0 || failure == Platform.readerGone
  }
}
