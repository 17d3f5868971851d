import SyncEngine
import SyncModel
import SyncReports

/// From where somebody looks: above a unit the hour at which it typed is nobody's business, only the day is shown.
struct Viewer {
  let home: UnitPath
  private let directory: Directory
  private var tree: UnitTree { directory.tree }
  let clock: ClockText
  let thisYear: Int

  init(_ session: Session, _ office: Office) throws {
    home = office.identity.unit
    directory = try office.directory()
    clock = try session.clock
    thisYear = try session.today().year
  }

  /// `9月26日 14:30`, or the day alone above the unit.
  func claimed(_ author: Conflict.Author, in unit: UnitPath) -> String {
    tree.isAbove(home, unit)
      ? clock.dayText(author.claimedMilliseconds, thisYear: thisYear)
      : clock.minute(author.claimedMilliseconds, thisYear: thisYear)
  }

  func claimedJSON(_ author: Conflict.Author, in unit: UnitPath) -> JSON {
    tree.isAbove(home, unit)
      ? .optional(clock.day(author.claimedMilliseconds)) { .text($0.description) }
      : .text(clock.iso8601(author.claimedMilliseconds))
  }

  /// The day alone above the unit, as for what was claimed: a laptop that syncs often would tell the hour all the same.
  func received(_ author: Conflict.Author, in unit: UnitPath) -> String {
    tree.isAbove(home, unit)
      ? clock.dayText(author.origin.receivedMilliseconds, thisYear: thisYear)
      : clock.minute(author.origin.receivedMilliseconds, thisYear: thisYear)
  }

  private func receivedJSON(_ author: Conflict.Author, in unit: UnitPath) -> JSON {
    tree.isAbove(home, unit)
      ? .optional(clock.day(author.origin.receivedMilliseconds)) { .text($0.description) }
      : .text(clock.iso8601(author.origin.receivedMilliseconds))
  }

  /// What the author's own device calls them.
  static func name(_ author: Conflict.Author) -> String {
    switch author.origin.name {
    case .known(let name): name
    case .redacted: "姓名已\(Absence.redactedTitle)"
    case .missing: "姓名未到"
    }
  }

  /// `张三（办公室电脑）`; `张三（办公室电脑，曾名 笔记本）` where the device was called something else before.
  static func who(_ author: Conflict.Author) -> String {
    if author.origin.deviceName.isEmpty { return name(author) }
    return "\(name(author))（\(author.origin.deviceName)\(former(author.origin.formerNames))）"
  }

  /// `，曾名 笔记本`; empty where a device never had another name.
  static func former(_ names: [String]) -> String {
    if names.isEmpty { return "" }
    let more = names.count > shownFormerNames ? "等 \(names.count) 个" : ""
    return "，曾名 \(names.prefix(shownFormerNames).joined(separator: "、"))\(more)"
  }

  /// Beside each author there is room for so many.
  private static let shownFormerNames = 3

  /// Where a value comes from: the members of a sibling behind its value.
  func originJSON(_ author: Conflict.Author, in unit: UnitPath) -> JSON {
    let origin: JSON = [
      "replica": .text(author.origin.replica.description),
      "author": .optional(author.origin.personName, JSON.text),
      "device": .text(author.origin.deviceName),
      "claimed": claimedJSON(author, in: unit),
      "received": receivedJSON(author, in: unit),
    ]
    let name: JSON = author.origin.name == .redacted ? ["authorRedacted": true] : [:]
    let former = author.origin.formerNames
    return origin.adding(name).adding(former.isEmpty ? [:] : ["deviceFormerNames": .list(former)])
  }

  /// One different value, numbered as `--take` counts, with its first author; further ones who wrote the same under
  /// `others`.
  func json(_ version: Conflict.Version, number: Int, field: AnswerField?, in unit: UnitPath) -> JSON {
    var sibling: JSON = ["number": .integer(number), "value": Self.json(version.value, field)]
    if let first = version.authors.first { sibling = sibling.adding(originJSON(first, in: unit)) }
    if version.value == nil { sibling = sibling.adding(["absent": true]).adding(json(version.absence, in: unit)) }
    if version.authors.count > 1 {
      sibling = sibling.adding(["others": .array(version.authors.dropFirst().map { originJSON($0, in: unit) })])
    }
    return sibling
  }

