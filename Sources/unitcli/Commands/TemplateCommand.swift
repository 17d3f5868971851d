import ArgumentParser
import SyncEngine
import SyncModel
import SyncReports
import SyncTemplates

struct TemplateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "template", abstract: "导入、查看表样", subcommands: [Import.self, List.self, Show.self])

  struct List: OfficeCommand {
    static let configuration = CommandConfiguration(abstract: "查看已导入的表样")

    @OptionGroup var global: GlobalOptions

    func perform(in session: Session) throws {
      let office = try session.open()
      let templates = try office.templates()
      session.emit(["templates": .array(templates.map { TemplateCommand.json($0.template, hash: $0.hash) })])
      try session.sayUnlessJSON(lines(templates, width: session.console.columns))
    }

    private func lines(_ templates: [StoredTemplate], width: Int) throws -> [String] {
      let bundled = BundledTemplate.all.map { "  \($0.slug)  \($0.template.title)" }
      let more = ["", "随软件附带的表样（unitcli template import --bundled 名称）："] + bundled
      if templates.isEmpty { return ["还没有表样。用 unitcli template import 文件.docx 导入。"] + more }
      var table = TextTable([
        .init("编号"), .init("名称", wraps: true), .init("种类"), .init("项数", .right), .init("总分", .right),
      ])
      for stored in templates {
        table.add([
          stored.id, stored.template.title, stored.template.kind.title, "\(stored.template.leaves.count)",
          stored.template.points?.description ?? "",
        ])
      }
      return table.lines(width: width) + more
    }
  }

  struct Show: OfficeCommand {
    static let configuration = CommandConfiguration(abstract: "查看一个表样的全部条目")

    @Argument(help: ArgumentHelp("表样的编号或名称", valueName: "表样"))
    var template: String

    @OptionGroup var global: GlobalOptions

    func perform(in session: Session) throws {
      let office = try session.open()
      let stored = try office.template(template)
      let ids = Dictionary(
        stored.template.items.map { ($0.path, $0) }, uniquingKeysWith: { first, _ in first })
      session.emit(
        TemplateCommand.json(stored.template, hash: stored.hash)
          .adding(["sections": Self.nodes(ids.values.filter { $0.path.count == 1 }, all: stored.template.items)]))
      session.sayUnlessJSON(Self.lines(stored, width: session.console.columns))
    }

    /// The items as a tree again, each with the id it is called by.
    private static func nodes(_ level: [Template.Item], all: [Template.Item]) -> JSON {
      .array(
        level.sorted { $0.ordinal < $1.ordinal }.map { item in
          let children = all.filter { $0.path.count == item.path.count + 1 && $0.path.starts(with: item.path) }
          return [
            "id": .text(item.id), "number": .text(item.node.number), "text": .text(item.node.text),
            "points": .optional(item.node.points, JSON.score), "cells": .list(item.node.cells),
            "deliverables": .array(
              item.node.deliverables.map {
                ["title": .text($0.title), "due": .optional($0.due) { .text($0.description) }]
              }),
            "children": nodes(children, all: all),
          ]
        })
    }

    private static func lines(_ stored: StoredTemplate, width: Int) -> [String] {
      let template = stored.template
      var table = TextTable([.init("编号"), .init("内容", wraps: true), .init("分值", .right)])
      for item in template.items {
        let details = item.node.cells.filter { !$0.isEmpty }.map { "（\($0.replacing("\n", with: " "))）" }.joined()
        let indent = String(repeating: "  ", count: item.path.count - 1)
        table.add([
          item.isLeaf ? item.id : item.node.number, indent + item.node.text + details,
          item.node.points?.description ?? "",
        ])
      }
      return ["\(template.title)（\(template.kind.title)，编号 \(stored.id)）", ""]
        + (table.isEmpty ? ["栏目：" + template.columns.map(\.title).joined(separator: "、")] : table.lines(width: width))
        + (template.note.isEmpty ? [] : ["", template.note])
    }
  }

  /// What every listing of a template has.
  static func json(_ template: Template, hash: Digest256) -> JSON {
    [
      "id": .text(String(hash.description.prefix(8))), "hash": .text(hash.description), "title": .text(template.title),
      "kind": .text(template.kind.name), "levels": .array(template.levels.map(JSON.integer)),
      "items": .integer(template.leaves.count), "points": .optional(template.points, JSON.score),
      "columns": .list(template.columns.map(\.title)),
    ]
  }
}
