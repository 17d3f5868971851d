import SyncEngine
import SyncModel
import SyncReports
import SyncTemplates

/// Ledgers as people name them: those of campaigns, and those that come with the product.
struct LedgerLookup {
  /// A ledger with what may go up of it as numbers.
  struct Found {
    let ledger: Ledger
    /// On the command line; nil for a campaign's.
    let slug: String?
    let countRules: [CountRule]
  }

  let all: [Found]

  init(_ office: Office) throws {
    all = try office.campaignLedgers().map { Found(ledger: $0, slug: nil, countRules: []) } + Self.standing
  }

  /// Ledgers and registers outside any campaign.
  static let standing: [Found] = BundledTemplate.all.filter(\.template.kind.hasRows).map { bundled in
    Found(
      ledger: Ledger(subject: SubjectID(ledger: bundled.slug), slot: 0, template: bundled.template),
      slug: bundled.slug, countRules: bundled.countRules)
  }

  /// By short name, title, the campaign's name, or a part that only one has.
  func find(_ text: String) throws -> Found {
    let wanted = text.trimmingBlanks()
    for matches in [
      all.filter { $0.slug == wanted || $0.ledger.template.title == wanted || $0.ledger.title == wanted },
      all.filter { $0.ledger.campaignName == wanted },
      all.filter { !wanted.isEmpty && $0.ledger.title.contains(wanted) },
    ] where !matches.isEmpty {
      // A campaign's ledger is what somebody was asked for; the one of the same name outside any is meant by its short name.
      let asked = matches.filter { $0.slug == nil }
      if matches.count == 1 { return matches[0] }
      if asked.count == 1 { return asked[0] }
      throw Refusal(
        code: "ambiguousLedger", message: "“\(text)”不止一份台账",
        hint: "请写全：" + matches.map { $0.slug ?? $0.ledger.title }.joined(separator: "、"))
    }
    throw Refusal(
      code: "unknownLedger", message: "没有台账或登记簿“\(text)”", hint: "全部见 unitcli ledger list")
  }
}

extension Conflict.RowPlace {
  /// Its ledger, also where that comes with the product.
  var known: Ledger? { ledger ?? LedgerLookup.standing.first { $0.ledger.subject == subject }?.ledger }

  /// nil where it is the row itself that stands or does not.
  var columnTitle: String? {
    column.map { column in
      guard let columns = known?.template.columns, columns.indices.contains(column) else { return "第 \(column + 1) 栏" }
      return columns[column].title
    }
  }
}

extension LedgerRow {
  /// As JSON: cells by the titles of their columns.
  func json(_ ledger: Ledger) -> JSON {
    [
      "id": .text(shortID), "unit": .text(unit.path.description),
      "cells": .object(
        ledger.template.columns.enumerated().compactMap { index, column in
          cells[index].map { JSON.Member(key: column.title, value: Self.json($0, column)) }
        }),
      "conflict": .bool(inConflict),
    ]
  }

  private static func json(_ register: Register, _ column: Template.Column) -> JSON {
    guard let value = register.value, value != .nothing else { return nil }
    if case .decimal(let decimal) = value, let number = decimal.score { return JSON.score(number) }
    return .text(column.display(value))
  }
}
