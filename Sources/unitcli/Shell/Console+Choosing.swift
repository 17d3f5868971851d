import SyncEngine
import SyncModel
import SyncReports

extension Console {
  /// Shows what a name might mean and waits for a number; without a terminal nobody is asked.
  ///
  /// - Parameter stream: where people look, beside JSON.
  func chooser(on stream: Stream) -> NameChooser? {
    guard isInteractive else { return nil }
    let console = self
    return NameChooser { why, candidates in
      console.write(stream, .line(why))
      for (index, line) in candidates.enumerated() { console.write(stream, .line("  \(index + 1). \(line)")) }
      console.write(stream, .question("是哪一个？填编号，回车就不办了："))
      guard let answer = console.readLine()?.trimmingBlanks(), let number = Numerals.value(Numerals.halfWidth(answer))
      else {
        return nil
      }
      return number - 1
    }
  }
}
