/// A Party organisation 党组织 as the directory describes it; its path never changes.
public struct DirectoryUnit: Hashable, Sendable {
  public var path: UnitPath
  public var name: String
  public var kind: UnitKind
  public var type: UnitType?
  public var status: UnitStatus
  /// The unit that it was split off from.
  public var origin: UnitPath?
  /// What it is called in the notices that first describe it, which a unit above it writes; nil where only its own notices
  /// speak of it. The school's own name is as good.
  public var givenName: String?
  /// Whose notices those are.
  public var describedBy: UnitPath?

  public init(
    path: UnitPath, name: String, kind: UnitKind, type: UnitType? = nil, status: UnitStatus = .active,
    origin: UnitPath? = nil, givenName: String? = nil, describedBy: UnitPath? = nil
  ) {
    self.path = path
    self.name = name
    self.kind = kind
    self.type = type
    self.status = status
    self.origin = origin
    self.givenName = givenName
    self.describedBy = describedBy
  }

  /// Those above it call it so too: a name that it gave itself chooses it nowhere.
  public var isNameConfirmed: Bool { givenName?.nameKey == name.nameKey }

  /// `教师一支部（school/cs/b1）`: how every write says which unit it concerned. Names may be alike, paths never are.
  public var label: String { "\(name.visibleName)（\(path.description.visibleName)）" }
}

public enum UnitKind: UInt64, CaseIterable, Sendable {
  /// 学校党委: the root.
  case school = 1
  /// 党总支、院系党委.
  case committee = 2
  /// 党支部.
  case branch = 3
  /// 直属党支部.
  case direct = 4
  /// 党小组.
  case group = 5

  /// As on the command line and in JSON.
  public var name: String {
    switch self {
    case .school: "school"
    case .committee: "committee"
    case .branch: "branch"
    case .direct: "direct"
    case .group: "group"
    }
  }

  public var title: String {
    switch self {
    case .school: "学校党委"
    case .committee: "党总支"
    case .branch: "党支部"
    case .direct: "直属党支部"
    case .group: "党小组"
    }
  }
}

/// For whom a unit is: some items are for some types only.
public enum UnitType: UInt64, CaseIterable, Sendable {
  case teachers = 1
  case students = 2
  case offices = 3
  case joint = 4

  public var title: String {
    switch self {
    case .teachers: "教师"
    case .students: "学生"
    case .offices: "机关"
    case .joint: "联合"
    }
  }
}

public enum UnitStatus: UInt64, CaseIterable, Sendable {
  case active = 1
  case retired = 2
  /// Its work goes on in the unit that it is now under.
  case merged = 3

  public var name: String {
    switch self {
    case .active: "active"
    case .retired: "retired"
    case .merged: "merged"
    }
  }

  public var title: String {
    switch self {
    case .active: "在用"
    case .retired: "已撤销"
    case .merged: "已并入"
    }
  }
}
