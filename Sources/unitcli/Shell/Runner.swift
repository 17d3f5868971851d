import ArgumentParser
import SyncEngine
import SyncReports

/// A command that works through a ``Session``, so that tests can capture what it says.
protocol OfficeCommand: AsyncParsableCommand {
  var global: GlobalOptions { get }

  /// Does the command's work. What it throws has changed nothing.
  func perform(in session: Session) async throws
}

extension OfficeCommand {
  func run() async throws {
    let session = Session(console: .system, options: global)
    try await perform(in: session)
    try session.finish()
  }
}

/// From arguments to exit code: the one place where errors become words.
enum Runner {
  static func run(_ arguments: [String], console: Console) async -> Int32 {
    var folder: String?
    let paths = RawPaths()
    defer { paths.finish() }
    do {
      var arguments = GlobalOptions.movedBehindCommand(arguments)
      if arguments.contains(where: RawText.isRaw) {
        let command = try? Unitcli.parseAsRoot(arguments)
        arguments = try TypedWords.resolved(arguments, command: command, paths: paths)
      }
      let console = console.naming(paths.names)
      var command = try Unitcli.parseAsRoot(arguments)
      if let command = command as? any OfficeCommand {
        let session = Session(console: console, options: command.global)
        folder = session.folder
        try await command.perform(in: session)
        try session.finish()
      } else if var command = command as? any AsyncParsableCommand {
        try await command.run()
      } else {
        try command.run()
      }
      return 0
    } catch let code as ExitCode {
      // A command chosen from the menu has already said why.
      return code.rawValue
    } catch {
      return report(error, arguments: arguments, console: console, folder: folder)
    }
  }

  /// What follows them may be an invitation in pieces, or a passphrase: it is not quoted.
  private static let secretCommands = ["join", "backup", "restore"]

  private static func usage(_ message: String, arguments: [String]) -> Outcome {
    if secretCommands.contains(where: arguments.contains),
      message.contains(#/^(\d+ u|U)nexpected argument/#)
    {
      return Outcome(
        Refusal.usage(
          "多写了内容", hint: "路径或邀请码里有空格的，请放进引号里；邀请码请用 unitcli join - 粘贴，口令请用 --passphrase-file 文件"))
    }
    let words = ParserWords.refusal(
      message, arguments: arguments, program: "unitcli", commands: Unitcli.commandNames,
      subcommands: Unitcli.subcommandNames)
    return Outcome(Refusal.usage(words.message, hint: words.hint))
  }

  private static func report(
    _ error: any Error, arguments: [String], console: Console, folder: String?
  ) -> Int32 {
    let parserCode = Unitcli.exitCode(for: error)
    if parserCode == .success {
      console.write(.out, .document(ParserWords.help(Unitcli.fullMessage(for: error)) + "\n"))
      if !console.lostOutput() { return 0 }
      return refuse(Outcome(Refusal.pageLost), arguments: arguments, console: console)
    }
    var outcome =
      parserCode == .validationFailure
      ? usage(Unitcli.message(for: error), arguments: arguments) : Outcome(error)
    if let folder, case WorkspaceError.diskFull = error {
      outcome.hint = "满的是资料文件夹 \(folder) 所在的磁盘。\(outcome.hint)"
    }
    return refuse(outcome, arguments: arguments, console: console)
  }

  private static func refuse(_ outcome: Outcome, arguments: [String], console: Console) -> Int32 {
    if arguments.contains("--json") {
      console.write(.error, .line(Invitation.concealed(in: outcome.json.description)))
    } else {
      console.write(.error, .lines(outcome.lines.map(Invitation.concealed)))
    }
    return outcome.exitCode
  }
}
