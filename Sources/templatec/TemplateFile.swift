import FoundationEssentials
import SyncModel

/// One data file of a bundled template, read and checked: what this type holds is fit to be published.
struct TemplateFile: Hashable {
  var slug: String
  var template: Template
  var countRules: [CountRule]
  var rowChecks: [RowCheck]

  /// Reads `json`, the contents of the file called `name`.
  ///
  /// - Throws: ``TemplateFileError`` for the first thing that is not as `template.schema.json` and ``check(in:)`` want it.
  init(name: String, json: some Sequence<UInt8>) throws(TemplateFileError) {
    let value: JSONValue
    do {
      value = try JSONDecoder().decode(JSONValue.self, from: Data(json))
    } catch {
      throw TemplateFileError(file: name, place: "", reason: "this is no JSON (\(error))")
    }
    let top = Cursor(file: name, place: "", value: value)
    let members = try top.members(.template)
    slug = try members.text("slug", limit: TextLimit.slug)
    template = Template(
      title: try members.text("title", limit: TextLimit.title),
      kind: try members.required("kind").choice(\.name),
      audience: try members.text("audience", limit: TextLimit.word),
      preface: try members.texts("preface", count: Template.columnLimit, limit: TextLimit.item),
      columns: try Self.columns(members.list("columns", limit: Template.columnLimit)),
      sections: try Self.nodes(members.list("sections", limit: Self.childLimit), depth: 1),
      note: try members.text("note", limit: TextLimit.item),
      isLandscape: try members.flag("landscape"))
    countRules = try Self.counts(members.list("counts", limit: Template.columnLimit), of: template)
    rowChecks = try Self.checks(members.list("checks", limit: Template.columnLimit), of: template)
    try check(in: members)
  }

  /// Nodes below one node.
  static let childLimit = 64

  private static func columns(_ list: [Cursor]) throws(TemplateFileError) -> [Template.Column] {
    var columns: [Template.Column] = []
    for cursor in list {
      let members = try cursor.members(.column)
      columns.append(
        Template.Column(
          try members.text("title", limit: TextLimit.word),
          span: try members["span"]?.whole(1...Template.columnLimit) ?? 1,
          width: try members["width"]?.whole(0...Template.widthLimit) ?? 0,
          content: try members["content"]?.choice(\.name) ?? .text,
          isRequired: try members.flag("required"),
          choices: try members.texts("choices", count: Template.choiceLimit, limit: TextLimit.word)))
    }
    return columns
  }

  private static func nodes(_ list: [Cursor], depth: Int) throws(TemplateFileError) -> [Template.Node] {
    var nodes: [Template.Node] = []
    for cursor in list {
      if depth > Template.depthLimit { throw cursor.failure("more than \(Template.depthLimit) levels") }
      let members = try cursor.members(.node)
      nodes.append(
        Template.Node(
          number: try members.text("number", limit: TextLimit.number),
          text: try members.text("text", limit: TextLimit.item),
          points: try members["points"]?.score(),
          cells: try members.texts("cells", count: Template.columnLimit, limit: TextLimit.item),
          deliverables: try Self.deliverables(members.list("deliverables", limit: Template.columnLimit)),
          requirements: try Self.requirements(members.list("requirements", limit: Template.columnLimit)),
          children: try Self.nodes(members.list("children", limit: childLimit), depth: depth + 1)))
    }
    return nodes
  }

  private static func deliverables(_ list: [Cursor]) throws(TemplateFileError) -> [Template.Deliverable] {
    var deliverables: [Template.Deliverable] = []
    for cursor in list {
      let members = try cursor.members(.deliverable)
      deliverables.append(
        Template.Deliverable(
          title: try members.text("title", limit: TextLimit.title), due: try members["due"]?.date()))
    }
    return deliverables
  }

