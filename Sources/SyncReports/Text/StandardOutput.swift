import Foundation
import SyncEngine

/// What both programs write for people and scripts, on standard output or beside it.
public enum StandardOutput {
  public enum Stream: Sendable {
    case out
    case error
  }

  /// - Returns: false where standard output did not take all of it, as into a file on a full disk. A reader that has gone
  ///   away, as `| head` does, is not the command's failure.
  public static func write(_ text: ScreenText, to stream: Stream = .out) -> Bool {
    let handle = stream == .out ? FileHandle.standardOutput : FileHandle.standardError
    let failure = Platform.write(Array(text.text.utf8), to: handle.fileDescriptor)
    return stream == .error || failure == 0 || failure == Platform.readerGone
  }
}
