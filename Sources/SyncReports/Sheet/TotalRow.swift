import SyncModel

/// Rows of sums 合计 that offices put under or into a list: they say how many there are, and are none themselves.
enum TotalRow {
  private static let words = ["合计", "小计", "总计", "共计", "累计", "总数", "合计数"]

  /// `合 计`, `合计：`, `（小计）`, `共计12个`, `计算机学院小计`.
  static func isTotal(_ text: String) -> Bool {
    let plain = text.compared.filter { !"()[]【】*".contains($0) }
    return words.contains { word in
      if plain.hasSuffix(word) { return true }
      guard plain.hasPrefix(word), let next = plain.dropFirst(word.count).first else { return false }
      return next == ":" || next.isASCIIDigit
    }
  }
}
