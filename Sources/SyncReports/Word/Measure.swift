import SyncModel

/// Lengths as Word writes them.
enum Measure {
  /// Twentieths of a point in each unit that the Strict form may name (ISO 29500-1 §22.9.2.15).
  private static let units = ["pt": 20.0, "pc": 240, "pi": 240, "in": 1440, "cm": 1440 / 2.54, "mm": 144 / 2.54]

  /// In twentieths of a point, at most ``Template/widthLimit``; nil for a percentage or anything that is no length.
  static func twips(_ text: String?) -> Int? {
    guard let text else { return nil }
    let unit = units[String(text.suffix(2))]
    guard let number = Double(unit == nil ? text : String(text.dropLast(2))), number.isFinite, number >= 0 else {
      return nil
    }
    return Int(min(number * (unit ?? 1), Double(Template.widthLimit)).rounded())
  }
}

/// Characters of the fonts Wingdings and Symbol that stand in forms.
enum SymbolFont {
  private static let characters: [String: String] = [
    "F0A8": "□", "F06F": "□", "F071": "□", "F0A3": "□", "F0FE": "☑", "F052": "☑", "F0FD": "☒", "F054": "☒",
    "F0FC": "√", "F050": "√", "F0FB": "×", "F04F": "×", "F0B7": "·", "F06C": "●", "F06E": "■", "F0D8": "➢",
    "F081": "①", "F082": "②", "F083": "③", "F084": "④", "F085": "⑤", "F086": "⑥", "F087": "⑦", "F088": "⑧",
    "F089": "⑨", "F08A": "⑩",
  ]

  /// Empty for one that is not known: no text is better than a wrong one.
  static func text(_ code: String?) -> String {
    guard let code = code?.uppercased() else { return "" }
    return characters[code] ?? characters["F0" + code.suffix(2)] ?? ""
  }
}
