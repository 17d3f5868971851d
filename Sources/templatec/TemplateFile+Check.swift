import SyncModel

/// What must hold beyond the shape of the file.
extension TemplateFile {
  /// Twentieths of a point between margins of 1.9 cm on A4.
  static let printedWidth = (portrait: 9_740, landscape: 14_680)

  func check(in members: Members) throws(TemplateFileError) {
    func failure(_ place: String, _ reason: String) -> TemplateFileError {
      TemplateFileError(file: members.owner.file, place: place, reason: reason)
    }
    guard slug.first?.isLetter == true, slug.allSatisfy({ $0.isASCII && ($0.isLowercase || $0.isNumber || $0 == "-") })
    else { throw failure("slug", "“\(slug)” is not made of small letters, digits and hyphens") }
    if members.owner.file != "\(slug).json" { throw failure("slug", "the file of “\(slug)” is called \(slug).json") }
    if template.kind.hasRows {
      if !template.sections.isEmpty { throw failure("sections", "a \(template.kind.name) is filled row by row") }
      if template.columns.isEmpty { throw failure("", "a \(template.kind.name) needs columns") }
    } else if template.sections.isEmpty {
      throw failure("", "a \(template.kind.name) needs sections")
    }
    if !countRules.isEmpty, template.kind != .register { throw failure("counts", "only a register's rows are counted") }
    if !rowChecks.isEmpty, countRules.isEmpty { throw failure("checks", "only rows that are counted are checked") }
    try checkColumns(failure)
    try checkNodes(template.sections, place: "sections", failure)
    try checkItems(failure)

    do {
      try OwnWriteRules.check(template)
      if try Template(bytes: template.bytes) != template { throw failure("", "its bytes come back as something else") }
    } catch let error as TemplateFileError {
      throw error
    } catch {
      throw failure("", "it may not be published (\(error))")
    }
  }

  private typealias Failure = (_ place: String, _ reason: String) -> TemplateFileError

  private func checkColumns(_ failure: Failure) throws(TemplateFileError) {
    var titles: Set<String> = []
    for (index, column) in template.columns.enumerated() {
      let place = "columns[\(index)]"
      if !titles.insert(column.title).inserted { throw failure(place, "another column is called “\(column.title)”") }
      if column.content == .choice {
        if column.choices.count < 2 || Set(column.choices).count < column.choices.count {
          throw failure(place, "a choice needs two different words at least")
        }
      } else if !column.choices.isEmpty {
        throw failure(place, "words to choose from in a column of \(column.content.name)")
      }
      if column.isRequired, column.content == .sequence { throw failure(place, "nobody types a sequence") }
      if !template.kind.hasRows, column.isRequired || column.content == .number || column.content == .person {
        throw failure(place, "typed and required columns belong to a ledger or a register")
      }
    }
    if template.kind.hasRows, !template.columns.contains(where: \.isRequired) {
      throw failure("columns", "a row needs one column at least that must not be empty")
    }
    let widths = template.columns.map(\.width)
    if widths.contains(where: { $0 > 0 }) {
      let limit = template.isLandscape ? Self.printedWidth.landscape : Self.printedWidth.portrait
      if widths.contains(0) { throw failure("columns", "either every column has a width or none") }
      let sum = widths.reduce(0, +)
      if sum > limit { throw failure("columns", "\(sum) wide, at most \(limit) fit on the page") }
    }
  }

  /// Numbers among siblings, and points, which a section prints as its children's sum.
  private func checkNodes(
    _ nodes: [Template.Node], place: String, _ failure: Failure
  ) throws(TemplateFileError) {
    var numbers: Set<[Int]> = []
    for (index, node) in nodes.enumerated() {
      let place = "\(place)[\(index)]"
      if !node.number.isEmpty {
        guard let number = Numerals.components(node.number) else {
          throw failure(place, "“\(node.number)” is no number")
        }
        if !numbers.insert(number).inserted { throw failure(place, "the number “\(node.number)” stands here twice") }
      }
      try checkNodes(node.children, place: "\(place).children", failure)
      switch (template.kind == .scoreSheet, node.points) {
      case (true, nil): throw failure(place, "“points” is missing")
      case (false, .some): throw failure(place, "only a score sheet has points")
      case (true, .some(let points)) where !node.children.isEmpty:
        let sum = node.children.reduce(Score.zero) { $0 + ($1.points ?? .zero) }
        if sum != points { throw failure(place, "\(points) points are printed, its items have \(sum)") }
      default: break
      }
      if !node.deliverables.isEmpty, template.kind != .schedule {
        throw failure(place, "what is due stands in a schedule")
      }
      let room = template.columns.reduce(0) { $0 + $1.span } - 1
      if node.cells.count > max(room, 0) {
        throw failure(place, "\(node.cells.count) further cells, the table has room for \(max(room, 0))")
      }
    }
  }

  /// A task list counts its tasks through; and nothing is asked for twice.
  private func checkItems(_ failure: Failure) throws(TemplateFileError) {
    var texts: Set<String> = []
    var numbers: Set<String> = []
    for item in template.leaves {
      if !texts.insert(item.node.text).inserted {
        throw failure("item \(item.id)", "“\(item.node.text)” stands in the template twice")
      }
      if template.kind == .taskList, !numbers.insert(item.node.number).inserted {
        throw failure("item \(item.id)", "the task “\(item.node.number)” stands in the list twice")
      }
    }
  }
}
