import SyncEngine
import SyncModel
import SyncReports
import SyncTemplates

/// Ledgers as people name them: those of campaigns, and those that come with the product.
///
/// A campaign may hold a ledger of the same name as one outside any, or as another campaign's. Whoever reads gets the rows
/// of all of them; whoever writes is asked which one is meant, and without a terminal nothing is written.
struct LedgerLookup {
  /// A ledger with what may go up of it as numbers.
  struct Found {
    let ledger: Ledger
    /// On the command line; nil for a campaign's.
    let slug: String?
    let countRules: [CountRule]
    let rowChecks: [RowCheck]
    /// Of the campaign; nil outside any.
    let units: [UnitPath]?
  }

  let all: [Found]
  private let office: Office
  private let tree: UnitTree
  private let home: UnitPath

  init(_ office: Office) throws {
    self.office = office
    all =
      try office.campaignLedgers().map {
        Found(ledger: $0.ledger, slug: nil, countRules: [], rowChecks: [], units: $0.campaign.units)
      } + Self.standing
    tree = try office.directory().tree
    home = office.identity.unit
  }

  /// Ledgers and registers outside any campaign.
  static let standing: [Found] = BundledTemplate.all.filter(\.template.kind.hasRows).map { bundled in
    Found(
      ledger: Ledger(subject: SubjectID(ledger: bundled.slug), slot: 0, template: bundled.template),
      slug: bundled.slug, countRules: bundled.countRules, rowChecks: bundled.rowChecks, units: nil)
  }

  // MARK: Reading

  /// Every ledger that `text` names; several only where they bear the same title.
  ///
  /// - Parameter top: whose rows are looked at. Of other units a 登记簿 is not here: it does not stand in the way of a
  ///   ledger of its name.
  func reading(_ text: String, under top: UnitPath? = nil) throws -> [Found] {
    var found = try candidates(text, under: home)
    if let top, top != home, found.contains(where: { $0.ledger.channel != .internal }) {
      found.removeAll { $0.ledger.channel == .internal }
    }
    if Set(found.map(\.ledger.template.title)).count > 1 { throw ambiguous(text, found, for: "ledger list") }
    return found
  }

  // MARK: Writing

  /// The one ledger that `text` names for rows of `unit`.
  ///
  /// - Parameters:
  ///   - command: what is being typed, for saying how each of several is named: `ledger add`.
  /// - Throws: ``Refusal`` where several bear the name and nobody is there to be asked.
  func writing(_ text: String, of unit: UnitPath, for command: String, _ session: Session) throws -> Found {
    try choose(text, candidates(text, under: unit), for: command, session)
  }

  /// The row that `id` begins, in whichever of the ledgers named `text` it stands.
  func row(
    _ id: String, in text: String, for command: String, _ office: Office, _ session: Session
  ) throws -> (ledger: Ledger, row: LedgerRow) {
    let found = try candidates(text, under: home)
    let rows = try found.map { ($0, try LedgerCommand.rows(id, of: $0.ledger, office)) }.filter { !$0.1.isEmpty }
    if rows.isEmpty { throw LedgerError.unknownRow(id) }
    let chosen = try choose(text, rows.map(\.0), for: command, session)
    guard let own = rows.first(where: { $0.0.ledger == chosen.ledger })?.1, own.count == 1 else {
      throw LedgerError.unknownRow(id)
    }
    return (chosen.ledger, own[0])
  }

  private func choose(_ text: String, _ found: [Found], for command: String, _ session: Session) throws -> Found {
    if found.count == 1 { return found[0] }
    guard session.console.isInteractive else { throw ambiguous(text, found, for: command) }
    session.say("“\(text)”不止一份：")
    for (index, one) in found.enumerated() { session.say("  \(index + 1)  \(described(one))") }
    while let answer = try session.ask("是哪一份？填编号，回车不保存："), !answer.isEmpty {
      if let number = Numerals.value(Numerals.halfWidth(answer)), found.indices.contains(number - 1) {
        return found[number - 1]
      }
      session.say("请填 1 到 \(found.count) 之间的编号。")
    }
    throw Refusal.declined
  }

  private func ambiguous(_ text: String, _ found: [Found], for command: String) -> Refusal {
    Refusal(
      code: "ambiguousLedger", message: "“\(text)”不止一份，没有保存",
      hint: "请写明是哪一份："
        + found.map { "unitcli \(command) \(ShellWord.quoted(name($0)))（\(described($0))）" }.joined(separator: "；"))
  }

  private func described(_ found: Found) -> String {
    if found.units == nil {
      return "\(found.ledger.template.title)，\(found.ledger.channel == .internal ? "登记簿，只在本单位" : "不属于专项工作")"
    }
    return "专项工作“\(found.ledger.campaignName)”的\(found.ledger.template.title)"
  }

  // MARK: Names

  /// What names this ledger and no other.
  func name(_ found: Found) -> String {
    if let slug = found.slug { return slug }
    return names(found).first { name in all.count { names($0).contains(name) } == 1 } ?? names(found).last ?? ""
  }

  /// A campaign's ledger from the shortest name to the one that is always its own.
  private func names(_ found: Found) -> [String] {
    if let slug = found.slug { return [slug] }
    let (id, title) = (found.ledger.subject.short, found.ledger.template.title)
    return [found.ledger.title, "\(id)：\(title)", "\(id)：\(found.ledger.slot)"]
  }

  /// By short name, title or the campaign's name; never empty. A part of a title brings up what has it: a person chooses, nobody
  /// else.
  ///
  /// What is for none of the units below `top` does not stand in the way of what is.
  private func candidates(_ text: String, under top: UnitPath) throws -> [Found] {
    let wanted = text.nameKey
    func isCalled(_ name: String) -> Bool { !wanted.isEmpty && name.nameKey == wanted }
    for matches in [
      all.filter { names($0).contains(where: isCalled) },
      all.filter { isCalled($0.ledger.template.title) },
      all.filter { isCalled($0.ledger.campaignName) },
    ] where !matches.isEmpty {
      let own = matches.filter { $0.units?.contains { tree.contains(top, $0) } ?? true }
      return own.isEmpty ? matches : own
    }
    let parts = all.filter { !wanted.isEmpty && $0.ledger.title.nameKey.contains(wanted) }
    if !parts.isEmpty {
      let lines = NameLines.distinct(
        parts.map { found in found.slug.map { "\($0)（\(found.ledger.title)）" } ?? found.ledger.title })
      return try [office.choose(parts, lines, refusing: .partOfName("台账", text, candidates: lines))]
    }
    throw Refusal(
      code: "unknownLedger", message: "没有台账或登记簿“\(text)”", hint: "全部见 unitcli ledger list")
  }
}

/// A word as a shell takes it.
enum ShellWord {
  static func quoted(_ text: String) -> String {
    let isPlain = text.allSatisfy { $0.isLetter || $0.isNumber || "-_./：".contains($0) }
    return isPlain && !text.isEmpty ? text : "'" + text.replacing("'", with: "'\\''") + "'"
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
      "changedAfterSettling": .list(changed.keys.sorted().map { ledger.template.columns[$0].title }),
    ]
  }

  private static func json(_ register: Register, _ column: Template.Column) -> JSON {
    guard let value = register.value, value != .nothing else { return nil }
    if case .decimal(let decimal) = value, let number = decimal.score { return JSON.score(number) }
    return .text(column.display(value))
  }
}
