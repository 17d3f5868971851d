import SyncModel
import SyncReports

/// A template on the screen and for scripts: in one line, by sections, as a tree.
struct TemplateScreen {
  let template: Template
  /// Columns of the screen.
  let width: Int

  // MARK: For scripts

  /// What every listing of a template has.
  static func json(_ template: Template, hash: Digest256) -> JSON {
    [
      "id": .text(String(hash.description.prefix(8))), "hash": .text(hash.description), "title": .text(template.title),
      "kind": .text(template.kind.name), "levels": .array(template.levels.map(JSON.integer)),
      "items": .integer(template.leaves.count), "points": .optional(template.points, JSON.score),
      "columns": .list(template.columns.map(\.title)),
    ]
  }

  /// The items as a tree again, each with the id it is called by.
  static func tree(_ template: Template) -> JSON {
    var rest = template.items[...]
    return nodes(from: &rest, depth: 1)
  }

  /// Takes the items of this depth, and those below them, off the front.
  private static func nodes(from rest: inout ArraySlice<Template.Item>, depth: Int) -> JSON {
    var nodes: [JSON] = []
    while let item = rest.first, item.path.count == depth {
      rest.removeFirst()
      nodes.append([
        "id": .text(item.id), "number": .text(item.node.number), "text": .text(item.node.text),
        "points": .optional(item.node.points, JSON.score), "cells": .list(item.node.cells),
        "deliverables": .array(
          item.node.deliverables.map {
            ["title": .text($0.title), "due": .optional($0.due) { .text($0.description) }]
          }),
        "requirements": .array(item.node.requirements.map(json)),
        "children": Self.nodes(from: &rest, depth: depth + 1),
      ])
    }
    return .array(nodes)
  }

  static func json(_ requirement: Requirement) -> JSON {
    [
      "kind": .text(requirement.kind.name), "what": .text(requirement.what),
      "amount": .optional(requirement.amount, JSON.score), "measure": .text(requirement.measure),
      "period": .optional(requirement.period) { .text($0.name) }, "soft": .bool(requirement.isSoft),
      "each": .bool(requirement.isEach), "substitute": .text(requirement.substitute), "quote": .text(requirement.quote),
      "text": .text(requirement.text),
    ]
  }

  /// How its table is printed.
  static func page(_ template: Template) -> JSON {
    [
      "audience": .text(template.audience), "preface": .list(template.preface), "note": .text(template.note),
      "landscape": .bool(template.isLandscape),
      "columnDetails": .array(
        template.columns.map {
          [
            "title": .text($0.title), "span": .integer($0.span), "width": .integer($0.width),
            "content": .text($0.content.name), "required": .bool($0.isRequired), "choices": .list($0.choices),
          ]
        }),
    ]
  }

  // MARK: For people

  /// `评分表，各级 12／44 项，共 100 分`.
  var size: String {
    let points = template.points.map { "，共 \($0) 分" } ?? ""
    let levels = template.levels.map(String.init).joined(separator: "／")
    let items =
      template.levels.isEmpty
      ? "\(template.columns.count) 栏空表" : "\(template.levels.count > 1 ? "各级 " : "")\(levels) 项\(points)"
    return "\(template.kind.title)，\(items)"
  }

  /// What stands around the items.
  var pageLines: [String] {
    var lines = ["栏目：" + template.columns.map(\.title).joined(separator: "、") + (template.isLandscape ? "（横向）" : "")]
    if !template.preface.isEmpty { lines.append("表前填写：" + template.preface.map(Self.closed).joined(separator: "；")) }
    if !template.note.isEmpty { lines.append("表后说明：" + template.note.replacing("\n", with: " ")) }
    return lines.flatMap { hanging($0, mark: "") }
  }

  /// A line for each section, with what its items add up to.
  var sectionLines: [String] {
    if template.sections.isEmpty { return [] }
    let isDeep = template.levels.count > 1
    let hasPoints = template.items.contains { $0.node.points != nil }
    var columns: [TextTable.Column] = [.init("编号"), .init("内容", wraps: true)]
    if isDeep { columns.append(.init("项数", .right)) }
    if hasPoints { columns += [.init("分值", .right), .init("各项合计", .right)] }
    var table = TextTable(columns)
    for section in template.items where section.path.count == 1 {
      let below = Template(title: "", kind: template.kind, sections: section.node.children)
      var row = [section.node.number.isEmpty ? "—" : section.node.number, Self.excerpt(section.node.text)]
      if isDeep { row.append(below.leaves.isEmpty ? "" : "\(below.leaves.count)") }
      if hasPoints {
        let (printed, sum) = (section.node.points, below.points)
        let isUneven = printed != nil && sum != nil && printed != sum
        row += [printed?.description ?? "", (sum?.description ?? "") + (isUneven ? " 不符" : "")]
      }
      table.add(row)
    }
    return table.lines(width: width)
  }

  /// Every item, indented by its depth, with the numbers it is called by.
  var treeLines: [String] {
    var table = TextTable([.init("编号"), .init("内容", wraps: true), .init("分值", .right)])
    for item in template.items {
      let details = item.node.cells.filter { !$0.isEmpty }.map { "（\($0.replacing("\n", with: " "))）" }.joined()
      let asked = item.node.requirements.map { "〔\($0.text)〕" }.joined()
      let indent = String(repeating: "  ", count: item.path.count - 1)
      table.add([
        item.isLeaf ? item.id : item.node.number, indent + item.node.text + details + asked,
        item.node.points?.description ?? "",
      ])
    }
    return table.isEmpty ? [] : table.lines(width: width)
  }

  /// What was read in the items' words, each with those words.
  func lines(_ suggestions: [(item: Template.Item, requirements: [Requirement])]) -> [String] {
    suggestions.flatMap { item, requirements in
      requirements.flatMap { requirement in
        hanging("\(requirement.kind.title) 第 \(item.id) 项：\(requirement.text)　原文“\(requirement.quote)”", mark: "· ")
      }
    }
  }

  /// `text` over as many lines as it takes, those after the first under it.
  func hanging(_ text: String, mark: String) -> [String] {
    let indent = String(repeating: " ", count: DisplayWidth.of(mark))
    return LineWrap.lines(text, columns: max(width - 2 - indent.count, 20)).enumerated().map {
      "  " + ($0 == 0 ? mark : indent) + $1
    }
  }

  private static func excerpt(_ text: String) -> String {
    let line = text.replacing("\n", with: " ")
    return line.count > 40 ? line.prefix(40) + "…" : line
  }

  /// Runs of blanks to write on, shortened.
  private static func closed(_ text: String) -> String {
    text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }
}
