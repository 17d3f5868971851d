import SyncReports

/// How far a long piece of work is, on standard error: one line that changes where a person sits there, else a line at every
/// tenth. Nothing for short work.
final class ProgressLines {
  private let session: Session
  private let verb: String
  private let least: Int
  private let amount: (Int) -> String
  private var tenths = 0

  /// - Parameters:
  ///   - least: work of less than this in all is not spoken of.
  ///   - amount: `20000` in words.
  init(_ session: Session, _ verb: String, least: Int, amount: @escaping (Int) -> String) {
    self.session = session
    self.verb = verb
    self.least = least
    self.amount = amount
  }

  func tell(_ done: Int, of total: Int) {
    guard total >= least else { return }
    let bar = ProgressBar(done, of: total)
    let now = (bar.percent ?? 0) / 10
    let isInteractive = session.console.isInteractive
    if !isInteractive, now == tenths, done < total { return }
    tenths = now
    let line = "\(verb) \(bar.text())  \(amount(done))／\(amount(total))"
    if isInteractive {
      session.console.write(.error, .redrawn(line, ends: done >= total))
    } else {
      session.console.write(.error, .line(line))
    }
  }
}
