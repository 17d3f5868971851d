/// A table that a unit fills row by row (台账, 登记簿, 会议记录), and what the registers of its rows are called.
///
/// A row is an element of an add-wins set; each of its cells is a register of its own, so that two people who fill in
/// different cells of one row never conflict.
public struct Ledger: Hashable, Sendable {
  /// The campaign it belongs to, or an identifier of its own where it stands outside any.
  public let subject: SubjectID
  /// The campaign's template slot; 0 outside a campaign.
  public let slot: UInt32
  public let template: Template
  /// The campaign's name; empty outside a campaign.
  public let campaignName: String

  public init(subject: SubjectID, slot: UInt32, template: Template, campaignName: String = "") {
    self.subject = subject
    self.slot = slot
    self.template = template
    self.campaignName = campaignName
  }

  /// The table that `campaign` has in a slot.
  public init(_ campaign: Campaign, slot: UInt32, template: Template) {
    self.init(subject: campaign.id, slot: slot, template: template, campaignName: campaign.name)
  }

  /// Where its rows stand: those of a 登记簿 stay in the unit.
  public var channel: Channel { template.kind == .register ? .internal : .answers }

  public var title: String { campaignName.isEmpty ? template.title : "\(campaignName)：\(template.title)" }

  /// Rows of one ledger in one unit, removed ones counted: ten years of a large branch's records.
  public static let rowLimit = 100_000
  /// Characters in a cell.
  public static let cellLimit = AnswerField.textLimit

  private var kind: SubjectKind { channel == .internal ? .registerRow : .row }

  /// The register of one cell.
  /// - Parameter column: position in ``Template/columns``, from 0. Columns of a standing ledger are only ever appended.
  public func cell(_ row: ElementID, column: Int) -> RegisterName {
    RegisterName(kind, subject, part: UInt64(slot) << 32 | UInt64(column + 1), element: row, .rowCell)
  }

  /// The register that says that the row stands, and since when.
  public func state(_ row: ElementID) -> RegisterName {
    RegisterName(kind, subject, part: UInt64(slot) << 32, element: row, .rowState)
  }

  /// The column of a cell's register; nil for another ledger's or for no cell.
  public func column(of name: RegisterName) -> Int? {
    guard name.subject == subject, name.field == .rowCell, UInt32(name.part >> 32) == slot,
      let column = Int(exactly: UInt32(truncatingIfNeeded: name.part)), template.columns.indices.contains(column - 1)
    else { return nil }
    return column - 1
  }
}

extension SubjectKind {
  /// A row of a ledger that goes up. subject = campaign or the ledger's own, element = the row.
  public static let row = SubjectKind(rawValue: 14)
  /// A row of a 登记簿, which stays in the unit.
  public static let registerRow = SubjectKind(rawValue: 68)

  /// Rows of tables, wherever they stand.
  public var isRow: Bool { self == .row || self == .registerRow }
}

extension Field {
  // kinds row and registerRow; apart from the fields of answers, so that neither passes for the other.
  /// part = slot << 32 | column from 1: what stands in the cell.
  public static let rowCell = Field(rawValue: 32)
  /// part = slot << 32: list(choice 1 stands, 2 removed; integer milliseconds since 1970 when it was begun).
  public static let rowState = Field(rawValue: 33)
}

/// Whether a row stands, and when it was begun: rows are listed in that order everywhere.
public struct RowState: Hashable, Sendable {
  public var isRemoved: Bool
  public var begunMilliseconds: UInt64

  public init(isRemoved: Bool, begunMilliseconds: UInt64) {
    self.isRemoved = isRemoved
    self.begunMilliseconds = begunMilliseconds
  }

  public var value: Value { .list([.choice(isRemoved ? 2 : 1), .integer(Int64(clamping: begunMilliseconds))]) }

  /// nil for anything that ``value`` could not be.
  public init?(_ value: Value) {
    guard let parts = value.listValue, parts.count >= 2, let choice = parts[0].choiceValue, (1...2).contains(choice),
      let begun = parts[1].integerValue.flatMap({ UInt64(exactly: $0) })
    else { return nil }
    self.init(isRemoved: choice == 2, begunMilliseconds: begun)
  }
}
