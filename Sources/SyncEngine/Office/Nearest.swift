/// Names closest to what was typed, for hints.
enum Nearest {
  /// Up to `limit` of `names`: containing ones first, then those that share most characters, then by edit distance.
  static func names(_ text: String, among names: [String], limit: Int = 3) -> [String] {
    names.map { name in
      let contained = !text.isEmpty && (name.contains(text) || text.contains(name))
      return (
        name: name, missing: contained ? 0 : text.count - shared(text, name),
        distance: distance(Array(text), Array(name))
      )
    }
    .sorted { ($0.missing, $0.distance, $0.name) < ($1.missing, $1.distance, $1.name) }
    .prefix(limit).map(\.name)
  }

  /// Characters of `left` that `right` has too, each counted as often as both have it.
  private static func shared(_ left: String, _ right: String) -> Int {
    var rest = Array(right)
    return left.reduce(0) { count, character in
      guard let index = rest.firstIndex(of: character) else { return count }
      rest.remove(at: index)
      return count + 1
    }
  }

  private static func distance(_ left: [Character], _ right: [Character]) -> Int {
    var row = Array(0...right.count)
    for (i, character) in left.enumerated() {
      var diagonal = row[0]
      row[0] = i + 1
      for (j, other) in right.enumerated() {
        let above = row[j + 1]
        row[j + 1] = min(above + 1, row[j] + 1, diagonal + (character == other ? 0 : 1))
        diagonal = above
      }
    }
    return row[right.count]
  }
}
