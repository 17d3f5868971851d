import SyncModel

/// The visible worksheets of an .xlsx, in their order; or a .csv as a single one.
public struct Workbook: Sendable {
  public var sheets: [Sheet]

  /// Reads the file at `path`, of which at most ``SheetLimits/fileBytes`` are ever held.
  public init(path: String, limits: SheetLimits = SheetLimits()) throws(ImportError) {
    do {
      try self.init(bytes: try BoundedFile.read(path, limits: limits), limits: limits)
    } catch {
      throw error.aboutSheet
    }
  }

  /// Reads a spreadsheet held in memory: .xlsx (Transitional or Strict), or comma- or tab-separated text in UTF-8 or
  /// GB18030. Hostile bytes throw; they never trap.
  public init(bytes: [UInt8], limits: SheetLimits = SheetLimits()) throws(ImportError) {
    do {
      try BoundedFile.check(bytes, limits: limits)
      if try FileSignature.isArchive(bytes, old: .oldSheetFormat) {
        sheets = try Self.sheets(of: bytes, limits: limits)
      } else {
        sheets = [try DelimitedText.sheet(bytes, limits: limits)]
      }
    } catch {
      throw error.aboutSheet
    }
  }

  private static let usualPart = "xl/workbook.xml"

  private static func sheets(of bytes: [UInt8], limits: SheetLimits) throws(ImportError) -> [Sheet] {
    var package = try OfficePackage(
      bytes: bytes, parts: [PackageRelationships.part(of: ""), usualPart, PackageRelationships.part(of: usualPart)],
      limits: limits)
    let workbookPart = try package.relationships(of: "", limits: limits)?.first("officeDocument") ?? usualPart
    try package.load(
      [workbookPart, PackageRelationships.part(of: workbookPart)].filter { package.parts[$0] == nil }, from: bytes,
      limits: limits)
    guard let workbook = package.parts[workbookPart], workbookPart.hasPrefix("xl/") else {
      throw .notSpreadsheet(ArchiveKind.name(package.names).map(ImportError.isA) ?? "压缩包内没有工作簿")
    }
    let list = SheetList(limit: limits.sheets)
    try MarkupParser.parse(workbook, part: workbookPart, as: .sheet, limits: limits, handler: list)
    let targets = try package.relationships(of: workbookPart, limits: limits)?.targets ?? []
    let parts = Dictionary(
      targets.filter { $0.kind == "worksheet" }.map { ($0.id, $0.part) }, uniquingKeysWith: { first, _ in first })

    let wanted = list.sheets.map { (name: $0.name, part: parts[$0.relationship]) }
    let strings = targets.first { $0.kind == "sharedStrings" }?.part
    let missing = (wanted.compactMap(\.part) + (strings.map { [$0] } ?? [])).filter { package.parts[$0] == nil }
    try package.load(missing, from: bytes, limits: limits)
    var budget = limits.cells
    let shared = SharedStrings(limits: limits)
    if let strings, let part = package.parts[strings] {
      try MarkupParser.parse(part, part: strings, as: .sheet, limits: limits, handler: shared)
    }
    var sheets: [Sheet] = []
    for (name, part) in wanted {
      // A chart sheet has no part of this vocabulary; one that is missing altogether is a damaged file.
      guard let part, let content = package.parts[part] else { throw .damaged("缺少工作表“\(name.excerpt())”") }
      let reader = WorksheetReader(part: part, shared: shared.strings, budget: budget, limits: limits)
      try MarkupParser.parse(content, part: part, as: .sheet, limits: limits, handler: reader)
      budget = reader.budget
      var sheet = Sheet(name: name, rows: try reader.filledRows(&budget))
      sheet.merges = reader.merges
      sheet.widths = reader.widths
      sheet.isLandscape = reader.isLandscape
      sheet.margins = reader.margins
      sheets.append(sheet)
    }
    return sheets
  }
}

/// Sheets as workbook.xml lists them; hidden ones are left out.
private final class SheetList: MarkupHandler {
  private(set) var sheets: [(name: String, relationship: String)] = []
  private let limit: Int

  init(limit: Int) {
    self.limit = limit
  }

  func begin(_ element: MarkupElement) throws(ImportError) {
    guard element.name == "sheet", ["visible", nil].contains(element.plain("state")) else { return }
    if sheets.count == limit { throw .tooLarge("工作表", limit: "\(limit) 张") }
    sheets.append((element.plain("name") ?? "", element.prefixed("id") ?? ""))
  }

  func text(_ text: String) {}
  func end(_ name: String) throws(ImportError) {}
}

/// sharedStrings.xml: texts that cells name by their place. How a word is read aloud (拼音) is no part of it.
private final class SharedStrings: MarkupHandler {
  private(set) var strings: [String] = []
  private let limits: SheetLimits
  private var text = RichText()

  init(limits: SheetLimits) {
    self.limits = limits
  }

  func begin(_ element: MarkupElement) throws(ImportError) {
    if element.name == "si" { text = RichText() }
    text.begin(element.name)
  }

  func text(_ text: String) { self.text.add(text, limit: limits.cellBytes) }

  func end(_ name: String) throws(ImportError) {
    text.end(name)
    guard name == "si" else { return }
    if text.isTooLong { throw .tooLarge("一个单元格的文字", limit: "\(limits.cellBytes >> 10) KiB") }
    if strings.count == limits.cells { throw .tooLarge("不同的文字", limit: "\(limits.cells) 条") }
    strings.append(SheetText.unescaped(text.content))
  }
}

/// The `<t>` pieces of a string item, without those of its phonetic runs.
struct RichText {
  private(set) var content = ""
  private(set) var isTooLong = false
  private var isText = false
  private var phonetic = 0

  mutating func begin(_ name: String) {
    if name == "t" { isText = true }
    if name == "rPh" { phonetic += 1 }
  }

  mutating func add(_ text: String, limit: Int) {
    guard isText, phonetic == 0 else { return }
    if content.utf8.count + text.utf8.count > limit { isTooLong = true } else { content += text }
  }

  mutating func end(_ name: String) {
    if name == "t" { isText = false }
    if name == "rPh" { phonetic -= 1 }
  }
}
