import SyncModel

/// A paper as an office knows it: titles, lines above a table, tables, running text, notes. It says what stands on the
/// page, never how a format spells it; ``DocumentFile`` writes it as .docx, .xlsx, .csv or .html.
///
///     var sheet = DocumentTable(weights: [1, 3, 6, 1, 1], headerRows: 1)
///     sheet.rows = [["序号", "项目", "督查内容及方式", "分值", "得分"], …]
///     let paper = OfficeDocument(
///       title: "专项督查评分表",
///       sections: [DocumentSection(blocks: [.title("专项督查评分表"), .fields([DocumentField("党总支名称", name)]), .table(sheet)])],
///       checkCode: "7KQ2-M4XD", properties: ["unitsync.unit": path])
///     try DocumentFile.write(paper, format: .docx, to: "评分表.docx")
public struct OfficeDocument: Hashable, Sendable {
  /// What programs list the file as; it does not stand on the page.
  public var title: String
  /// Each begins on a new page (.docx, .html) or is a worksheet (.xlsx). In .csv they follow one another.
  public var sections: [DocumentSection]
  /// Stands at the foot of every page as 校验码, beside the page's number; in .csv and .html at the end. nil for none.
  public var checkCode: String?
  /// Facts that travel inside .docx and .xlsx and survive editing there; read again by ``PackageProperties``. Nothing
  /// secret belongs here.
  public var properties: [String: String]

  public init(
    title: String, sections: [DocumentSection], checkCode: String? = nil, properties: [String: String] = [:]
  ) {
    self.title = VisibleText.line(title)
    self.sections = sections
    self.checkCode = checkCode
    self.properties = properties
  }
}

/// Pages of one size, their content from top to bottom.
public struct DocumentSection: Hashable, Sendable {
  /// The worksheet's name in .xlsx, cleaned and told apart there as Excel demands; the document's title where empty.
  public var name: String
  public var page: PageSetup
  public var blocks: [DocumentBlock]

  public init(name: String = "", page: PageSetup = .portrait, blocks: [DocumentBlock]) {
    self.name = name
    self.page = page
    self.blocks = blocks
  }
}

/// Sheets of A4, 210 × 297 mm, with the margins of the documents that come down.
public enum PageSetup: Hashable, Sendable {
  case portrait
  case landscape

  public static let shortEdgeMillimetres = 210.0
  public static let longEdgeMillimetres = 297.0
  /// Above and below.
  public static let marginMillimetres = 25.0
  /// Left and right.
  public static let sideMarginMillimetres = 22.0

  public var widthMillimetres: Double { self == .portrait ? Self.shortEdgeMillimetres : Self.longEdgeMillimetres }
  public var heightMillimetres: Double { self == .portrait ? Self.longEdgeMillimetres : Self.shortEdgeMillimetres }
  /// What is left between the side margins.
  public var textWidthMillimetres: Double { widthMillimetres - 2 * Self.sideMarginMillimetres }
}

/// One thing below another on the page.
public enum DocumentBlock: Hashable, Sendable {
  case paragraph(DocumentParagraph)
  /// Fields on one line: 填报单位：…    截止时间：…
  case fields([DocumentField])
  case table(DocumentTable)

  /// The section's title, centred.
  public static func title(_ text: String) -> Self { .paragraph(DocumentParagraph(text, as: .title)) }
  /// 附件1, above the title.
  public static func attachment(_ text: String) -> Self { .paragraph(DocumentParagraph(text, as: .attachment)) }
  /// Small text under a table: 备注：…
  public static func note(_ text: String) -> Self { .paragraph(DocumentParagraph(text, as: .note)) }
  /// Running text of a report, indented by two characters.
  public static func text(_ text: String) -> Self { .paragraph(DocumentParagraph(text, as: .body)) }
  /// - Parameter level: 1 for 一、, 2 for （一）, 3 for `1.`; the number is part of the text.
  public static func heading(_ text: String, level: Int) -> Self {
    .paragraph(DocumentParagraph(text, as: level <= 1 ? .heading1 : level == 2 ? .heading2 : .heading3))
  }
}

/// Text between line ends; a line end inside begins a new paragraph of the same kind.
public struct DocumentParagraph: Hashable, Sendable {
  /// What it is in an official document (GB/T 9704), from which its look follows.
  public enum Kind: String, CaseIterable, Hashable, Sendable {
    /// 方正小标宋, centred.
    case title
    /// Below the title, centred: the unit, the date, （征求意见稿）.
    case subtitle
    /// 附件1: 黑体, flush left.
    case attachment
    /// 一、…: 黑体.
    case heading1
    /// （一）…: 楷体.
    case heading2
    /// 1.…: 仿宋, bold.
    case heading3
    /// 仿宋, first line indented by two characters.
    case body
    /// Flush left and smaller, under a table.
    case note
    /// 落款: the unit and the date at the right edge.
    case signature
  }

  public var kind: Kind
  /// One paragraph each.
  public var lines: [TextLine]

  public init(_ text: String, as kind: Kind) {
    self.init(lines: TextLine.lines(of: text), as: kind)
  }

  public init(lines: [TextLine], as kind: Kind) {
    self.lines = lines
    self.kind = kind
  }
}

/// 填报单位：教师一支部.
public struct DocumentField: Hashable, Sendable {
  /// With its colon as it is to stand there, or without: one is added where it ends in none.
  public var label: String
  public var value: String
  /// Where it begins, as a share of the text width, 0 ..< 1; nil divides the line evenly.
  public var position: Double?

  public init(_ label: String, _ value: String = "", at position: Double? = nil) {
    self.label = label
    self.value = value
    self.position = position
  }

  /// As it stands on the page: `填报单位：教师一支部`.
  public var text: String {
    let closed = label.isEmpty || label.hasSuffix("：") || label.hasSuffix(":")
    return VisibleText.paragraphs((closed ? label : label + "：") + value)
  }
}

/// A line of text and what it is to the reader. Whoever wrote it, nothing in it acts on the page: what would turn the order of
/// reading around stands there as `\u{202E}`.
public struct TextLine: Hashable, Sendable, ExpressibleByStringLiteral {
  public let text: String
  public var tone: TextTone

  public init(_ text: String, _ tone: TextTone = .plain) {
    self.text = VisibleText.paragraphs(text)
    self.tone = tone
  }

  public init(stringLiteral text: String) { self.init(text) }

  /// `text` at its line ends.
  public static func lines(of text: String, _ tone: TextTone = .plain) -> [TextLine] {
    VisibleText.lines(of: text).map { TextLine($0, tone) }
  }
}

public enum TextTone: Hashable, Sendable, CaseIterable {
  case plain
  /// Bold: a sum, a heading inside a table.
  case strong
  /// Dark red and bold: ⚠ 填写不一致.
  case warning
  /// Grey: 未填.
  case faint
}
