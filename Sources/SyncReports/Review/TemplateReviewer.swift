import SyncModel

/// Looks a template over for what a person should check. It never changes a text; each doubt becomes a flag that says
/// where the words stand.
struct TemplateReviewer {
  typealias Flag = ImportedTemplate.Flag

  /// Titles of the document's templates by the number of their 附件.
  private let attachments: [(number: Int?, title: String)]
  /// Book titles 《…》 anywhere in the document, by their characters in order: two names with the same characters are
  /// one name written in two ways.
  private var names: [String: Set<String>] = [:]

  init(attachments: [(number: Int?, title: String)]) {
    self.attachments = attachments
  }

  mutating func learnNames(from document: WordDocument) {
    for text in document.texts {
      for name in ReferenceRules.names(in: text) { names[String(name.sorted()), default: []].insert(name) }
    }
  }

  func flags(for template: Template, printedTotal: Score?) -> [Flag] {
    var flags = TextRules.flags(in: template.title).map { $0.at("标题") }
    flags += ReferenceRules.flags(title: template.title, names: names)
    for item in template.items {
      let place = "第 \(item.id) 项"
      let texts = [item.node.text] + item.node.cells
      flags += texts.flatMap(TextRules.flags).map { $0.at(place) }
      flags += texts.flatMap { ReferenceRules.flags(in: $0, attachments: attachments) }.map { $0.at(place) }
    }
    flags += TextRules.flags(in: template.note).map { $0.at("备注") }
    if template.kind == .schedule {
      flags += StructureRules.scheduleFlags(template)
    } else {
      flags += StructureRules.numberFlags(template) + StructureRules.pointFlags(template, printedTotal: printedTotal)
      flags += StructureRules.missingStops(template)
    }
    return flags
  }
}

extension ImportedTemplate.Flag {
  /// The same doubt with its place in front.
  fileprivate func at(_ place: String) -> Self {
    Self(text: text, reason: "\(place)：\(reason)", suggestion: suggestion)
  }
}

extension WordDocument {
  /// Every paragraph's text, tables included.
  fileprivate var texts: [String] {
    blocks.flatMap { block -> [String] in
      switch block {
      case .paragraph(let paragraph): [paragraph.text]
      case .table(let table): table.rows.flatMap(\.cells).flatMap(\.paragraphs).map(\.text)
      }
    }
  }
}
