import SyncEngine
import SyncModel

/// One round in one line, the same in a hub's log and on a laptop's screen.
public struct RoundReport: Hashable, Sendable {
  public var outcome: SyncOutcome
  public var files: FileOutcome
  /// Differences 填写不一致 that are open after it and that those here are asked to settle.
  public var conflicts: Int
  public var milliseconds: UInt64

  public init(
    _ outcome: SyncOutcome, files: FileOutcome = FileOutcome(), conflicts: Int, milliseconds: UInt64
  ) {
    self.outcome = outcome
    self.files = files
    self.conflicts = conflicts
    self.milliseconds = milliseconds
  }

  /// `送出 3 条，收到 10 条；往返 2 次，上行 1.2 KB，下行 3.4 KB；填写不一致 0 处；用时 0.4 秒`.
  public var line: String {
    var parts = [
      "送出 \(outcome.sent) 条，收到 \(outcome.received) 条",
      "往返 \(outcome.roundTrips) 次，上行 \(ByteCount(outcome.bytesSent).text)，下行 \(ByteCount(outcome.bytesReceived).text)",
      "填写不一致 \(conflicts) 处", "用时 \(Self.seconds(milliseconds))",
    ]
    if files.sent + files.received > 0 {
      parts.append("佐证材料送出 \(files.sent) 个，取回 \(files.received) 个")
    }
    if !files.refusals.isEmpty { parts.append("佐证材料有 \(files.refusals.count) 个没有送成") }
    if !outcome.refusals.isEmpty {
      parts.append("对方没有收下 \(outcome.refusals.count) 段内容")
    } else if !outcome.inSync {
      parts.append("两边还没有完全一致")
    }
    return parts.joined(separator: "；")
  }

  /// `0.4 秒`, `75 秒`.
  static func seconds(_ milliseconds: UInt64) -> String {
    milliseconds < 10_000
      ? "\(milliseconds / 1000).\(milliseconds / 100 % 10) 秒" : "\(milliseconds / 1000) 秒"
  }

  /// `约 20 秒`, `约 15 分钟`, `约 3 小时`, for a wait or an absence.
  public static func about(milliseconds: UInt64) -> String {
    switch (milliseconds + 500) / 1000 {
    case let seconds where seconds < 100: "约 \(max(seconds, 1)) 秒"
    case let seconds where seconds < 100 * 60: "约 \((seconds + 30) / 60) 分钟"
    case let seconds where seconds < 48 * 3600: "约 \((seconds + 1800) / 3600) 小时"
    case let seconds: "约 \((seconds + 43_200) / 86_400) 天"
    }
  }
}
