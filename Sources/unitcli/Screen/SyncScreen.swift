import SyncEngine
import SyncHTTP
import SyncModel

/// What one synchronisation brought, on the screen and as JSON.
struct SyncScreen {
  let outcome: SyncOutcome
  let files: FileOutcome
  let changes: [ReceivedChange]
  let status: WorkspaceStatus

  /// Changes of others that are told one by one; more are counted.
  static let toldChanges = 8

  init(
    _ outcome: SyncOutcome, files: FileOutcome = FileOutcome(), changes: [ReceivedChange], status: WorkspaceStatus
  ) {
    self.outcome = outcome
    self.files = files
    self.changes = changes
    self.status = status
  }

  var json: JSON {
    [
      "sent": .integer(outcome.sent), "received": .integer(outcome.received),
      "roundTrips": .integer(outcome.roundTrips), "bytesSent": .integer(outcome.bytesSent),
      "bytesReceived": .integer(outcome.bytesReceived), "conflicts": .integer(status.conflicts),
      "innerConflicts": .integer(status.innerConflicts),
      "changedAfterSettling": .integer(status.changedSettlements),
      "pending": .integer(status.pending), "inSync": .bool(outcome.inSync),
      "unitStatus": .text((status.ending?.status ?? .active).name),
      "mergedInto": .optional(status.ending?.mergedInto) { .text($0.description) },
      "refused": .array(outcome.refusals.map(\.json)),
      "unsent": ["entries": .integer(status.unsentEntries), "files": .integer(status.unsentFiles.files)],
      "files": [
        "sent": .integer(files.sent), "received": .integer(files.received), "bytesSent": .integer(files.bytesSent),
        "bytesReceived": .integer(files.bytesReceived), "notThere": .integer(files.notThere),
        "refused": .array(files.refusals.map { ["id": .text($0.hash.description), "code": .text($0.code)] }),
      ],
    ]
  }

  func lines() -> [String] {
    var lines = [summary]
    for change in changes.prefix(Self.toldChanges) {
      let place = [change.campaign?.name, change.itemPlace].compactMap { $0 }.joined(separator: " ")
      let value = change.field.display(change.value)
      lines.append(
        "  \(place) \(change.field.title)：\(Viewer.who(change.author)) "
          + (change.settlement.map { "核定为 \(value)" + ($0.text.map { "：\($0)" } ?? "") } ?? "填 \(value)")
          + (change.inConflict ? "  ⚠ 与别的填法不一致" : ""))
    }
    if changes.count > Self.toldChanges { lines.append("  …… 共 \(changes.count) 处，用 unitcli show 查看") }
    lines += fileLines
    if !outcome.inSync { lines += open }
    if status.conflicts > 0 { lines.append("⚠ 填写不一致 \(status.conflicts) 处，待核定：unitcli conflicts list") }
    if status.changedSettlements > 0 {
      lines.append("⚠ \(Settlement.changedTitle) \(status.changedSettlements) 处：unitcli conflicts list")
    }
    if status.pending > 0 { lines.append("有 \(status.pending) 条收到的内容还在等前面的内容，再同步一次通常就好。") }
    if let ending = status.ending { lines.append(ending.sentence) }
    if let clockLine { lines.append(clockLine) }
    return lines
  }

  private var fileLines: [String] {
    var lines: [String] = []
    let parts = [
      files.sent > 0 ? "送出 \(files.sent) 个（\(ByteCount(files.bytesSent).text)）" : nil,
      files.received > 0 ? "取回 \(files.received) 个（\(ByteCount(files.bytesReceived).text)）" : nil,
      status.unsentFiles.files > 0
        ? "还有 \(status.unsentFiles.files) 个（\(ByteCount(status.unsentFiles.bytes).text)）未送出" : nil,
    ].compactMap { $0 }
    if !parts.isEmpty { lines.append("佐证材料：" + parts.joined(separator: "，")) }
    // One line and one next step for each reason.
    for (_, refusals) in Dictionary(grouping: files.refusals, by: \.code).sorted(by: { $0.key < $1.key }) {
      guard let first = refusals.first else { continue }
      lines.append("  \(refusals.count) 个没有送成：\(first.message)，\(first.hint)")
    }
    if files.notThere > 0 { lines.append("  \(files.notThere) 个汇总点还没有收到") }
    return lines
  }

  /// nil where this machine's clock and the hub's are near enough.
  var clockLine: String? {
    ClockSkew(milliseconds: outcome.clockSkewMilliseconds).sentence.map { "\($0)，请校准；已填内容不受影响。" }
  }

  private var summary: String {
    if outcome.sent == 0, outcome.received == 0 { return outcome.inSync ? "与汇总点一致，没有新的内容" : "没有新的内容" }
    let parts = [
      outcome.sent > 0 ? "送出 \(outcome.sent) 条" : nil, outcome.received > 0 ? "收到 \(outcome.received) 条" : nil,
    ].compactMap { $0 }.joined(separator: "，")
    return "\(parts)。" + (status.unsentEntries == 0 ? "本机填写已全部送出" : "还有 \(status.unsentEntries) 条未送出")
  }

  /// Why both are not alike yet, one line and one next step for each reason.
  private var open: [String] {
    if outcome.refusals.isEmpty { return ["两边还没有完全一致：另一端还有内容未到，请稍后再同步。"] }
    return Dictionary(grouping: outcome.refusals, by: \.reason).sorted { $0.key.rawValue < $1.key.rawValue }.map {
      "两边还没有完全一致：汇总点没有收下 \($1.count) 段内容（\($0.words)），\($0.nextStepAtHub)。"
    }
  }
}
