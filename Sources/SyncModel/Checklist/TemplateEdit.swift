/// One change of a template, named by items of the template as it was.
public enum TemplateEdit: Hashable, Sendable {
  case title(String)
  case text(item: Template.Item, String)
  case number(item: Template.Item, String)
  /// nil takes the points away.
  case points(item: Template.Item, Score?)
  case addRequirements(item: Template.Item, [Requirement])
  /// The requirement of this place, from 1; all of them where nil.
  case removeRequirements(item: Template.Item, place: Int?)
  case remove(item: Template.Item)
  /// Behind the last child of an item, or of the template itself.
  case add(below: Template.Item?, Template.Node)
  case column(index: Int, Template.Column)
}

extension Template {
  /// Points may be this many for one item.
  private static let pointsLimit = Score(hundredths: 100_000)

  /// The template with every change made; a new document with a hash of its own, so that what was answered under the old one
  /// stays as it is.
  ///
  /// - Throws: ``TemplateEditError`` where the result would not be a template that can be filled in, or has a fault that
  ///   the old one did not have. All changes are made, or none.
  public func edited(by edits: [TemplateEdit]) throws -> Template {
    var result = self
    result.sections = try Self.edited(sections, by: edits, position: 0).nodes
    for edit in edits {
      switch edit {
      case .title(let title): result.title = title
      case .column(let index, let column) where columns.indices.contains(index): result.columns[index] = column
      case .add(below: nil, let node): result.sections.append(node)
      default: break
      }
    }
    if result == self { throw TemplateEditError.nothingChanged }
    try result.check(against: self)
    return result
  }

  /// `position` counts the items before these nodes in document order.
  private static func edited(
    _ nodes: [Node], by edits: [TemplateEdit], position: Int
  ) throws -> (nodes: [Node], position: Int) {
    var position = position
    var result: [Node] = []
    for var node in nodes {
      position += 1
      let ordinal = UInt32(position)
      (node.children, position) = try edited(node.children, by: edits, position: position)
      let own = edits.filter { $0.item?.ordinal == ordinal }
      for edit in own { try edit.apply(to: &node) }
      let isRemoved = own.contains { if case .remove = $0 { true } else { false } }
      if !isRemoved { result.append(node) }
    }
    return (result, position)
  }

  private func check(against old: Template) throws {
    if title.allSatisfy(\.isWhitespace) { throw TemplateEditError.emptyTitle }
    if !kind.hasRows, leaves.isEmpty { throw TemplateEditError.noItems }
    for item in items {
      if item.node.text.allSatisfy(\.isWhitespace) { throw TemplateEditError.emptyText(item.id) }
      if item.path.count > Self.depthLimit { throw TemplateEditError.tooDeep(item.id) }
      if item.node.requirements.count > Self.columnLimit { throw TemplateEditError.tooManyRequirements(item.id) }
      if let points = item.node.points, points < .zero || points > Self.pointsLimit {
        throw TemplateEditError.pointsOutOfRange(points)
      }
    }
    if let twin = doubledNumbers.first(where: { !old.doubledNumbers.contains($0) }) {
      throw TemplateEditError.doubledNumber(twin)
    }
    let known = Dictionary(old.unevenSections.map { ($0.text, $0) }, uniquingKeysWith: { first, _ in first })
    if let section = unevenSections.first(where: { known[$0.text] != $0 }) {
      throw TemplateEditError.unevenPoints(section.text, printed: section.printed, sum: section.sum)
    }
    if bytes.count > Self.byteLimit { throw TemplateEditError.tooLarge }
  }

  /// Numbers that two children of one node share, each with the node's own.
  private var doubledNumbers: Set<String> {
    var found: Set<String> = []
    func visit(_ nodes: [Node], below parent: String) {
      var seen: Set<String> = []
      for node in nodes where !node.number.isEmpty && !seen.insert(node.number).inserted {
        found.insert((parent.isEmpty ? "" : "第 \(parent) 项下的 ") + node.number)
      }
      for node in nodes { visit(node.children, below: node.number) }
    }
    visit(sections, below: "")
    return found
  }

  /// A section whose own points are not the sum of its items'.
  public struct UnevenSection: Hashable, Sendable {
    public let text: String
    public let printed: Score
    public let sum: Score
  }

