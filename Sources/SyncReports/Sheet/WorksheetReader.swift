import SyncModel

/// One worksheet part: cells and merged ranges.
final class WorksheetReader: MarkupHandler {
  private let part: String
  private let shared: [String]
  private let limits: SheetLimits
  /// Cells that the workbook may still hold.
  private(set) var budget: Int
  private var rows: [Sheet.Row] = []
  private(set) var merges: [Sheet.Merge] = []
  private(set) var widths: [Int: Int] = [:]
  private(set) var isLandscape = false
  private(set) var margins: [String] = []
  private var widthCount = 0
  private var marginText: String?

  private var row = 0
  private var column = -1
  private var cell: (kind: String, value: String, text: RichText)?
  private var isValue = false
  private var isTooLong = false

  init(part: String, shared: [String], budget: Int, limits: SheetLimits) {
    self.part = part
    self.shared = shared
    self.budget = budget
    self.limits = limits
  }

  func begin(_ element: MarkupElement) throws(ImportError) {
    switch element.name {
    case "row":
      // Both numbers may be left out: then it is the next one.
      let number = try element.plain("r").map { (text) throws(ImportError) in try position(text) } ?? row + 1
      if number <= row { throw .malformedMarkup(part: part, "行号没有依次递增") }
      row = number
      column = -1
      rows.append(Sheet.Row(number: number, cells: [:]))
    case "c":
      if rows.isEmpty { throw .malformedMarkup(part: part, "单元格不在行内") }
      if let text = element.plain("r") {
        guard let place = CellPlace(text), place.row == row else { throw .malformedMarkup(part: part, "单元格位置有误") }
        column = place.column
      } else {
        column += 1
      }
      cell = (element.plain("t") ?? "n", "", RichText())
    case "v": isValue = true
    case "mergeCell":
      if merges.count == limits.merges { throw .tooLarge("合并单元格", limit: "\(limits.merges) 处") }
      if let range = element.plain("ref").flatMap(Sheet.Merge.init) { merges.append(range) }
    case "col": try readWidth(element)
    case "pageSetup": isLandscape = element.plain("orientation") == "landscape"
    case "oddHeader", "oddFooter", "evenHeader", "evenFooter", "firstHeader", "firstFooter": marginText = ""
    default: break
    }
    cell?.text.begin(element.name)
  }

  /// One width for a run of columns, in characters of the usual font: seven pixels each and five between them.
  private func readWidth(_ element: MarkupElement) throws(ImportError) {
    widthCount += 1
    if widthCount > limits.widths { throw .tooLarge("列宽", limit: "\(limits.widths) 处") }
    guard let first = element.plain("min").flatMap({ Int($0) }), let last = element.plain("max").flatMap({ Int($0) }),
      let width = element.plain("width").flatMap({ Double($0) }), (0...255).contains(width), first > 0, first <= last
    else { return }
    let twips = element.plain("hidden") == "1" ? 0 : Int((width * 7 + 5) * 15)
    for column in first...max(min(last, limits.columns), first) where column <= limits.columns {
      widths[column - 1] = min(twips, Template.widthLimit)
    }
  }

  func text(_ text: String) {
    if marginText != nil, text.utf8.count <= limits.cellBytes { marginText? += text }
    guard cell != nil else { return }
    if isValue {
      if (cell?.value.utf8.count ?? 0) + text.utf8.count > limits.cellBytes {
        isTooLong = true
      } else {
        cell?.value += text
      }
    }
    cell?.text.add(text, limit: limits.cellBytes)
  }

  func end(_ name: String) throws(ImportError) {
    cell?.text.end(name)
    if name == "v" { isValue = false }
    if name.hasSuffix("Header") || name.hasSuffix("Footer"), let text = marginText {
      margins.append(text)
      marginText = nil
    }
    guard name == "c", let done = cell else { return }
    cell = nil
    if isTooLong || done.text.isTooLong { throw .tooLarge("一个单元格的文字", limit: "\(limits.cellBytes >> 10) KiB") }
    let text = try content(done.kind, done.value.trimmed, done.text.content).trimmed
    if text.isEmpty { return }
    if column >= limits.columns { throw .tooLarge("列数", limit: "\(limits.columns)") }
    budget -= 1
    if budget < 0 { throw .tooLarge("有内容的单元格", limit: "\(limits.cells) 个") }
    rows[rows.count - 1].cells[column] = text
  }

