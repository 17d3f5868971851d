import SyncModel

/// What a program may write on standard output or beside it. It is made here alone, by one function for each kind of text, so
/// that whatever somebody else wrote stays where it was put: inside one line.
public struct ScreenText: Hashable, Sendable {
  public let text: String

  private init(_ text: String) { self.text = text }

  /// One line with its end, whatever stands in it.
  public static func line(_ line: String) -> ScreenText { ScreenText(VisibleText.line(line) + "\n") }

  /// One line each.
  public static func lines(_ lines: [String]) -> ScreenText {
    ScreenText(lines.map { VisibleText.line($0) + "\n" }.joined())
  }

  /// A question, behind which the answer is typed.
  public static func question(_ text: String) -> ScreenText { ScreenText(VisibleText.line(text)) }

  /// A line drawn over the one that was drawn last.
  /// - Parameter ends: the next one begins below it.
  public static func redrawn(_ line: String, ends: Bool = false) -> ScreenText {
    ScreenText("\r" + VisibleText.line(line) + (ends ? "\n" : ""))
  }

  /// The line that was drawn last goes.
  public static func cleared(columns: Int) -> ScreenText {
    ScreenText("\r" + String(repeating: " ", count: columns) + "\r")
  }

  /// With other names for paths that only this run knows.
  public func naming(_ names: [(path: String, shown: String)]) -> ScreenText {
    ScreenText(
      names.reduce(text) { $0.replacing($1.path, with: $1.shown.replacing("\"", with: "”").replacing("\\", with: "＼")) }
    )
  }

  /// Text whose own rules keep apart what somebody wrote: JSON, CSV, a page of help. Its line ends stay.
  public static func document(_ text: String) -> ScreenText { ScreenText(VisibleText.paragraphs(text)) }
}
