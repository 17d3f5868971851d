/// Builds a document's blocks from the elements of `word/document.xml` as they stream by; no tree of XML is kept.
///
/// Elements it does not know (`w:ins`, `w:hyperlink`, `w:smartTag`, `w:sdt`, …) are transparent: their text is the
/// paragraph's.
final class BodyReader: MarkupHandler {
  /// What does not show as running text: deleted revisions, field codes, earlier formatting, readings above characters.
  private static let skipped: Set<String> = [
    "moveFrom", "delText", "instrText", "delInstrText", "pPrChange", "rPrChange", "tblPrChange", "trPrChange",
    "tcPrChange", "tblGridChange", "sectPrChange", "numberingChange", "rt",
  ]
  /// Of these only what stands in a text box counts.
  private static let drawings: Set<String> = ["drawing", "pict", "object"]

  private(set) var blocks: [WordBlock] = []
  /// Some of the text is another file (`altChunk`), which is not read.
  private(set) var hasForeignBody = false

  private let limits: WordLimits
  private var numberer: ParagraphNumberer
  private var blockCount = 0
  private var textBytes = 0
  private var path: [String] = []
  /// Length of `path` where a skipped element began; nil outside of one.
  private var skippedDepth: Int?
  private var flow = TextFlow()
  /// Those that a text box interrupts, outermost first, and the length of `path` where it began.
  private var outerFlows: [(flow: TextFlow, depth: Int)] = []
  /// For each `mc:AlternateContent` that is open, whether one of its branches was read.
  private var alternatives: [Bool] = []
  /// Where the page whose orientation comes next began.
  private var sectionStart = 0
  private var isLandscape = false

  init(numberer: ParagraphNumberer, limits: WordLimits) {
    self.numberer = numberer
    self.limits = limits
  }

  func begin(_ element: MarkupElement) throws(ImportError) {
    let parent = path.last
    path.append(element.name)
    if skippedDepth != nil { return }
    switch element.name {
    case "other:AlternateContent": alternatives.append(false)
    case "other:Choice", "other:Fallback":
      // The same content in the words of newer and of older programs: the first that is there.
      if let last = alternatives.indices.last {
        if alternatives[last] { skippedDepth = path.count }
        alternatives[last] = true
      }
    case "txbxContent":
      outerFlows.append((flow, path.count))
      flow = TextFlow()
    default:
      if flow.drawingDepth != nil { return }
      if Self.drawings.contains(element.name) {
        flow.drawingDepth = path.count
      } else if Self.skipped.contains(element.name), !(element.name == "moveFrom" && parent == "rPr") {
        skippedDepth = path.count
      } else {
        try read(element, in: parent)
      }
    }
  }

  private func read(_ element: MarkupElement, in parent: String?) throws(ImportError) {
    switch (element.name, parent) {
    case ("p", _):
      try countBlock()
      closeParagraph()
      flow.paragraph = OpenParagraph(text: flow.carried ?? "")
      flow.carried = nil
    case ("tbl", _):
      try countBlock()
      closeRun()
      if let table = flow.table { flow.outerTables.append(table) }
      flow.table = OpenTable()
    case ("tr", _):
      try countBlock()
      flow.table?.row = OpenRow()
    case ("tc", _):
      try countBlock()
      flow.table?.row?.cell = OpenCell()
    case (_, "trPr"), (_, "tcPr"), (_, "tblGrid"): readTable(element)
    case ("altChunk", _): hasForeignBody = true
    case ("sectPr", _): isLandscape = false
    case ("pgSz", "sectPr"):
      let (width, height) = (Measure.twips(element["w"]) ?? 0, Measure.twips(element["h"]) ?? 0)
      isLandscape = element["orient"] == "landscape" || width > height
    case ("sdt", _): flow.placeholders.append(false)
    case ("showingPlcHdr", "sdtPr"):
      if let last = flow.placeholders.indices.last { flow.placeholders[last] = element.isOn }
    default: readText(element, in: parent)
    }
  }

  private func readTable(_ element: MarkupElement) {
    switch element.name {
    case "gridCol": flow.table?.addWidth(Measure.twips(element["w"]) ?? 0, limit: limits.columns)
    case "del": flow.table?.row?.isDeleted = true
    case "hidden": if element.isOn { flow.table?.row?.isDeleted = true }
    case "gridBefore": flow.table?.row?.nextColumn = Self.columns(element, limits, least: 0)
    case "gridSpan": flow.table?.row?.cell?.span = Self.columns(element, limits, least: 1)
    case "vMerge": flow.table?.row?.cell?.continuesAbove = element.value != "restart"
    case "hMerge": flow.table?.row?.cell?.continuesLeft = element.value != "restart"
    // A merge that is still a proposal: the accepted view has it.
    case "cellMerge": if element["vMerge"] == "cont" { flow.table?.row?.cell?.continuesAbove = true }
    case "cellDel": flow.table?.row?.cell?.isDeleted = true
    case "tcW":
      if ["dxa", nil].contains(element["type"]) {
        flow.table?.row?.cell?.width = Measure.twips(element["w"]) ?? 0
      }
    default: break
    }
  }

