import SyncModel

/// Invitations among what people type and paste.
extension Invitation {
  /// Fewer characters are no invitation; names of files, hashes and ids are shorter.
  private static let leastCodeLength = 100

  /// What follows the scheme in `text`, or all of a text that is nothing but a code; nil where there is neither.
  static func code(in text: String) -> String? {
    if let match = text.firstMatch(of: #/(?i)unitsync[:：][/／]{2}join[/／]([A-Za-z0-9_=+\/-]*)/#) {
      return String(match.1).replacing("=", with: "")
    }
    let bare = text.trimmingBlanks()
    guard let match = bare.wholeMatch(of: #/(?:(?:[/／]{2})?join[/／])?([A-Za-z0-9_-]+)=*/#),
      match.1.count >= leastCodeLength
    else { return nil }
    return String(match.1)
  }

  /// True where `text` is meant as an invitation and not as the name of a file.
  public static func isTyped(_ text: String) -> Bool { code(in: text) != nil }

  /// `text` with every invitation in it cut down to its beginning: a message may quote what somebody typed.
  public static func concealed(in text: String) -> String {
    text.replacing(#/(?i)(unitsync[:：][/／]{2}join[/／])[A-Za-z0-9_=+\/-]+/#) { $0.1 + "…" }
      .replacing(#/[A-Za-z0-9_-]{100,}/#) { match in
        // Keys and hashes in hexadecimal stay: people compare them.
        match.output.allSatisfy { "0123456789abcdef".contains($0) } ? match.output : "…"
      }
  }
}
