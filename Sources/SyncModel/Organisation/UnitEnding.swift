/// That a unit takes nothing new any more 已撤销、已并入…: what people are told before they fill anything in for it.
public enum UnitEnding: Hashable, Sendable {
  case retired
  /// Its work goes on in the unit that it is under now.
  case merged(into: DirectoryUnit)

  public var status: UnitStatus {
    switch self {
    case .retired: .retired
    case .merged: .merged
    }
  }

  /// `已撤销`, `已并入“教师二支部”`.
  public var title: String {
    switch self {
    case .retired: status.title
    case .merged(let unit): "\(status.title)“\(unit.name)”"
    }
  }

  /// What to do now, and what becomes of what is written all the same.
  public var advice: String {
    switch self {
    case .retired: "不再要求填报；照样保存，上级看得到"
    case .merged(let unit): "今后请由“\(unit.name)”填报；照样保存，“\(unit.name)”看得到"
    }
  }
}

extension Directory {
  /// nil for a unit that is in use, and for one that is not known here.
  public func ending(of path: UnitPath) -> UnitEnding? {
    switch units[path]?.status {
    case .retired: return .retired
    case .merged:
      // It was moved there when it was merged, so there is one.
      let upper = tree.parent(of: path) ?? root
      return .merged(into: units[upper] ?? DirectoryUnit(path: upper, name: upper.description, kind: .committee))
    case .active, nil: return nil
    }
  }
}