  private func readText(_ element: MarkupElement, in parent: String?) {
    let isOfMark = parent == "rPr" && path.dropLast(2).last == "pPr"
    switch (element.name, parent) {
    case ("del", "rPr"), ("moveFrom", "rPr"): if isOfMark { flow.paragraph?.runsOn = true }
    case ("del", _): skippedDepth = path.count
    case ("vanish", "rPr"):
      guard element.isOn else { return }
      if isOfMark { flow.paragraph?.runsOn = true }
      if path.dropLast(2).last == "r" { flow.hiddenRunDepth = path.count - 2 }
    case ("fldChar", "r"): flow.fieldChanges(element["fldCharType"])
    case ("pStyle", "pPr"): flow.paragraph?.numbering.style = element.value
    case ("numId", "numPr"): flow.paragraph?.numbering.instance = element.value
    case ("ilvl", "numPr"): flow.paragraph?.numbering.level = element.value.flatMap { Int($0) }
    case ("jc", "pPr"): flow.paragraph?.isCentred = element.value == "center"
    case ("br", "r"), ("cr", "r"): flow.append("\n")
    case ("tab", "r"), ("ptab", "r"): flow.append("\t")
    case ("noBreakHyphen", "r"): flow.append("-")
    case ("sym", "r"): flow.append(SymbolFont.text(element["char"]))
    default: break
    }
  }

  func text(_ text: String) {
    textBytes += text.utf8.count
    if skippedDepth == nil, path.last == "t", flow.drawingDepth == nil { flow.append(text) }
  }

  func end(_ name: String) throws(ImportError) {
    defer { path.removeLast() }
    if textBytes > limits.textBytes { throw .tooLarge("文字", limit: "\(limits.textBytes >> 20) MiB") }
    if let depth = skippedDepth {
      if depth == path.count { skippedDepth = nil }
      return
    }
    switch name {
    case "other:AlternateContent": _ = alternatives.popLast()
    case "txbxContent": closeBox()
    default:
      if let depth = flow.drawingDepth {
        if depth == path.count { flow.drawingDepth = nil }
      } else {
        try close(name)
      }
    }
  }

  private func close(_ name: String) throws(ImportError) {
    switch name {
    case "r": if flow.hiddenRunDepth.map({ $0 >= path.count }) ?? false { flow.hiddenRunDepth = nil }
    case "p": closeParagraph()
    case "tc": try closeCell()
    case "tr": flow.table?.closeRow()
    case "sdt": _ = flow.placeholders.popLast()
    case "sectPr":
      // Properties at the end of a section's last paragraph, or of the body: they are for what stands before.
      guard outerFlows.isEmpty else { return }
      flow.turnTables(from: sectionStart, isLandscape: isLandscape)
      sectionStart = flow.blocks.count
    case "body":
      closeRun()
      blocks += flow.blocks
      flow = TextFlow()
    case "tbl":
      closeRun()
      guard let finished = flow.table else { return }
      flow.table = flow.outerTables.popLast()
      flow.append(.table(WordTable(rows: finished.rows, widths: finished.widths)))
    default: break
    }
  }

  private func countBlock() throws(ImportError) {
    blockCount += 1
    if blockCount > limits.blocks { throw .tooLarge("段落、表格和单元格", limit: "\(limits.blocks) 个") }
  }

  private func closeParagraph() {
    flow.endFieldCodes()
    guard let open = flow.paragraph else { return }
    flow.paragraph = nil
    if open.runsOn {
      flow.carried = open.text
      return
    }
    let label = numberer.label(for: open.numbering)
    flow.append(.paragraph(WordParagraph(label: label, text: open.text, isCentred: open.isCentred)))
  }

  /// Closes the paragraph where no further one follows that carried text could join.
  private func closeRun() {
    closeParagraph()
    if let carried = flow.carried { flow.append(.paragraph(WordParagraph(text: carried))) }
    flow.carried = nil
  }

  private func closeCell() throws(ImportError) {
    closeRun()
    guard let row = flow.table?.row, let cell = row.cell else { return }
    let end = row.nextColumn + cell.span
    if end > limits.columns { throw .tooLarge("表格的列", limit: "\(limits.columns) 列") }
    flow.table?.row?.add(cell, upTo: end)
  }

  /// A box in the page's own text stands before the paragraph that it is anchored to. In a table cell only a table in
  /// a box is taken: marks and pointers drawn over a form are no part of its texts.
  private func closeBox() {
    closeRun()
    guard let outer = outerFlows.last, outer.depth == path.count else { return }
    outerFlows.removeLast()
    let boxed = flow.blocks
    flow = outer.flow
    let hasTable = boxed.contains { if case .table = $0 { true } else { false } }
    if hasTable || flow.table == nil { for block in boxed { flow.append(block) } }
  }

  private static func columns(_ element: MarkupElement, _ limits: WordLimits, least: Int) -> Int {
    min(max(element.value.flatMap { Int($0) } ?? least, least), limits.columns + 1)
  }
}
