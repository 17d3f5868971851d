import ArgumentParser

/// The options that every command takes.
struct GlobalOptions: ParsableArguments {
  @Option(name: .customLong("data"), help: ArgumentHelp("资料库文件夹（默认 $UNITSYNC_HOME，再默认 ~/.unitsync）", valueName: "文件夹"))
  var data: String?

  @Flag(name: .customLong("json"), help: "结果写成 JSON，供程序读取")
  var json = false

  @Option(name: .customLong("as"), help: ArgumentHelp("谁在操作（以后会记住）", valueName: "姓名"))
  var person: String?

  @Option(name: .customLong("now"), help: ArgumentHelp("填写时间，仅限演练，例如 2026-09-28T09:00:00+08:00", valueName: "时间"))
  var now: String?
}

/// The long names that may also stand before the command, and whether a value follows.
extension GlobalOptions {
  static let takesValue = ["--data": true, "--json": false, "--as": true, "--now": true]

  /// `arguments` with leading global options moved behind the command, where the parser looks for them.
  static func movedBehindCommand(_ arguments: [String]) -> [String] {
    var rest = arguments[...]
    var leading: [String] = []
    while let first = rest.first {
      let name = first.split(separator: "=", maxSplits: 1).first.map(String.init) ?? first
      guard let takesValue = takesValue[name] else { break }
      leading.append(rest.removeFirst())
      if takesValue, !first.contains("="), let value = rest.popFirst() { leading.append(value) }
    }
    guard let command = rest.first, !command.hasPrefix("-") else { return arguments }
    // Before a terminator, behind which nothing is an option.
    let end = rest.firstIndex(of: "--") ?? rest.endIndex
    return rest[..<end] + leading + rest[end...]
  }
}
