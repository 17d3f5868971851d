import SyncEngine
import SyncHTTP
import SyncModel
import SyncReports
import Synchronization

/// One line beside the output that follows a file on its way: how much, how fast, how long still. Nothing of it where no
/// terminal reads, or with `--json`.
final class TransferBar: Sendable {
  private let console: Console
  private let isShown: Bool
  private let workspace: Workspace
  private let state = Mutex(State())

  private struct State {
    var file: (hash: Digest256, isSending: Bool)?
    var name = ""
    var rate = TransferRate()
    var lastDrawn: UInt64?
    var width = 0
  }

  /// A terminal is not drawn on more often.
  private static let everyMilliseconds: UInt64 = 100

  init(_ session: Session, _ office: Office) {
    console = session.console
    isShown = session.console.showsProgress && !session.options.json
    workspace = office.workspace
  }

  func show(_ progress: FileProgress) {
    if !isShown { return }
    let now = console.steadyMilliseconds()
    state.withLock { state in
      if state.file?.hash != progress.hash || state.file?.isSending != progress.isSending {
        state.file = (progress.hash, progress.isSending)
        let name = (try? workspace.fileName(of: progress.hash)) ?? String(progress.hash.description.prefix(8))
        state.name = VisibleText.line(name)
        state.rate = TransferRate()
        state.lastDrawn = nil
      }
      state.rate.add(progress.done, at: now)
      let isDue = state.lastDrawn.map { now >= $0 + Self.everyMilliseconds } ?? true
      guard isDue || progress.done == progress.byteCount else { return }
      state.lastDrawn = now
      let line = Self.line(progress, name: state.name, rate: state.rate, width: console.columns)
      console.write(.error, .redrawn(DisplayWidth.pad(line, to: state.width)))
      state.width = DisplayWidth.of(line)
    }
  }

  /// Clears the line, so that what is said next begins at its start.
  func end() {
    state.withLock { state in
      if state.width > 0 { console.write(.error, .cleared(columns: state.width)) }
      state.width = 0
    }
  }

  /// `送出 2/3 会议记录.pdf ███░░░░░  38%  1.2 MB/s 剩余 12 秒`, in at most `width` columns, one less than the terminal's so
  /// that no line breaks.
  static func line(_ progress: FileProgress, name: String, rate: TransferRate, width: Int) -> String {
    let lead = "\(progress.isSending ? "送出" : "取回") \(progress.number)/\(progress.count) "
    var tail = " " + ProgressBar(progress.done, of: max(progress.byteCount, 1)).text()
    if let speed = rate.bytesPerSecond {
      tail += "  \(ByteCount(speed).text)/s"
      if let left = rate.secondsLeft(progress.byteCount - progress.done) { tail += " 剩余 \(DurationText.text(left))" }
    }
    let room = max(8, width - 1 - DisplayWidth.of(lead) - DisplayWidth.of(tail))
    return DisplayWidth.cut(lead + DisplayWidth.cut(name, to: room) + tail, to: max(1, width - 1))
  }
}

/// How fast something goes, over the last seconds: what was there at the start, as after an interruption, took no time.
struct TransferRate: Sendable {
  private var samples: [(milliseconds: UInt64, bytes: Int)] = []

  private static let windowMilliseconds: UInt64 = 10_000
  private static let leastMilliseconds: UInt64 = 500

  mutating func add(_ bytes: Int, at milliseconds: UInt64) {
    samples.append((milliseconds, bytes))
    while samples.count > 2, milliseconds - samples[1].milliseconds > Self.windowMilliseconds { samples.removeFirst() }
  }

  /// nil before it can be told.
  var bytesPerSecond: Int? {
    guard let first = samples.first, let last = samples.last, last.bytes > first.bytes,
      last.milliseconds >= first.milliseconds + Self.leastMilliseconds
    else { return nil }
    return (last.bytes - first.bytes) * 1000 / Int(last.milliseconds - first.milliseconds)
  }

  func secondsLeft(_ bytes: Int) -> Int? {
    bytesPerSecond.flatMap { $0 > 0 ? (bytes + $0 - 1) / $0 : nil }
  }
}

/// `45 秒`, `3 分 20 秒`, `2 小时 5 分`.
enum DurationText {
  static func text(_ seconds: Int) -> String {
    switch seconds {
    case ..<60: "\(seconds) 秒"
    case ..<3600: "\(seconds / 60) 分 \(seconds % 60) 秒"
    default: "\(seconds / 3600) 小时 \(seconds % 3600 / 60) 分"
    }
  }
}
