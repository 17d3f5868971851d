/// File names that every system takes, made of what people typed.
public enum SafeFileName {
  /// UTF-8 bytes; most file systems stop at 255 with the extension.
  static let byteLimit = 180
  /// What no name may hold on Windows, and what separates folders elsewhere.
  private static let forbidden: Set<Unicode.Scalar> = ["/", "\\", ":", "*", "?", "\"", "<", ">", "|"]
  /// Names of devices on Windows, whatever extension follows.
  private static let devices: Set<String> = Set(
    ["con", "prn", "aux", "nul"] + (0...9).flatMap { ["com\($0)", "lpt\($0)"] })

  /// `text` with `_` for what a file name cannot hold; never empty, never hidden, never a path.
  public static func name(_ text: String) -> String {
    var name = ""
    for scalar in text.unicodeScalars {
      let isOdd: Bool
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned, .privateUse: isOdd = true
      default: isOdd = forbidden.contains(scalar)
      }
      let next = isOdd ? "_" : String(scalar)
      if name.utf8.count + next.utf8.count > byteLimit { break }
      name += next
    }
    // Windows drops dots and blanks at the end; a dot at the start hides.
    while let last = name.last, last == "." || last.isWhitespace { name.removeLast() }
    while let first = name.first, first == "." || first.isWhitespace { name.removeFirst() }
    let stem = name.prefix { $0 != "." }.lowercased()
    return name.isEmpty || devices.contains(stem) ? "_" + name : name
  }
}
