import SyncModel

/// Names of worksheets as Excel takes them, no two alike.
struct SheetNames {
  /// Excel's limit, in UTF-16 units.
  static let lengthLimit = 31
  private static let forbidden: Set<Character> = ["[", "]", ":", "*", "?", "/", "\\"]

  private var used: Set<String> = []

  var isEmpty: Bool { used.isEmpty }

  /// `wanted` without what Excel forbids, cut to its length, with （2） where the name is taken.
  mutating func name(_ wanted: String) -> String {
    let visible = MarkupBuffer.allowed(VisibleText.line(wanted)).map {
      $0.isNewline || $0 == "\t" || Self.forbidden.contains($0) ? "_" : $0
    }
    // An apostrophe may stand at neither end.
    var clean = String(visible).trimmed.trimming("'")
    // Excel keeps this one for itself.
    if clean.isEmpty || clean.lowercased() == "history" { clean = "表" + clean }
    var name = Self.cut(clean, to: Self.lengthLimit)
    var number = 2
    // Excel does not tell capitals apart.
    while !used.insert(name.lowercased()).inserted {
      let mark = "（\(number)）"
      name = Self.cut(clean, to: Self.lengthLimit - mark.utf16.count) + mark
      number += 1
    }
    return name
  }

  /// Whole characters only.
  private static func cut(_ text: String, to units: Int) -> String {
    var kept = ""
    for character in text {
      if kept.utf16.count + character.utf16.count > units { break }
      kept.append(character)
    }
    return kept.trimming("'")
  }
}

extension String {
  fileprivate func trimming(_ character: Character) -> String {
    String(drop { $0 == character }.reversed().drop { $0 == character }.reversed())
  }
}
