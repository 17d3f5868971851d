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
    do {
      var command = try Unitcli.parseAsRoot(GlobalOptions.movedBehindCommand(arguments))
      if let command = command as? any OfficeCommand {
        let session = Session(console: console, options: command.global)
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
      return report(error, arguments: arguments, console: console)
    }
  }

  private static func usage(_ message: String, arguments: [String]) -> Outcome {
    let words = ParserWords.refusal(
      message, arguments: arguments, program: "unitcli", commands: Unitcli.commandNames,
      subcommands: Unitcli.subcommandNames)
    return Outcome(Refusal.usage(words.message, hint: words.hint))
  }

  private static func report(_ error: any Error, arguments: [String], console: Console) -> Int32 {
    let parserCode = Unitcli.exitCode(for: error)
    if parserCode == .success {
      console.write(.out, ParserWords.help(Unitcli.fullMessage(for: error)) + "\n")
      return 0
    }
    let outcome =
      parserCode == .validationFailure
      ? usage(Unitcli.message(for: error), arguments: arguments) : Outcome(error)
    if arguments.contains("--json") {
      console.write(.error, Invitation.concealed(in: outcome.json.description) + "\n")
    } else {
      console.write(.error, Invitation.concealed(in: outcome.lines.map { $0 + "\n" }.joined()))
    }
    return outcome.exitCode
  }
}
