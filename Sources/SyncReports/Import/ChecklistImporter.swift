import SyncModel

/// Finds the checklists 表样 in a Word document or a workbook: indicator guides, score sheets, task lists, schedules and
/// forms.
///
/// A table is known by the words of its header, not by its place. Tables of one header that only blank lines separate are
/// one template; a title between them begins another. Everything else, such as the notice 通知 in front, is passed over.
public enum ChecklistImporter {
  /// More doubts than a person will read; a real document has a few dozen.
  private static let flagLimit = 500
  /// Tables that are templates; real documents have at most a handful.
  private static let templateLimit = 200

  /// Items of all templates of a file; the longest real one has a few hundred.
  static let itemLimit = 5_000

  /// The document's templates in order.
  ///
  /// - Throws: ``ImportError/Code/noChecklist`` where no table has a header that is known;
  ///   ``ImportError/Code/secrecyMark`` where the document carries 密级 anywhere, also in what is passed over.
  public static func templates(in document: WordDocument) throws(ImportError) -> [ImportedTemplate] {
    try templates(in: [document])
  }

  /// Those of several documents, none of which goes on in the next: the sheets of a workbook.
  static func templates(in documents: [WordDocument]) throws(ImportError) -> [ImportedTemplate] {
    for line in documents.lazy.flatMap(\.everyLine) {
      if let finding = PrivacyScan.secrecyMark(in: line) { throw .secrecyMark(finding) }
    }
    var assembler = TemplateAssembler()
    for document in documents {
      assembler.add(document.blocks)
      assembler.endDocument()
    }
    let found = assembler.finished
    if found.isEmpty { throw documents.contains(where: \.hasForeignBody) ? .foreignBody : .noChecklist }
    let items = found.reduce(0) { $0 + $1.template.items.count }
    if items > itemLimit { throw .tooLarge("一份文件中的条目", limit: "\(itemLimit) 项") }
    if found.count > templateLimit { throw .tooLarge("一份文档中的表样", limit: "\(templateLimit) 份") }
    var reviewer = TemplateReviewer(attachments: found.map { ($0.attachment, $0.template.title) })
    for document in documents { reviewer.learnNames(from: document) }
    var templates: [ImportedTemplate] = []
    for draft in found {
      if draft.template.bytes.count > Template.byteLimit {
        throw .tooLarge("一份表样的文字", limit: "\(Template.byteLimit >> 20) MiB")
      }
      var flags = draft.flags + reviewer.flags(for: draft.template, printedTotal: draft.printedTotal)
      if flags.count > flagLimit {
        flags = flags.prefix(flagLimit) + [.init(text: "", reason: "存疑超过 \(flagLimit) 处，后面的没有列出。")]
      }
      templates.append(ImportedTemplate(template: draft.template, flags: flags))
    }
    return templates
  }

  /// Reads the .docx or .xlsx at `path`, whatever its name, and finds its templates.
  public static func templates(path: String) throws(ImportError) -> [ImportedTemplate] {
    try templates(bytes: try BoundedFile.read(path, limits: WordLimits()))
  }

  /// Reads a .docx or .xlsx held in memory and finds its templates.
  public static func templates(bytes: [UInt8]) throws(ImportError) -> [ImportedTemplate] {
    try templates(in: documents(bytes: bytes))
  }

  /// The text of a .docx, or of each sheet of an .xlsx, told apart by what is in the file.
  static func documents(bytes: [UInt8]) throws(ImportError) -> [WordDocument] {
    let limits = WordLimits()
    try BoundedFile.check(bytes, limits: limits)
    let old = FileSignature.holdsOldSheet(bytes) ? ImportError.oldSheetFormat : .oldWordFormat
    guard try FileSignature.isArchive(bytes, old: old) else {
      throw .notWordDocument(FileSignature.name(of: bytes))
    }
    let package = try OfficePackage(bytes: bytes, parts: [PackageRelationships.part(of: "")], limits: limits)
    let body = try package.relationships(of: "", limits: limits)?.first("officeDocument")
    if body?.hasPrefix("xl/") ?? (ArchiveKind.name(package.names) == ArchiveKind.workbook) {
      let sheets = try Workbook(bytes: bytes, limits: .checklist).sheets
      // Strings that cells share weigh as much as they show.
      let text = sheets.reduce(0) { sum, sheet in
        sheet.rows.reduce(sum) { sum, row in row.cells.values.reduce(sum) { $0 + $1.utf8.count } }
      }
      if text > limits.textBytes { throw .tooLarge("文字", limit: "\(limits.textBytes >> 20) MiB") }
      return sheets.map { SheetDocument($0).document }
    }
    return [try WordDocument(bytes: bytes, limits: limits)]
  }
}

/// Gathers the rows of each template while the document's blocks pass by.
struct TemplateAssembler {
  struct Draft {
    var template: Template
    var flags: [ImportedTemplate.Flag] = []
    var printedTotal: Score?
    /// The 附件 the template belongs to, as the label above it says.
    var attachment: Int?
  }

