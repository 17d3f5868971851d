/// One row of a list of units as somebody typed it.
public struct UnitRow: Hashable, Sendable {
  /// Where it stands in its list, for naming it.
  public var number: Int
  public var name: String
  /// 路径 or 代号: a whole path, one below the importing unit, or a single segment below the upper unit; may be empty.
  public var place: String
  /// 上级: a name, `上级的上级/上级`, or a path; may be empty.
  public var upper: String
  public var kind: String
  public var type: String

  public init(number: Int, name: String, place: String = "", upper: String = "", kind: String = "", type: String = "") {
    self.number = number
    self.name = name
    self.place = place
    self.upper = upper
    self.kind = kind
    self.type = type
  }
}

extension UnitKind {
  /// As lists of units write it: 党总支, 院系党委, 党支部, 直属党支部, 党小组, or an English name. nil for anything else.
  public init?(written text: String) {
    if let known = Self.allCases.first(where: { $0.name == text.lowercased() || $0.title == text }) {
      self = known
      return
    }
    switch text {
    case "学校党委", "校党委": self = .school
    case "总支", "党总支部", "院系党委", "二级党委", "分党委", "基层党委", "党委", "党工委", "院系党组织", "二级党组织": self = .committee
    case "支部", "党支部委员会": self = .branch
    case "直属支部", "直属党总支": self = text == "直属支部" ? .direct : .committee
    case "小组": self = .group
    default: return nil
    }
  }

  /// From how a unit's name ends; nil where it says nothing.
  public init?(name: String) {
    func ends(_ words: String...) -> Bool { words.contains { name.hasSuffix($0) } }
    if ends("党小组", "小组") {
      self = .group
    } else if ends("党总支", "总支", "总支部", "总支委员会", "总支部委员会") {
      self = .committee
    } else if ends("支部", "支部委员会") {
      self = name.contains("直属") ? .direct : .branch
    } else if ends("党委", "党工委", "委员会") {
      self = .committee
    } else {
      return nil
    }
  }

  /// The first letter of a path segment made up for such a unit.
  var segmentLetter: String {
    switch self {
    case .school: "s"
    case .committee: "c"
    case .branch: "b"
    case .direct: "d"
    case .group: "g"
    }
  }

  /// How far down the tree such units stand: an upper unit is never lower than what is below it.
  var level: Int {
    switch self {
    case .school: 0
    case .committee: 1
    case .branch, .direct: 2
    case .group: 3
    }
  }
}

extension UnitType {
  /// As lists of units write it; nil for anything else.
  public init?(written text: String) {
    let plain = text.replacing("党支部", with: "").replacing("支部", with: "")
    switch plain {
    case "教师", "教工", "教职工", "专任教师": self = .teachers
    case "学生", "本科生", "研究生", "本科生、研究生": self = .students
    case "机关", "管理", "行政", "机关管理": self = .offices
    case "联合", "混合", "师生联合", "师生": self = .joint
    default: return nil
    }
  }
}
