import Foundation
import SyncEngine
import SyncModel

/// A unit's form 填报表: the campaign's checklists with a column for whatever the unit fills in, to be filled in WPS where
/// nothing of ours is installed. What it shows is remembered in it as short hashes, so that what comes back unchanged is
/// told from what was filled in.
public enum FormSheet {
  /// Of what a cell showed.
  static let hashBytes = 6

  /// The columns that a unit fills in.
  static func fields(of template: Template) -> [AnswerField] {
    if template.points != nil { return [.selfScore, .completion, .remark] }
    // A schedule's own 备注 says what is due.
    return template.kind == .schedule ? [.status, .completion] : [.status, .completion, .remark]
  }

  static func plan(of template: Template) -> PaperPlan {
    PaperPlan(template, fields: fields(of: template), evidence: false)
  }

  static func hash(_ text: String) -> [UInt8] {
    Array(Digest256(hashing: Array(text.compared.utf8)).bytes.prefix(hashBytes))
  }

  /// As a cell prints it: what is read there again.
  static func printed(_ text: String) -> String { DocumentCell(text).text }

  /// True where a cell says what it said when it was printed; an apostrophe that keeps a program from calculating is no part
  /// of it.
  static func isAsPrinted(_ text: String, _ shown: some Collection<UInt8>) -> Bool {
    let plain = CSVWriter.withoutApostrophe(text)
    return hash(text).elementsEqual(shown) || plain != text && hash(plain).elementsEqual(shown)
  }

  /// The whole text where a cell holds only its beginning.
  static func uncut(_ lines: [TextLine]) -> String? {
    CellText.fitting(lines) == lines ? nil : lines.map(\.text).joined(separator: "\n")
  }

  /// True where `text` would put the beginning of a long text in the place of the whole.
  /// - Parameter whole: what stands there now, where it is too long for a cell.
  static func shortens(_ text: String, _ whole: String?) -> Bool {
    CellText.isCut(text) || whole.map { $0.compared.hasPrefix(text.compared) } ?? false
  }

  static let cutReason = "这一格太长，表上印的只是开头，收下会丢掉后面的文字"
  static let cutHint = "请把这一格改回印出来的样子，全文用 unitcli 修改；要整个换掉，请删净后另写"

  /// The cells that can be filled in: item by item, left to right.
  static func cells(of template: Template) -> [(item: Template.Item, field: AnswerField)] {
    let fields = plan(of: template).answerColumns.map(\.field)
    return template.leaves.flatMap { item in fields.map { (item, $0) } }
  }

  /// One checklist as the form has it.
  static func paper(_ part: AnswerSheet.Part, of sheet: AnswerSheet, date: CalendarDate?) -> ChecklistPaper {
    ChecklistPaper(
      part.template, ChecklistPaper.Answers(part, of: sheet, date: date), fields: fields(of: part.template),
      evidence: false)
  }

  /// What the form shows of `part`, hash by hash, the sum of the scores last.
  static func shown(_ part: AnswerSheet.Part, of sheet: AnswerSheet) -> [UInt8] {
    let paper = paper(part, of: sheet, date: nil)
    return cells(of: part.template).flatMap { hash(paper.answer($0.item.ordinal, [$0.field]).text) }
      + hash(paper.totalText ?? "")
  }

  /// Ids of the rows that the form shows, each followed by a hash for each column.
  static func shown(_ rows: [LedgerRow], of ledger: Ledger) -> [UInt8] {
    rows.flatMap { row in
      row.id.bytes + ledger.template.columns.indices.flatMap { hash(text(row, $0, ledger)) }
    }
  }

  static func text(_ row: LedgerRow, _ column: Int, _ ledger: Ledger) -> String {
    if ledger.template.columns[column].content == .sequence { return "" }
    guard let register = row.cells[column] else { return "" }
    return LedgerPaper.cell(register, ledger.template.columns[column]).text
  }
}