  private func position(_ text: String) throws(ImportError) -> Int {
    guard text.utf8.count <= CellPlace.digitLimit, let number = Int(text), number > 0 else {
      throw .malformedMarkup(part: part, "行号有误")
    }
    return number
  }

  private func content(_ kind: String, _ value: String, _ inline: String) throws(ImportError) -> String {
    switch kind {
    case "s":
      if value.isEmpty { return "" }
      guard let index = Int(value), shared.indices.contains(index) else {
        throw .malformedMarkup(part: part, "单元格引用了没有的文字")
      }
      return shared[index]
    case "inlineStr": return SheetText.unescaped(inline)
    case "b": return value == "1" ? "TRUE" : "FALSE"
    case "n": return Self.number(value)
    default: return value
    }
  }

  /// `7.0` as people see it: 7. What is no whole number stays as it is written.
  private static func number(_ text: String) -> String {
    guard let number = Double(text), number.magnitude < 1e15, let whole = Int(exactly: number) else { return text }
    return String(whole)
  }

  /// The rows that hold something, the text of a cell merged over several rows in each row it covers.
  func filledRows(_ budget: inout Int) throws(ImportError) -> [Sheet.Row] {
    var rows = rows
    for merge in merges where merge.rows.count > 1 {
      let (first, column) = (merge.rows.lowerBound, merge.columns.lowerBound)
      // Rows ascend: the first that is not above the range.
      let low = rows.firstSorted { $0.number >= first }
      guard low < rows.count, rows[low].number == first, let text = rows[low].cells[column] else { continue }
      for index in rows.indices[(low + 1)...].prefix(while: { merge.rows.contains(rows[$0].number) }) {
        budget -= 1
        if budget < 0 { throw .tooLarge("有内容的单元格", limit: "\(limits.cells) 个") }
        if rows[index].cells[column] == nil { rows[index].cells[column] = text }
      }
    }
    return rows.filter { !$0.cells.isEmpty }
  }
}

/// `B12`.
struct CellPlace {
  /// From 1.
  let row: Int
  /// From 0.
  let column: Int

  static let digitLimit = 7
  private static let letterLimit = 3

  /// nil for anything else.
  init?(_ text: some StringProtocol) {
    let text = String(text).filter { $0 != "$" }
    let letters = text.prefix { $0.isASCII && $0.isUppercase }
    let digits = text.dropFirst(letters.count)
    guard (1...Self.letterLimit).contains(letters.count), (1...Self.digitLimit).contains(digits.count),
      digits.allSatisfy(\.isASCIIDigit), let row = Int(digits), row > 0
    else { return nil }
    self.row = row
    column = letters.utf8.reduce(0) { $0 * 26 + Int($1 - UInt8(ascii: "A")) + 1 } - 1
  }
}

extension Sheet.Merge {
  /// `A3:B12`; nil for anything else.
  fileprivate init?(_ text: String) {
    let parts = text.split(separator: ":")
    guard parts.count == 2, let start = CellPlace(parts[0]), let end = CellPlace(parts[1]), start.row <= end.row,
      start.column <= end.column
    else { return nil }
    self.init(rows: start.row...end.row, columns: start.column...end.column)
  }
}

extension RandomAccessCollection where Index == Int {
  /// The first index whose element is in the second half; `endIndex` where none is. The halves must be sorted.
  func firstSorted(_ isInSecondHalf: (Element) -> Bool) -> Int {
    var (low, high) = (startIndex, endIndex)
    while low < high {
      let middle = low + (high - low) / 2
      if isInSecondHalf(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
