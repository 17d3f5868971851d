/// One worksheet's texts: what stands in cells, no formats.
public struct Sheet: Hashable, Sendable {
  public var name: String
  public var rows: [Row]
  /// Cells merged over several rows or columns, as far as they begin with a text or a blank form needs them.
  public var merges: [Merge] = []
  /// By column from 0, in twentieths of a point; empty where the sheet leaves them all alone.
  public var widths: [Int: Int] = [:]
  /// Printed across 横向.
  public var isLandscape = false
  /// What the page repeats above and below: 页眉、页脚.
  public var margins: [String] = []

  public struct Row: Hashable, Sendable {
    /// As the spreadsheet numbers it, from 1.
    public var number: Int
    /// By column from 0; trimmed, blank cells left out. A cell merged downwards has its text in every row it covers.
    public var cells: [Int: String]

    public init(number: Int, cells: [Int: String]) {
      self.number = number
      self.cells = cells
    }
  }

  /// A range of cells that is one cell.
  public struct Merge: Hashable, Sendable {
    /// As the spreadsheet numbers them, from 1.
    public let rows: ClosedRange<Int>
    /// From 0.
    public let columns: ClosedRange<Int>
  }

  public init(name: String, rows: [Row]) {
    self.name = name
    self.rows = rows
  }

  /// `A`, `B` … `AA`: how people name column `index`, counted from 0.
  public static func columnName(_ index: Int) -> String {
    var name = ""
    var rest = index + 1
    while rest > 0 {
      let digit = (rest - 1) % 26
      name = String(UnicodeScalar(UInt8(ascii: "A") + UInt8(digit))) + name
      rest = (rest - 1) / 26
    }
    return name
  }
}

/// What one spreadsheet may cost. A university's list of units stays an order of magnitude below every bound.
public struct SheetLimits: PackageLimits, Hashable {
  public var fileBytes = 16 << 20
  public var inflatedBytes = 128 << 20
  public var entries = 4_096
  public var elements = 4_000_000
  public var markupDepth = 64
  public var sheets = 100
  /// Cells that hold text, all sheets together; also distinct shared strings, and cells filled by merging.
  public var cells = 500_000
  /// Ranges of merged cells in one sheet.
  public var merges = 20_000
  /// Declarations of column widths.
  public var widths = 16_384
  /// The right-most column that may hold text.
  public var columns = 1_024
  /// UTF-8 bytes of one cell; Excel itself stops at 32,767 characters.
  public var cellBytes = 128 << 10

  public init() {}
}

extension SheetLimits {
  /// For a workbook that is to hold checklists, as tight as for a document.
  static var checklist: SheetLimits {
    let document = WordLimits()
    var limits = SheetLimits()
    limits.fileBytes = document.fileBytes
    limits.inflatedBytes = document.inflatedBytes
    limits.cells = document.blocks
    limits.elements = document.elements
    limits.merges = 5_000
    limits.cellBytes = document.textBytes / 8
    return limits
  }
}
