import SyncModel

/// Rows in aligned columns on a terminal. What is too wide wraps inside its own column; a column without any text in its
/// cells is left out.
public struct TextTable: Sendable {
  public struct Column: Sendable {
    public var title: String
    public var alignment: DisplayWidth.Alignment
    /// Wrapping columns give up width first, down to ``leastWidth``.
    public var wraps: Bool

    public init(_ title: String, _ alignment: DisplayWidth.Alignment = .left, wraps: Bool = false) {
      self.title = title
      self.alignment = alignment
      self.wraps = wraps
    }
  }

  public static let gap = 2
  static let leastWidth = 8

  public let columns: [Column]
  private var rows: [Row] = []

  private enum Row: Sendable {
    case cells([String])
    case heading(String)
  }

  public init(_ columns: [Column]) {
    self.columns = columns
  }

  /// One row, a cell a column; missing ones are empty.
  public mutating func add(_ cells: [String]) {
    // What somebody typed neither begins a line of the table nor has a width that a terminal decides.
    let cells = cells.map(VisibleText.line)
    rows.append(.cells(cells + Array(repeating: "", count: max(0, columns.count - cells.count))))
  }

  /// A line across the whole table, above the rows it heads.
  public mutating func addHeading(_ text: String) {
    rows.append(.heading(VisibleText.line(text)))
  }

  public var isEmpty: Bool { rows.isEmpty }

  /// - Parameter width: the terminal's columns.
  public func lines(width: Int) -> [String] {
    let filled = columns.indices.filter { index in
      rows.contains { row in
        if case .cells(let cells) = row { !cells[index].isEmpty } else { false }
      }
    }
    guard filled.count < columns.count, !filled.isEmpty else { return wholeLines(width: width) }
    var table = TextTable(filled.map { columns[$0] })
    for row in rows {
      switch row {
      case .cells(let cells): table.add(filled.map { cells[$0] })
      case .heading(let text): table.addHeading(text)
      }
    }
    return table.wholeLines(width: width)
  }

  private func wholeLines(width: Int) -> [String] {
    let widths = fit(naturalWidths, into: width)
    var lines: [String] = []
    if columns.contains(where: { !$0.title.isEmpty }) {
      lines += Self.line(of: columns.map(\.title), widths, columns)
      lines.append(String(repeating: "─", count: min(width, widths.reduce(0, +) + Self.gap * (columns.count - 1))))
    }
    for row in rows {
      switch row {
      case .cells(let cells): lines += Self.line(of: cells, widths, columns)
      case .heading(let text): lines += LineWrap.lines(text, columns: width)
      }
    }
    return lines
  }

  private var naturalWidths: [Int] {
    var widths = columns.map { DisplayWidth.of($0.title) }
    for case .cells(let cells) in rows {
      for index in widths.indices {
        widths[index] = max(widths[index], DisplayWidth.of(cells[index]))
      }
    }
    return widths
  }

  /// Takes what is too much from the widest wrapping column, a column at a time.
  private func fit(_ natural: [Int], into width: Int) -> [Int] {
    var widths = natural
    var excess = widths.reduce(0, +) + Self.gap * (columns.count - 1) - width
    while excess > 0 {
      guard
        let widest = widths.indices.filter({ columns[$0].wraps && widths[$0] > Self.leastWidth })
          .max(by: { widths[$0] < widths[$1] })
      else { break }
      widths[widest] -= 1
      excess -= 1
    }
    return widths
  }

  private static func line(of cells: [String], _ widths: [Int], _ columns: [Column]) -> [String] {
    let wrapped = zip(cells, widths).map { LineWrap.lines($0, columns: $1) }
    return (0..<(wrapped.map(\.count).max() ?? 0)).map { number in
      var line = ""
      for (index, lines) in wrapped.enumerated() {
        let text = number < lines.count ? lines[number] : ""
        line += DisplayWidth.pad(text, to: widths[index], alignment: columns[index].alignment)
        if index + 1 < wrapped.count { line += String(repeating: " ", count: gap) }
      }
      while line.last == " " { line.removeLast() }
      return line
    }
  }
}
