import Foundation
import SyncModel

/// Comma- or tab-separated text (RFC 4180) as WPS and Excel write it: UTF-8, or GB18030 where Windows is Chinese.
enum DelimitedText {
  /// GB 18030 among Foundation's external encodings.
  private static let gb18030 = String.Encoding(rawValue: 0x8000_0632)

  static func sheet(_ bytes: [UInt8], limits: SheetLimits) throws(ImportError) -> Sheet {
    let body = bytes.dropFirst(bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0)
    if body.contains(where: { $0 < 0x20 && ![0x09, 0x0A, 0x0D].contains($0) }) { throw .notSpreadsheet("内容不是文字") }
    guard let text = String(validating: body, as: UTF8.self) ?? String(data: Data(body), encoding: gb18030) else {
      throw .notSpreadsheet("文字编码不是 UTF-8 或 GB18030")
    }
    // What many web systems hand out as “.xls”.
    if text.drop(while: \.isWhitespace).hasPrefix("<") { throw .notSpreadsheet("这是网页") }
    if text.hasPrefix("%PDF") { throw .notSpreadsheet("这是 PDF") }
    return Sheet(name: "", rows: try rows(text, limits: limits))
  }

  private static func rows(_ text: String, limits: SheetLimits) throws(ImportError) -> [Sheet.Row] {
    let firstLine = text.prefix { !$0.isNewline }
    let separator: Character = firstLine.contains("\t") ? "\t" : ","
    var rows: [Sheet.Row] = []
    var cells: [Int: String] = [:]
    var column = 0
    var number = 1
    var budget = limits.cells
    var cell = ""
    var isQuoted = false
    func closeCell() throws(ImportError) {
      let content = CSVWriter.withoutApostrophe(cell.trimmed).trimmed
      cell = ""
      defer { column += 1 }
      if content.isEmpty { return }
      if column >= limits.columns { throw .tooLarge("列数", limit: "\(limits.columns)") }
      if content.utf8.count > limits.cellBytes {
        throw .tooLarge("一个单元格的文字", limit: "\(limits.cellBytes >> 10) KiB")
      }
      budget -= 1
      if budget < 0 { throw .tooLarge("有内容的单元格", limit: "\(limits.cells) 个") }
      cells[column] = content
    }
    var characters = text.makeIterator()
    var next = characters.next()
    while let character = next {
      next = characters.next()
      if isQuoted {
        if character != "\"" {
          cell.append(character)
        } else if next == "\"" {
          cell.append("\"")
          next = characters.next()
        } else {
          isQuoted = false
        }
      } else if character == "\"", cell.isEmpty {
        isQuoted = true
      } else if character == separator {
        try closeCell()
      } else if character.isNewline {
        try closeCell()
        if !cells.isEmpty { rows.append(Sheet.Row(number: number, cells: cells)) }
        cells = [:]
        column = 0
        number += 1
      } else {
        cell.append(character)
      }
    }
    if isQuoted { throw .damaged("引号没有成对") }
    try closeCell()
    if !cells.isEmpty { rows.append(Sheet.Row(number: number, cells: cells)) }
    return rows
  }
}
