import SyncEngine
import SyncModel
import SyncReports

/// What a file gave, before anything of it is saved.
struct ImportPreview {
  private let found: [ImportedTemplate]
  /// By template, what its items' words were read to ask for, without what it already says.
  private let suggestions: [[(item: Template.Item, requirements: [Requirement])]]
  private let isFull: Bool
  private let width: Int

  init(_ found: [ImportedTemplate], isFull: Bool, width: Int) {
    self.found = found
    self.isFull = isFull
    self.width = width
    suggestions = found.map { RequirementReader.suggestions(for: $0.template) }
  }

  var json: JSON {
    [
      "templates": .array(
        zip(found, suggestions).map { imported, suggestions in
          TemplateScreen.json(imported.template, hash: imported.template.hash).adding([
            "flags": .array(
              imported.flags.map {
                [
                  "text": .text($0.text), "reason": .text($0.reason),
                  "suggestion": .optional($0.suggestion, JSON.text),
                ]
              }), "page": TemplateScreen.page(imported.template), "tree": TemplateScreen.tree(imported.template),
            "requirements": .array(
              suggestions.flatMap { item, requirements in
                requirements.map { (["item": .text(item.id)] as JSON).adding(TemplateScreen.json($0)) }
              }),
          ])
        })
    ]
  }

  /// - Parameter known: those that are stored already.
  func lines(known: Set<Digest256> = []) -> [String] {
    zip(found, suggestions).enumerated().flatMap { index, pair in
      (index == 0 ? [] : [""]) + lines(pair.0, pair.1, isKnown: known.contains(pair.0.template.hash))
    }
  }

  private func lines(
    _ imported: ImportedTemplate, _ suggestions: [(item: Template.Item, requirements: [Requirement])], isKnown: Bool
  ) -> [String] {
    let template = imported.template
    let screen = TemplateScreen(template: template, width: width)
    let id = template.hash.description.prefix(8)
    var lines = ["\(id)  \(template.title)（\(screen.size)\(isKnown ? "，原已导入，未重复保存" : "")）"]
    lines += screen.pageLines
    lines += isFull ? screen.treeLines : screen.sectionLines
    if !imported.flags.isEmpty {
      lines.append("  存疑 \(imported.flags.count) 处，请对照原文：")
      for flag in imported.flags {
        let says = flag.text.isEmpty || flag.reason.contains(flag.text)
        lines += screen.hanging(says ? flag.reason : "“\(flag.text)”：\(flag.reason)", mark: "· ")
      }
    }
    let count = suggestions.reduce(0) { $0 + $1.requirements.count }
    if count > 0 {
      lines.append("  从条文中读出 \(count) 条数量要求，加 --accept-requirements 写进表样：")
      lines += screen.lines(suggestions)
    }
    let accepted = template.items.reduce(0) { $0 + $1.node.requirements.count }
    if accepted > 0, !isFull { lines.append("  表样中有 \(accepted) 条数量要求（unitcli template show \(id) 查看）。") }
    return lines
  }
}
