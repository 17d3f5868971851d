/// Text that somebody else wrote (another replica, a hub, a file, whoever typed it) as it may be shown. Nothing in it steers a
/// terminal, turns the order of reading around or passes for a line of ours; nothing of it is dropped without a trace.
///
/// Each sink has one function that text goes through: ``line(_:)`` for a line of a terminal, a table or a log,
/// ``paragraphs(_:)`` for papers, ``json(_:)`` for JSON, ``quoted(_:)`` for a sentence that is told as somebody else's.
public enum VisibleText {
  /// Stands where a line ended.
  public static let lineEndMark = "⏎"
  /// Characters of somebody else's sentence that are told.
  public static let quoteLimit = 300

  /// On one line: line ends of every kind become ⏎, tabs a blank, what steers `\u{1B}`. What is on one line already comes
  /// back as it is.
  public static func line(_ text: String) -> String {
    shown(text) { scalar in
      if scalar == "\t" { return " " }
      return endsLine(scalar) ? lineEndMark : steers(scalar) ? code(scalar) : nil
    }
  }

  /// With its line ends and tabs: what steers becomes `\u{202E}`, as it can be read on paper.
  public static func paragraphs(_ text: String) -> String {
    shown(text) { scalar in
      if scalar == "\t" || endsLine(scalar) { return nil }
      return steers(scalar) || isNoncharacter(scalar) ? code(scalar) : nil
    }
  }

  /// `“…”`: one line, cut at ``quoteLimit``, and without a quotation mark that would end the quotation.
  public static func quoted(_ text: String) -> String {
    let line = line(text).replacing("“", with: "‘").replacing("”", with: "’")
    return "“" + (line.count > quoteLimit ? line.prefix(quoteLimit) + "…" : line) + "”"
  }

  /// A JSON string with its quotation marks. What cannot be seen stands there as `\u`, so nothing is lost and nothing acts.
  public static func json(_ text: String) -> String {
    var json = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": json += "\\\""
      case "\\": json += "\\\\"
      case "\n": json += "\\n"
      case "\r": json += "\\r"
      case "\t": json += "\\t"
      default: append(scalar, to: &json)
      }
    }
    return json + "\""
  }

  /// JSON that an encoder made on one line, which escapes less: what cannot be seen stands in its strings alone.
  public static func jsonDocument(_ document: String) -> String {
    var json = ""
    for scalar in document.unicodeScalars { append(scalar, to: &json) }
    return json
  }

  private static func append(_ scalar: Unicode.Scalar, to json: inout String) {
    guard isInvisible(scalar) else { return json.unicodeScalars.append(scalar) }
    for unit in scalar.utf16 {
      let digits = String(unit, radix: 16)
      json += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    }
  }

  /// `text` without line ends of any kind, at which it is cut: at least one piece.
  public static func lines(of text: String) -> [String] {
    text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).map(String.init)
  }

  // MARK: Scalars

  /// Where a new line begins whatever the writing (UAX #14): LF, VT, FF, CR, NEL, LS, PS.
  static func endsLine(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x0A...0x0D, 0x85, 0x2028, 0x2029: true
    default: false
    }
  }

  /// Controls, and what turns the order of reading around.
  static func steers(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0..<0x20, 0x7F..<0xA0: true
    case 0x061C, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x206F, 0xFFF9...0xFFFB: true
    default: false
    }
  }

  /// XML has no place for them.
  private static func isNoncharacter(_ scalar: Unicode.Scalar) -> Bool { [0xFFFE, 0xFFFF].contains(scalar.value) }

  private static func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.value < 0x7F { return scalar.value < 0x20 }
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator: return true
    default: return isNoncharacter(scalar)
    }
  }

  private static func code(_ scalar: Unicode.Scalar) -> String {
    "\\u{" + String(scalar.value, radix: 16, uppercase: true) + "}"
  }

  /// - Parameter other: what stands in a scalar's place; nil for itself.
  private static func shown(_ text: String, _ other: (Unicode.Scalar) -> String?) -> String {
    guard text.unicodeScalars.contains(where: { other($0) != nil }) else { return text }
    var shown = ""
    var afterReturn = false
    for scalar in text.unicodeScalars {
      defer { afterReturn = scalar == "\r" }
      guard let other = other(scalar) else {
        shown.unicodeScalars.append(scalar)
        continue
      }
      // CR LF is one line end.
      if scalar == "\n", afterReturn, other == lineEndMark { continue }
      shown += other
    }
    return shown
  }
}