  /// The members that say why a value is null.
  func json(_ absence: Absence?, in unit: UnitPath) -> JSON {
    switch absence {
    case nil: .object([])
    case .owed: ["owed": true]
    case .redacted(let redaction):
      [
        "redacted": [
          "reason": .optional(redaction?.reason, JSON.text),
          "author": .optional(redaction?.author.origin.personName, JSON.text),
          "device": .optional(redaction) { .text($0.author.origin.deviceName) },
          "claimed": .optional(redaction) { claimedJSON($0.author, in: unit) },
        ]
      ]
    }
  }

  /// `内容未到`, `依规删除（张三（办公室电脑） 9月26日：含身份证号）`.
  func text(_ absence: Absence?, in unit: UnitPath) -> String {
    guard case .redacted(let redaction) = absence else { return Absence.owedTitle }
    guard let redaction else { return Absence.redactedTitle }
    let reason = redaction.reason ?? "理由\(Absence.owedTitle)"
    return "\(Absence.redactedTitle)（\(Self.who(redaction.author)) \(claimed(redaction.author, in: unit))：\(reason)）"
  }

  func json(_ versions: [Conflict.Version], field: AnswerField?, in unit: UnitPath) -> JSON {
    .array(versions.enumerated().map { json($1, number: $0 + 1, field: field, in: unit) })
  }

  /// What was decided 核定 about a field and whether it still stands; null where nobody settled it.
  func json(_ settlement: Settlement?, field: AnswerField?, in unit: UnitPath) -> JSON {
    .optional(settlement) { settlement in
      let state: JSON = ["state": .text(settlement.state.rawValue)]
      let decisions = settlement.decisions.map { json($0, field: field, in: unit) }
      return (decisions.first.map(state.adding) ?? state).adding(
        decisions.count > 1 ? ["others": .array(Array(decisions.dropFirst()))] : [:])
    }
  }

  private func json(_ decision: Settlement.Decision, field: AnswerField?, in unit: UnitPath) -> JSON {
    let value: JSON = ["value": Self.json(decision.value, field)]
    return value.adding(json(decision.absence, in: unit)).adding(json(decision.note, in: unit))
      .adding(originJSON(decision.author, in: unit))
  }

  /// The note's text, or null; `noteAbsent` where it was redacted or has not come.
  func json(_ note: Settlement.Note, in unit: UnitPath) -> JSON {
    let text: JSON = ["note": .optional(note.text, JSON.text)]
    return note.absence == nil ? text : text.adding(["noteAbsent": json(note.absence, in: unit)])
  }

  /// `赵核定（组织部电脑） 9月28日核定为 1.5：按会议记录核定`, one after another.
  func text(_ settlement: Settlement, in unit: UnitPath, _ display: (Value) -> String) -> String {
    settlement.decisions.map { decision in
      let value = decision.value.map(display) ?? text(decision.absence, in: unit)
      return "\(Self.who(decision.author)) \(claimed(decision.author, in: unit))核定为 \(value)"
        + (text(decision.note, in: unit).map { "：\($0)" } ?? "")
    }.joined(separator: "；")
  }

  /// nil where nothing was said.
  func text(_ note: Settlement.Note, in unit: UnitPath) -> String? {
    note.text ?? (note.absence == nil ? nil : "说明\(text(note.absence, in: unit))")
  }

  /// A score as a number, a status by its English name, a cleared field as null.
  static func json(_ value: Value?, _ field: AnswerField?) -> JSON {
    switch value {
    case nil, .nothing: .null
    case .choice(let code) where field == .status: .optional(AnswerStatus(rawValue: code)) { .text($0.name) }
    case .decimal(let decimal): decimal.score.map(JSON.score) ?? .text(Value.decimal(decimal).plainText)
    case .integer(let number): .integer(Int(number))
    case .some(let other): .text(other.plainText)
    }
  }

  /// `张三（办公室电脑） 9月26日 14:30`, one after another.
  func authors(_ version: Conflict.Version, in unit: UnitPath) -> String {
    version.authors.map { author in
      "\(Self.who(author)) \(claimed(author, in: unit))" + (isOnBehalf(author, in: unit) ? " 代填" : "")
    }.joined(separator: "；")
  }

  /// 核定后改动, and it was this unit that had decided.
  func isAsked(_ settlement: Settlement) -> Bool { settlement.isAsked(of: home, directory) }

  /// Written on a device of another unit.
  func isOnBehalf(_ author: Conflict.Author, in unit: UnitPath) -> Bool {
    directory.devices[author.origin.device].map { $0.unit != unit } ?? false
  }
}

extension Workspace.Written {
  /// As scripts name an entry.
  var entry: String { "\(place.replica):\(place.seq)" }
}
