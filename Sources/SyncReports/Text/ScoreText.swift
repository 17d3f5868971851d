import SyncModel

/// A unit's filling in words: distinct kinds of empty stay distinct, and an open difference is always marked.
public enum ScoreText {
  /// `82–86 分（可得 100 分），3 项待核定`.
  public static func sentence(_ summary: ScoreSummary) -> String {
    let owed = summary.owed == 0 ? "" : "，\(summary.owed) 项内容未到"
    let blank = summary.oneSided == 0 ? "" : "（其中 \(summary.oneSided) 项一方空白）"
    let open = (summary.conflicts == 0 ? "" : "，\(summary.conflicts) 项待核定\(blank)") + owed
    return "\(summary.interval) 分（可得 \(summary.attainable) 分）\(open)"
  }

  /// `已填 12/44`; `已记 3 行` of tables that are filled in row by row.
  public static func filled(_ summary: ScoreSummary) -> String {
    let items = summary.total > 0 || summary.ledgers == 0 ? "已填 \(summary.filled)/\(summary.total)" : ""
    return [items, rows(summary)].filter { !$0.isEmpty }.joined(separator: "，")
  }

  /// `12/44`; `—` where nothing is to be filled in item by item.
  public static func fraction(_ filled: Int, of total: Int) -> String { total == 0 ? "—" : "\(filled)/\(total)" }

  /// `已记 3 行`, `没有记录`; empty where the campaign has no table.
  public static func rows(_ summary: ScoreSummary) -> String {
    summary.ledgers == 0 ? "" : rows(summary.rows)
  }

  public static func rows(_ count: Int) -> String { count == 0 ? "没有记录" : "已记 \(count) 行" }

  /// `⚠2 待核定`; empty where nothing is open.
  public static func conflictMark(_ count: Int) -> String { count == 0 ? "" : "⚠\(count) 待核定" }

  /// `零分 2 项，一方空白 1 项，不适用 1 项，依规删除 1 项`; empty where there are none.
  public static func remarks(_ summary: ScoreSummary, scored: Bool) -> String {
    var remarks: [String] = []
    if scored, summary.zeros > 0 { remarks.append("零分 \(summary.zeros) 项") }
    if scored, summary.oneSided > 0 { remarks.append("一方空白 \(summary.oneSided) 项") }
    if summary.notApplicable > 0 { remarks.append("不适用 \(summary.notApplicable) 项") }
    if summary.owed > 0 { remarks.append("内容未到 \(summary.owed) 项") }
    if summary.redacted > 0 { remarks.append("依规删除 \(summary.redacted) 项") }
    return remarks.joined(separator: "，")
  }
}
