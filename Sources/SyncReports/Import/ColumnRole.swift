import SyncModel

/// What a column is for, read from its header cell 表头.
enum ColumnRole: Hashable {
  /// 一级指标 … 四级指标, from 1.
  case level(Int)
  /// 序号: holds the number of what stands to its right.
  case sequence
  /// 项目, 指标: what groups items.
  case section
  /// 内容, 要点, 标准: the items themselves.
  case content
  /// 重点工作任务: section and task where it covers two columns.
  case task
  /// 分值: points printed.
  case points
  /// 得分: points to be given.
  case score
  case time
  case remark
  /// 完成情况: to be filled.
  case progress
  case other

  /// Blanks inside the header (项  目) do not matter.
  init(header: String) {
    let name = header.compared
    self = Self.words.first { $0.matches(name) }?.role ?? .other
  }

  /// Header words, the more telling first: 得分 before 项目, 任务 before 内容.
  private static let words: [HeaderWords] =
    ["一级", "二级", "三级", "四级"].enumerated().map { index, word in
      HeaderWords(.level(index + 1), .prefix, [word], longest: 8)
    } + [
      HeaderWords(.sequence, .exact, ["序号", "编号", "序"]),
      HeaderWords(.points, .exact, ["分值", "标准分", "标准分值", "满分", "分数", "配分", "基本分", "分值(分)"]),
      HeaderWords(.score, .exact, ["自评分", "评分", "考评分", "扣分", "打分", "核定分", "实评分"]),
      HeaderWords(.score, .suffix, ["得分"]),
      HeaderWords(.time, .exact, ["时间", "时间安排", "时间节点", "起止时间", "时间进度", "日期", "推进时间", "阶段时间"]),
      HeaderWords(.remark, .exact, ["备注", "说明", "报送材料", "报送要求", "提交材料", "报送内容"]),
      HeaderWords(.progress, .prefix, ["完成", "落实", "进展", "推进", "整改", "检查结果", "自查情况"], longest: 6),
      HeaderWords(.task, .within, ["任务", "重点工作"]),
      HeaderWords(.section, .suffix, ["项目", "指标", "类别", "板块", "模块"]),
      HeaderWords(.content, .within, ["内容", "要点", "要求", "标准", "措施", "细则", "事项", "举措", "观测点"]),
    ]

  /// What the cells of a form's column hold. Text wherever people write what they like: a 时间 may be a range, and
  /// 参加人员 a number.
  static func content(header: String, role: ColumnRole) -> Template.Column.Content {
    if role == .sequence { return .sequence }
    return header.compared.hasSuffix("姓名") ? .person : .text
  }

  /// Headers that name a schedule's rows; longer ones (学习内容) belong to a form to be filled.
  static let scheduleContents: Set<String> = [
    "内容", "工作内容", "主要内容", "工作安排", "推进内容", "阶段", "工作阶段", "事项", "工作事项", "任务", "工作任务",
  ]
}

/// Words that give a column its role.
private struct HeaderWords {
  enum Position {
    case exact, prefix, suffix, within
  }

  let role: ColumnRole
  private let position: Position
  private let words: [String]
  /// Longer headers say more than the word and are not meant.
  private let longest: Int

  init(_ role: ColumnRole, _ position: Position, _ words: [String], longest: Int = 16) {
    self.role = role
    self.position = position
    self.words = words
    self.longest = longest
  }

  func matches(_ name: String) -> Bool {
    guard name.count <= longest else { return false }
    return words.contains { word in
      switch position {
      case .exact: name == word
      case .prefix: name.hasPrefix(word)
      case .suffix: name.hasSuffix(word)
      case .within: name.contains(word)
      }
    }
  }
}