  private enum Body {
    case outline(OutlineBuilder)
    case schedule(ScheduleBuilder)
    /// A form holds nothing but its header.
    case form
  }

  /// What people write between the halves of a table, compared.
  private static let continuedMarks: Set<String> = ["续表", "(续表)", "(续)", "续上表", "(续上表)", "接上表"]

  private(set) var finished: [Draft] = []
  private var current: (draft: Draft, header: TableHeader, body: Body)?
  /// Paragraphs since the last table.
  private var lines: [WordParagraph] = []
  private var attachment: Int?

  mutating func add(_ blocks: [WordBlock]) {
    for block in blocks {
      switch block {
      case .paragraph(let paragraph): lines.append(paragraph)
      case .table(let table): add(table)
      }
    }
  }

  private mutating func add(_ table: WordTable) {
    let isContinuation = lines.allSatisfy { $0.isBlank || Self.continuedMarks.contains($0.shown.compared) }
    if table.rows.allSatisfy({ $0.cells.count <= 1 }) {
      // A frame around the page: its content reads like the body itself.
      for cell in table.rows.flatMap(\.cells) { add(cell.blocks) }
    } else if let header = TableHeader(of: table) {
      if isContinuation, header.captions.isEmpty, header.fields.isEmpty, let current, current.header.matches(header) {
        add(table.rows[header.bodyStart...], under: header)
      } else {
        begin(header)
        add(table.rows[header.bodyStart...], under: header)
      }
      lines = []
    } else if isContinuation, let current, Self.goesOn(table, under: current.header) {
      add(table.rows[...], under: current.header)
      lines = []
    } else {
      close()
      lines = []
      // A table that only lays out the page may hold one in a cell.
      for cell in table.rows.flatMap(\.cells) where cell.holdsTable { add(cell.blocks) }
    }
  }

  /// A table without a header that has the columns of the one above and goes on with a number or an empty first cell.
  private static func goesOn(_ table: WordTable, under header: TableHeader) -> Bool {
    guard header.kind != .ledger, let row = table.rows.first(where: { !$0.isBlank }),
      row.cells.map(\.columns.lowerBound) == header.columns.map(\.start), let first = row.cells.first
    else { return false }
    let text = first.paragraphs.phrase
    return text.isEmpty || NumberedText(parsing: text).style != nil || Numerals.components(text) != nil
  }

  private mutating func add(_ rows: ArraySlice<WordRow>, under header: TableHeader) {
    switch current?.body {
    case .outline(var builder):
      builder.add(rows, under: header)
      current?.body = .outline(builder)
    case .schedule(var builder):
      builder.add(rows, under: header)
      current?.body = .schedule(builder)
    case .form, nil: break
    }
  }

  private mutating func begin(_ header: TableHeader) {
    close()
    attachment = lines.reversed().lazy.compactMap { AttachmentLabel($0.shown) }.first?.number ?? attachment
    let captions = header.captions.map { WordParagraph(text: $0, isCentred: true) }
    let found = TitleFinder.find(above: (lines + captions)[...])
    var title = found.title
    var flags: [ImportedTemplate.Flag] = []
    if title.isEmpty {
      title = header.kind.title
      flags.append(.init(text: "", reason: "表格上方没有找到标题，暂以“\(title)”为题，请补填。"))
    }
    let template = Template(
      title: title, kind: header.kind, audience: TitleFinder.audience(of: title),
      preface: Array((found.preface + header.fields).suffix(Template.columnLimit)), columns: header.templateColumns,
      isLandscape: header.isLandscape)
    let body: Body =
      switch header.kind {
      case .schedule: .schedule(ScheduleBuilder())
      case .ledger: .form
      default: .outline(OutlineBuilder(header: header))
      }
    current = (Draft(template: template, flags: flags, attachment: attachment), header, body)
  }

  /// Ends the template under way; the note under its table is taken off the lines read since.
  private mutating func close() {
    guard let (open, _, body) = current else { return }
    var draft = open
    current = nil
    let noteLength = NoteText.length(in: lines[...])
    var notes = lines.prefix(noteLength).filter { !$0.isBlank }.map(\.shown.trimmed)
    lines.removeFirst(noteLength)
    switch body {
    case .outline(let builder):
      draft.template.sections = builder.sections
      draft.flags += builder.flags
      draft.printedTotal = builder.printedTotal
      notes = builder.notes + notes
    case .schedule(let builder):
      draft.template.sections = builder.nodes
      draft.flags += builder.flags
    case .form: break
    }
    draft.template.note = notes.joined(separator: "\n")
    // Points in the titles make a guide a score sheet, whatever its columns are called.
    if draft.template.kind == .guide, draft.template.items.contains(where: { $0.node.points != nil }) {
      draft.template.kind = .scoreSheet
    }
    finished.append(draft)
  }

  /// Ends the document: what follows belongs to another one.
  mutating func endDocument() {
    close()
    lines = []
  }
}
