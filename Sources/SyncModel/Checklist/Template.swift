/// A checklist as issued, 表样: a tree of numbered nodes, or the columns of a table to be filled.
///
/// A template is content-addressed: its identity is the SHA-256 of its canonical bytes (`Template+Bytes.swift`), so a
/// revision never changes what an answer made offline refers to.
public struct Template: Hashable, Sendable {
  public var title: String
  public var kind: Kind
  /// For whom it is, as written (院系党组织); empty where the document does not say.
  public var audience: String
  /// Lines between title and table that are filled in by hand (填报单位：　截止时间：), verbatim.
  public var preface: [String]
  /// The table's header cells, left to right.
  public var columns: [Column]
  /// Level-1 nodes in document order. A ledger to be filled has none.
  public var sections: [Node]
  /// What stands under the table (备注：…), verbatim; empty where nothing does.
  public var note: String
  /// Printed across the page 横向.
  public var isLandscape: Bool

  public enum Kind: UInt8, CaseIterable, Sendable {
    /// Indicator guide 指标指南, two or three levels.
    case guide = 1
    /// Scored sheet 评分表.
    case scoreSheet = 2
    /// Task list 任务清单.
    case taskList = 3
    /// Schedule of deadlines 时间表.
    case schedule = 4
    /// A table to be filled row by row 台账; rows of the units below run together upward.
    case ledger = 5
    /// A table of the unit's own 本单位底稿: rows stay in the unit, counts alone go up 登记簿.
    case register = 6
  }

  public init(
    title: String, kind: Kind, audience: String = "", preface: [String] = [], columns: [Column] = [],
    sections: [Node] = [], note: String = "", isLandscape: Bool = false
  ) {
    self.title = title
    self.kind = kind
    self.audience = audience
    self.preface = preface
    self.columns = columns
    self.sections = sections
    self.note = note
    self.isLandscape = isLandscape
  }

  /// One indicator, section, item, task or schedule row.
  public struct Node: Hashable, Sendable {
    /// As written, without brackets, blanks and closing marks, digits half-width: `4`, `4.2`, `1`, `五`; empty where the
    /// document has none.
    public var number: String
    /// Verbatim, without the number.
    public var text: String
    /// The points printed for it; nil where none are.
    public var points: Score?
    /// The row's further cells under `columns`, verbatim: a schedule row's 时间 and 备注. Usually empty.
    public var cells: [String]
    /// What is due, read from a schedule row.
    public var deliverables: [Deliverable]
    /// What the item asks for in numbers; empty where it asks for none or nobody has put it down.
    public var requirements: [Requirement]
    public var children: [Node]

    public init(
      number: String = "", text: String, points: Score? = nil, cells: [String] = [], deliverables: [Deliverable] = [],
      requirements: [Requirement] = [], children: [Node] = []
    ) {
      self.number = number
      self.text = text
      self.points = points
      self.cells = cells
      self.deliverables = deliverables
      self.requirements = requirements
      self.children = children
    }
  }

  /// One document to hand in, 报送材料.
  public struct Deliverable: Hashable, Sendable {
    public var title: String
    /// nil where the document names no day.
    public var due: CalendarDate?

    public init(title: String, due: CalendarDate?) {
      self.title = title
      self.due = due
    }
  }
}

extension Template.Kind {
  /// As in JSON and on the command line.
  public var name: String {
    switch self {
    case .guide: "guide"
    case .scoreSheet: "scoreSheet"
    case .taskList: "taskList"
    case .schedule: "schedule"
    case .ledger: "ledger"
    case .register: "register"
    }
  }

  /// On the screen.
  public var title: String {
    switch self {
    case .guide: "指标指南"
    case .scoreSheet: "评分表"
    case .taskList: "任务清单"
    case .schedule: "时间表"
    case .ledger: "台账"
    case .register: "登记簿"
    }
  }
}

extension Template.Kind {
  /// Filled row by row rather than item by item.
  public var hasRows: Bool { self == .ledger || self == .register }
}

extension Template {
  /// Nodes per level, top first: `[5, 12, 33]`. Empty for a ledger without rows.
  public var levels: [Int] {
    var counts: [Int] = []
    var level = sections
    while !level.isEmpty {
      counts.append(level.count)
      level = level.flatMap(\.children)
    }
    return counts
  }

  /// Every node in document order (parents before children) with its identifier and ordinal.
  public var items: [Item] {
    var found: [Item] = []
    func visit(_ nodes: [Node], parents: [Int]) {
      for (node, component) in zip(nodes, Self.components(of: nodes)) {
        let path = parents + [component]
        found.append(
          Item(
            ordinal: UInt32(found.count + 1), id: path.map(String.init).joined(separator: "."), path: path, node: node))
        visit(node.children, parents: path)
      }
    }
    visit(sections, parents: [])
    return found
  }

  /// The items that are answered: nodes without children.
  public var leaves: [Item] { items.filter(\.isLeaf) }

  /// Sum of the points printed on leaves; nil where no leaf has any.
  public var points: Score? {
    let scored = leaves.compactMap(\.node.points)
    return scored.isEmpty ? nil : scored.reduce(.zero, +)
  }

  /// One node with the names it is called by.
  public struct Item: Hashable, Sendable {
    /// Position in document order, from 1: what a register's name holds.
    public let ordinal: UInt32
    /// `4.2.1`: the numbers from the top, a position where the document writes none. Unique within the template.
    public let id: String
    public let path: [Int]
    public let node: Node

    public var isLeaf: Bool { node.children.isEmpty }
  }

  /// A node's last number where it has one (`4.2` → 2, `五` → 5), else its position; positions throughout where two
  /// siblings would share a number.
  private static func components(of nodes: [Node]) -> [Int] {
    let written = nodes.enumerated().map { position, node in
      Numerals.components(node.number)?.last ?? position + 1
    }
    return Set(written).count == nodes.count ? written : nodes.indices.map { $0 + 1 }
  }
}
