import SyncModel

/// Rows of sums 合计 that offices put under or into a list: they say how many there are, and are none themselves.
enum TotalRow {
  private static let words = ["合计", "小计", "总计", "共计", "累计", "总数", "合计数"]

  /// `合 计`, `合计：`, `（小计）`, `小计（个）`, `共计12个`, `共1个`, `计算机学院小计`.
  static func isTotal(_ text: String) -> Bool {
    var plain = text.compared
    // What is counted stands behind it in brackets.
    if let unit = plain.firstMatch(of: #/^(.+)\([^()]{1,4}\)$/#) { plain = String(unit.1) }
    plain = plain.filter { !"()[]【】*".contains($0) }
    if plain.contains(#/^共[0-9]+.?$/#) { return true }
    return words.contains { word in
      if plain.hasSuffix(word) { return true }
      guard plain.hasPrefix(word), let next = plain.dropFirst(word.count).first else { return false }
      return next == ":" || next.isASCIIDigit
    }
  }
}
