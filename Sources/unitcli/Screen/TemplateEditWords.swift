import SyncEngine
import SyncModel
import SyncReports

/// Changes of a template as people type them.
struct TemplateEditWords {
  private let template: Template
  private let lookup: ItemLookup

  init(_ template: Template) {
    self.template = template
    lookup = ItemLookup(template)
  }

  func item(_ text: String) throws -> Template.Item {
    switch lookup.find(text) {
    case .found(let item): return item
    case .ambiguous(let ids): throw OfficeError.ambiguousItem(text, candidates: ids)
    case .unknown(let ids): throw OfficeError.unknownItem(text, nearest: ids)
    }
  }

  // MARK: Items

  private enum Field {
    case text(String), number(String), points(Score?)

    init(_ assignment: String) throws {
      let parts = assignment.split(maxSplits: 1, omittingEmptySubsequences: false) { $0 == "=" || $0 == "＝" }
      let value = String(parts[1])
      switch String(parts[0]).trimmingBlanks() {
      case "text", "文字", "内容": self = .text(value.trimmingBlanks())
      case "number", "编号", "序号": self = .number(ItemNumber.bare(value))
      case "points", "分值":
        let points = Score(text: value)
        if points == nil, !value.trimmingBlanks().isEmpty {
          throw Refusal.usage("“\(value)”不是分值", hint: "例如 points=2，空着就是去掉分值")
        }
        self = .points(points)
      default: throw Refusal.usage("条目没有“\(parts[0])”这一栏", hint: "可写 text=文字、number=编号、points=分值")
      }
    }
  }

  /// `5.1 text=… points=2 5.2 points=2`: each item with what follows it.
  private func grouped(_ words: [String], _ option: String) throws -> [(item: String, fields: [Field])] {
    var groups: [(item: String, fields: [Field])] = []
    for word in words {
      if !word.contains(where: { $0 == "=" || $0 == "＝" }) {
        groups.append((word, []))
      } else if groups.isEmpty {
        throw Refusal.usage("--\(option) 后面先写条目编号", hint: "例如 --\(option) 5.1 text=…")
      } else {
        groups[groups.count - 1].fields.append(try Field(word))
      }
    }
    if let empty = groups.first(where: { $0.fields.isEmpty }) {
      throw Refusal.usage("--\(option) \(empty.item) 后面没有内容", hint: "例如 --\(option) \(empty.item) text=…")
    }
    return groups
  }

  func changes(_ words: [String]) throws -> [TemplateEdit] {
    try grouped(words, "set").flatMap { name, fields in
      let item = try item(name)
      return fields.map { field -> TemplateEdit in
        switch field {
        case .text(let text): .text(item: item, text)
        case .number(let number): .number(item: item, number)
        case .points(let points): .points(item: item, points)
        }
      }
    }
  }

  func additions(_ words: [String]) throws -> [TemplateEdit] {
    try grouped(words, "add").map { name, fields in
      var node = Template.Node(text: "")
      for field in fields {
        switch field {
        case .text(let text): node.text = text
        case .number(let number): node.number = number
        case .points(let points): node.points = points
        }
      }
      if node.text.isEmpty { throw Refusal.usage("增加的条目没有文字", hint: "例如 --add \(name) text=…") }
      return .add(below: name == "0" ? nil : try item(name), node)
    }
  }

  // MARK: Requirements

  func requirements(_ words: [String]) throws -> [TemplateEdit] {
    guard words.count.isMultiple(of: 2) else {
      throw Refusal.usage("--add-requirement 后面要有条目和要求", hint: "例如 --add-requirement 3.1 \"每月至少 1 次 支委会\"")
    }
    return try stride(from: 0, to: words.count, by: 2).map { index in
      let found = RequirementReader.requirements(in: words[index + 1])
      if found.isEmpty {
        throw Refusal(
          code: "unreadableRequirement", message: "没有读懂“\(words[index + 1])”",
          hint: "请写成 每月至少 1 次 支委会、每年不少于 32 学时 集中培训、至少 1 名 专职组织员、不超过 50 人 党支部党员")
      }
      // Typed by hand, it quotes nothing.
      let plain = found.map { requirement in
        var requirement = requirement
        requirement.quote = ""
        return requirement
      }
      return .addRequirements(item: try item(words[index]), plain)
    }
  }

  func removedRequirement(_ word: String) throws -> TemplateEdit {
    let parts = word.split(maxSplits: 1) { $0 == "=" || $0 == "＝" }
    let item = try item(String(parts.first ?? ""))
    guard parts.count == 2 else { return .removeRequirements(item: item, place: nil) }
    guard let place = Int(parts[1]), place > 0 else {
      throw Refusal.usage("“\(parts[1])”不是第几条", hint: "例如 --remove-requirement \(parts[0])=2")
    }
    return .removeRequirements(item: item, place: place)
  }

