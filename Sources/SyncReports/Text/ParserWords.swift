/// The argument parser speaks English to programmers; here its words become those of the screen.
public enum ParserWords {
  /// What the parser did not understand, and the next step.
  ///
  /// - Parameters:
  ///   - message: the parser's own.
  ///   - arguments: as typed, for naming the command.
  ///   - program: its name, for naming its help.
  ///   - commands: the names of all commands, for a hint where the command itself is unknown.
  ///   - subcommands: by command, the names of those below it.
  public static func refusal(
    _ message: String, arguments: [String], program: String, commands: [String],
    subcommands: [String: [String]] = [:]
  ) -> (message: String, hint: String) {
    let words = arguments.filter { !$0.hasPrefix("-") }
    let command = words.first.flatMap { commands.contains($0) ? $0 : nil }
    let below = command.flatMap { subcommands[$0] }?.first { words.dropFirst().first == $0 }
    let help = "看用法：" + ([program] + [command, below].compactMap(\.self) + ["--help"]).joined(separator: " ")
    if let match = message.firstMatch(of: #/^Unknown option '([^']*)'(?:\. Did you mean '([^']*)'\?)?/#) {
      let guess = match.2.map { "是不是 \($0)？" } ?? ""
      return ("没有“\(match.1)”这个选项", guess + help)
    }
    if let match = message.firstMatch(of: #/^Unexpected argument '([^']*)'/#) {
      if command == nil, String(match.1) == words.first {
        return ("没有“\(match.1)”这个命令", "可用的命令：\(commands.joined(separator: "、"))")
      }
      return ("不认得“\(match.1)”", help)
    }
    if let match = message.firstMatch(of: #/^\d+ unexpected arguments: (.*)$/#) {
      let names = match.1.replacing("', '", with: "”“").replacing("'", with: "")
      if command == nil, let first = words.first {
        return ("没有“\(first)”这个命令", "可用的命令：\(commands.joined(separator: "、"))")
      }
      return ("不认得“\(names)”", help)
    }
    if let match = message.firstMatch(of: #/^Missing expected argument '([^']*)'/#) {
      return ("还缺少 \(match.1)", help)
    }
    if let match = message.firstMatch(of: #/^Missing value for '(-[^ ']*)(?: <([^>]*)>)?'/#) {
      return ("\(match.1) 后面缺少\(match.2 ?? "内容")", help)
    }
    if let match = message.firstMatch(of: #/^The option '([^']*)' does not take any value/#) {
      return ("\(match.1) 后面不带内容", help)
    }
    if let match = message.firstMatch(of: #/^The value '([^']*)' is invalid for '(-[^ ']*|<[^>]*>)/#) {
      return ("\(match.2) 不能填“\(match.1)”", help)
    }
    return ("命令写得不对", help)
  }

  private static let helpWords: [(english: String, chinese: String)] = [
    ("OVERVIEW: ", ""), ("USAGE: ", "用法："), ("ARGUMENTS:", "内容："), ("OPTIONS:", "选项："), ("SUBCOMMANDS:", "命令："),
    ("Show help information.", "显示用法"), ("Show the version.", "显示版本"),
    ("Show subcommand help information.", "显示某个命令的用法"), ("<subcommand>", "<命令>"),
    ("<subcommands>", "<命令>"), ("[<options>]", "[选项]"), ("<options>", "选项"),
  ]

  /// A help page with its fixed words in Chinese.
  public static func help(_ text: String) -> String {
    var text = text
    for (english, chinese) in helpWords { text.replace(english, with: chinese) }
    text.replace(#/\(default: ([^)]*)\)/#) { "（默认：\($0.1)）" }
    text.replace(#/See '([^']*) <命令>' for detailed help\./#) { "某个命令的用法：\($0.1) <命令>" }
    return text.split(separator: "\n", omittingEmptySubsequences: false).map { aligned(String($0)) }
      .joined(separator: "\n")
  }

  private static let helpColumn = 28

  /// The parser aligns by characters; a label in Chinese is wider than it thinks.
  private static func aligned(_ line: String) -> String {
    guard let match = line.firstMatch(of: #/^  (\S.*?) {2,}(\S.*)$/#) else { return line }
    let label = "  \(match.1)"
    return DisplayWidth.pad(label, to: max(helpColumn, DisplayWidth.of(label) + 2)) + match.2
  }
}
