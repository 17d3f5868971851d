import SyncEngine
import SyncModel

/// 核定后改动 on paper: what stands counts, and what had been decided stands beside it.
enum SettlementText {
  /// `注：核定后改动，以后来填的为准：第 5.1 项自评分（赵核定 原核定为 1.5：按会议记录核定）。`; nil where there is none.
  static func note(_ places: [(place: String, settlement: Settlement, display: (Value) -> String)]) -> String? {
    if places.isEmpty { return nil }
    let told = places.map { "\($0.place)（\(decided($0.settlement, $0.display))）" }
    return "注：\(Settlement.changedTitle)，以后来填的为准：\(told.joined(separator: "；"))。"
  }

  private static func decided(_ settlement: Settlement, _ display: (Value) -> String) -> String {
    settlement.decisions.map { decision in
      let value = decision.value.map(display) ?? decision.absence?.title ?? ""
      let note = decision.note.text ?? decision.note.absence.map { "说明\($0.title)" }
      return "\(name(decision.author.origin.name))原核定为 \(value)" + (note.map { "：\($0)" } ?? "")
    }.joined(separator: "，")
  }

  private static func name(_ name: PersonName) -> String {
    switch name {
    case .known(let text): text
    case .redacted: "姓名已\(Absence.redactedTitle)"
    case .missing: "姓名未到"
    }
  }
}

extension DocumentCell {
  /// The same words or number, marked: its text is what a form is compared by.
  var warning: DocumentCell {
    let marked: Content =
      switch content {
      case .text(let lines): .text(lines.map { TextLine($0.text, .warning) })
      case .number(let value, let unit, _): .number(value, unit: unit, tone: .warning)
      case .sum: content
      }
    return DocumentCell(marked, columnSpan: columnSpan, rowSpan: rowSpan, alignment: alignment)
  }
}