  /// Sections that print points which their items do not add up to, in document order; those without scored items are
  /// even.
  public var unevenSections: [UnevenSection] {
    sections.compactMap { section in
      let scored = Template(title: "", kind: kind, sections: section.children).points
      guard let printed = section.points, let scored, scored != printed else { return nil }
      return UnevenSection(text: section.text, printed: printed, sum: scored)
    }
  }
}

extension TemplateEdit {
  /// The item that is changed in place.
  fileprivate var item: Template.Item? {
    switch self {
    case .title, .column, .add(below: nil, _): nil
    case .text(let item, _), .number(let item, _), .points(let item, _), .addRequirements(let item, _),
      .removeRequirements(let item, _), .remove(let item), .add(below: .some(let item), _):
      item
    }
  }

  fileprivate func apply(to node: inout Template.Node) throws {
    switch self {
    case .text(_, let text): node.text = text
    case .number(_, let number): node.number = number
    case .points(_, let points): node.points = points
    case .addRequirements(_, let requirements):
      for requirement in requirements where !node.requirements.contains(requirement) {
        node.requirements.append(requirement)
      }
    case .removeRequirements(let item, let place):
      guard let place else {
        node.requirements = []
        return
      }
      guard item.node.requirements.indices.contains(place - 1) else {
        throw TemplateEditError.noRequirement(item.id, place: place, count: item.node.requirements.count)
      }
      node.requirements.removeAll { $0 == item.node.requirements[place - 1] }
    case .add(_, let child): node.children.append(child)
    case .title, .remove, .column: break
    }
  }
}

/// Why a template cannot become what was asked for. The old one stays as it is.
public enum TemplateEditError: ExplainedError, Hashable {
  case nothingChanged
  case emptyTitle
  case noItems
  case emptyText(String)
  case tooDeep(String)
  case tooManyRequirements(String)
  case pointsOutOfRange(Score)
  case doubledNumber(String)
  case unevenPoints(String, printed: Score, sum: Score)
  case noRequirement(String, place: Int, count: Int)
  case tooLarge

  public var code: String {
    switch self {
    case .nothingChanged: "templateUnchanged"
    case .emptyTitle: "templateWithoutTitle"
    case .noItems: "templateWithoutItems"
    case .emptyText: "templateItemEmpty"
    case .tooDeep: "templateTooDeep"
    case .tooManyRequirements: "templateTooManyRequirements"
    case .pointsOutOfRange: "templatePointsOutOfRange"
    case .doubledNumber: "templateNumberTwice"
    case .unevenPoints: "templatePointsUneven"
    case .noRequirement: "templateNoRequirement"
    case .tooLarge: "templateTooLarge"
    }
  }

  public var message: String {
    switch self {
    case .nothingChanged: "表样没有变化，没有另存"
    case .emptyTitle: "表样的标题不能空着"
    case .noItems: "表样至少要有一项"
    case .emptyText(let item): "第 \(item) 项的文字不能空着"
    case .tooDeep(let item): "第 \(item) 项层次太深，最多 \(Template.depthLimit) 级"
    case .tooManyRequirements(let item): "第 \(item) 项的数量要求太多，最多 \(Template.columnLimit) 条"
    case .pointsOutOfRange(let points): "分值不能是 \(points)"
    case .doubledNumber(let number): "\(number) 这个编号有两项"
    case .unevenPoints(let section, let printed, let sum): "“\(section.prefix(20))”写明 \(printed) 分，各项合计 \(sum) 分"
    case .noRequirement(let item, let place, let count): "第 \(item) 项有 \(count) 条数量要求，没有第 \(place) 条"
    case .tooLarge: "表样太大，最多 \(Template.byteLimit >> 20) MiB"
    }
  }

  public var hint: String {
    switch self {
    case .nothingChanged: "请写明要改的内容"
    case .emptyTitle, .emptyText: "请写上文字"
    case .noItems: "请保留至少一项，或先用 --add 增加"
    case .tooDeep: "请加在上一级"
    case .tooManyRequirements, .tooLarge: "请分成两份表样"
    case .pointsOutOfRange: "请填 0 到 1000 之间的数，最多两位小数"
    case .doubledNumber: "请给其中一项换一个编号，可在同一条命令里用 --set 一起改"
    case .unevenPoints: "请在同一条命令里把这一部分和它的各项一起改平"
    case .noRequirement: "各项的数量要求见 unitcli template show"
    }
  }
}