  private static func requirements(_ list: [Cursor]) throws(TemplateFileError) -> [Requirement] {
    var requirements: [Requirement] = []
    for cursor in list {
      let members = try cursor.members(.requirement)
      let requirement = Requirement(
        try members.required("kind").choice(\.name),
        try members.text("what", limit: TextLimit.word),
        amount: try members["amount"]?.score(),
        measure: try members.text("measure", limit: TextLimit.measure),
        per: try members["per"]?.choice(\.name),
        isSoft: try members.flag("soft"), isEach: try members.flag("each"),
        substitute: try members.text("substitute", limit: TextLimit.word))
      if (requirement.amount == nil) != requirement.measure.isEmpty {
        throw cursor.failure("amount and measure stand together or not at all")
      }
      if requirement.kind == .limit, requirement.amount == nil { throw cursor.failure("a limit needs an amount") }
      if requirement.kind == .quota || requirement.kind == .limit, requirement.period != nil {
        throw cursor.failure("a \(requirement.kind.name) holds at any time and has no period")
      }
      requirements.append(requirement)
    }
    return requirements
  }

  private static func position(
    _ cursor: Cursor, _ content: Template.Column.Content, _ template: Template
  ) throws(TemplateFileError) -> Int {
    let title = try cursor.text(limit: TextLimit.word)
    guard let position = template.columns.firstIndex(where: { $0.title == title && $0.content == content }) else {
      throw cursor.failure("“\(title)” is no \(content.name) column")
    }
    return position
  }

  private static func condition(
    _ place: Cursor, of template: Template
  ) throws(TemplateFileError) -> CountRule.Condition {
    let condition = try place.members(.condition)
    let column = try position(condition.required("column"), .choice, template)
    let words = try condition.texts("in", count: Template.choiceLimit, limit: TextLimit.word)
    if let unknown = words.first(where: { !template.columns[column].choices.contains($0) }) {
      throw place.failure("“\(unknown)” is none of the column's choices")
    }
    if words.isEmpty || Set(words).count < words.count { throw place.failure("“in” needs words, each once") }
    return .init(column: column, words: words)
  }

  /// Either `once`, or `least`, `of` and `where` together.
  private static func checks(_ list: [Cursor], of template: Template) throws(TemplateFileError) -> [RowCheck] {
    var checks: [RowCheck] = []
    for cursor in list {
      let members = try cursor.members(.check)
      let title = try members.text("title", limit: TextLimit.word)
      var once: [Int] = []
      for name in try members.list("once", limit: Template.columnLimit) {
        let text = try name.text(limit: TextLimit.word)
        guard let column = template.columns.firstIndex(where: { $0.title == text && $0.content != .sequence }) else {
          throw name.failure("“\(text)” is no column that is filled in")
        }
        once.append(column)
      }
      if let least = members["least"], let of = members["of"], let place = members["where"], once.isEmpty {
        checks.append(
          RowCheck(
            title: title,
            rule: .atLeast(
              column: try position(least, .number, template), of: try position(of, .number, template),
              where: try condition(place, of: template))))
      } else if !once.isEmpty, members["least"] == nil, members["of"] == nil, members["where"] == nil {
        checks.append(RowCheck(title: title, rule: .once(columns: once)))
      } else {
        throw cursor.failure("a check has “once” alone, or “where”, “least” and “of”")
      }
    }
    return checks
  }

  private static func counts(
    _ list: [Cursor], of template: Template
  ) throws(TemplateFileError) -> [CountRule] {
    var rules: [CountRule] = []
    for cursor in list {
      let members = try cursor.members(.count)
      var rule = CountRule(
        key: UInt32(try members.required("key").whole(1...9999)),
        title: try members.text("title", limit: TextLimit.word))
      if let place = members["where"] { rule.condition = try condition(place, of: template) }
      rule.sum = try members["sum"].map { cursor throws(TemplateFileError) in try position(cursor, .number, template) }
      if rules.contains(where: { $0.key == rule.key || $0.title == rule.title }) {
        throw cursor.failure("another count has the key \(rule.key) or the title “\(rule.title)”")
      }
      rules.append(rule)
    }
    return rules
  }
}