  // MARK: Columns

  private static let contents: [(words: [String], content: Template.Column.Content)] = [
    (["文字", "文本"], .text), (["数字", "数量"], .number), (["日期"], .date), (["姓名", "人员"], .person), (["选择", "选项"], .choice),
    (["月份"], .month), (["序号"], .sequence),
  ]

  /// `等次=选择:好、较好,必填`.
  func column(_ word: String) throws -> TemplateEdit {
    let example = "例如 --column 姓名=姓名,必填 或 --column 等次=选择:好、较好、一般、差"
    let parts = word.split(maxSplits: 1) { $0 == "=" || $0 == "＝" }.map { String($0).trimmingBlanks() }
    guard parts.count == 2 else { throw Refusal.usage("“\(word)”要写成 栏目=类型", hint: example) }
    guard
      let index = template.columns.firstIndex(where: {
        $0.title.filter { !$0.isWhitespace } == parts[0].filter { !$0.isWhitespace }
      })
    else {
      throw Refusal.usage("表样没有“\(parts[0])”这一栏", hint: "有：" + template.columns.map(\.title).joined(separator: "、"))
    }
    let marks = parts[1].split { ",，".contains($0) }.map { String($0).trimmingBlanks() }
    let type = (marks.first ?? "").split(maxSplits: 1) { ":：".contains($0) }.map(String.init)
    guard let name = type.first,
      let content = Self.contents.first(where: { $0.words.contains(name) || $0.content.name == name })?.content
    else { throw Refusal.usage("没有“\(marks.first ?? "")”这种内容", hint: example) }
    let choices = type.count == 2 ? TypedNames.list([type[1]]) : []
    if (content == .choice) == choices.isEmpty {
      throw Refusal.usage(content == .choice ? "选择要写明有哪些" : "只有“选择”后面才写选项", hint: example)
    }
    if choices.count > Template.choiceLimit {
      throw Refusal.usage("选项太多，最多 \(Template.choiceLimit) 个", hint: "请改为文字")
    }
    guard marks.dropFirst().allSatisfy({ ["必填", "required"].contains($0) }) else {
      throw Refusal.usage("“\(marks.dropFirst().joined(separator: ","))”看不懂", hint: example)
    }
    var column = template.columns[index]
    column.content = content
    column.choices = choices
    column.isRequired = marks.count > 1
    return .column(index: index, column)
  }
}

/// An item's number as a template has it.
enum ItemNumber {
  /// Without brackets, blanks and closing marks, digits half-width: `（3）` is 3, `五、` is 五.
  static func bare(_ text: String) -> String {
    let plain = Numerals.halfWidth(text).filter { !$0.isWhitespace && !"()".contains($0) }
    return String(plain.reversed().drop { "、.".contains($0) }.reversed())
  }
}

extension TemplateEdit {
  /// What changes, in a line.
  func words(in template: Template) -> String {
    func short(_ text: String) -> String { text.count > 30 ? text.prefix(30) + "…" : text }
    switch self {
    case .title(let title): return "标题：\(template.title) → \(title)"
    case .text(let item, let text): return "第 \(item.id) 项文字：\(short(item.node.text)) → \(short(text))"
    case .number(let item, let number):
      return "第 \(item.id) 项编号：\(item.node.number.isEmpty ? "无" : item.node.number) → \(number.isEmpty ? "无" : number)"
    case .points(let item, let points):
      return "第 \(item.id) 项分值：\(item.node.points?.description ?? "无") → \(points?.description ?? "无")"
    case .addRequirements(let item, let requirements):
      return "第 \(item.id) 项增加要求：" + requirements.map(\.text).joined(separator: "；")
    case .removeRequirements(let item, let place):
      let gone = item.node.requirements.enumerated().filter { place == nil || $0.offset == (place ?? 0) - 1 }.map(
        \.element.text)
      return "第 \(item.id) 项删去要求：" + (gone.isEmpty ? "原来没有" : gone.joined(separator: "；"))
    case .remove(let item):
      let below = Template(title: "", kind: template.kind, sections: item.node.children).items.count
      return "删去第 \(item.id) 项：\(short(item.node.text))" + (below > 0 ? "，连同其下 \(below) 项" : "")
    case .add(let below, let node):
      return (below.map { "第 \($0.id) 项下增加：" } ?? "增加：") + short(node.text)
        + (node.points.map { "（\($0) 分）" } ?? "")
    case .column(_, let column):
      return "栏目“\(column.title)”：\(column.content.name)" + (column.isRequired ? "，必填" : "")
        + (column.choices.isEmpty ? "" : "，" + column.choices.joined(separator: "、"))
    }
  }
}
