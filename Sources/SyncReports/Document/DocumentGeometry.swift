extension DocumentTable {
  /// `total` divided among the columns by their weights, each at least 1; they add up to `total` where it is large enough.
  func shares(of total: Int) -> [Int] {
    let sum = weights.reduce(0, +)
    var ends = weights.reduce(into: [0.0]) { $0.append(($0.last ?? 0) + $1) }.map {
      Int(($0 / sum * Double(total)).rounded())
    }
    for index in ends.indices.dropFirst() { ends[index] = max(ends[index], ends[index - 1] + 1) }
    return zip(ends.dropFirst(), ends).map { $0 - $1 }
  }
}

extension DocumentSection {
  /// Without one it is running text.
  var hasTable: Bool { blocks.contains { if case .table = $0 { true } else { false } } }

  /// The table that has most columns.
  var widestTable: DocumentTable? {
    blocks.compactMap { if case .table(let table) = $0 { table } else { nil } }.max { $0.columns < $1.columns }
  }
}

/// Where the fields of one line begin.
enum FieldLine {
  /// Ascending shares of the line, 0 ..< 1; the first is 0.
  static func positions(_ fields: [DocumentField]) -> [Double] {
    var positions: [Double] = []
    for (index, field) in fields.enumerated() {
      let wanted = field.position ?? Double(index) / Double(fields.count)
      positions.append(index == 0 ? 0 : min(max(wanted, (positions.last ?? 0) + 0.01), 0.99))
    }
    return positions
  }
}
