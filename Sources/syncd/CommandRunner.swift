import ArgumentParser
import Foundation
import SyncEngine
import SyncModel
import SyncReports

/// Runs the command that was typed; the one place where an error becomes text and an exit code: 1 refused or failed, 64
/// wrong usage.
enum CommandRunner {
  private static let failed: Int32 = 1
  /// EX_USAGE of sysexits(3).
  private static let wrongUsage: Int32 = 64

  static func run() async -> Int32 {
    do {
      try await execute()
      return 0
    } catch {
      return report(error)
    }
  }

  private static func report(_ error: any Error) -> Int32 {
    if let error = error as? any ExplainedError {
      if CommandLine.arguments.contains("--json") { return refuse(error) }
      return refuse(error.message, hint: error.hint, failed)
    }
    let code = Syncd.exitCode(for: error)
    if code == .success {
      print(ParserWords.help(Syncd.fullMessage(for: error)))
      return 0
    }
    if code == .validationFailure {
      let commands = Syncd.configuration.subcommands.compactMap { $0.configuration.commandName }
      let words = ParserWords.refusal(
        Syncd.message(for: error), arguments: Array(CommandLine.arguments.dropFirst()), program: "syncd",
        commands: commands)
      return refuse(words.message, hint: words.hint, wrongUsage)
    }
    return refuse("出现意外情况，这一步没有完成", hint: "请再试一次；仍不行请把这一行发给上级管理员：\(type(of: error))", failed)
  }

  private static func execute() async throws {
    var command = try Syncd.parseAsRoot()
    if var command = command as? any AsyncParsableCommand {
      try await command.run()
    } else {
      try command.run()
    }
  }

  /// What scripts read from standard error.
  private static func refuse(_ error: any ExplainedError) -> Int32 {
    struct Refused: Encodable {
      struct Error: Encodable {
        var code, message, hint: String
        var retry: Bool
      }
      var error: Error
    }
    let refused = Refused(
      error: Refused.Error(code: error.code, message: error.message, hint: error.hint, retry: error.retry))
    let encoder = JSONEncoder()
    // An escaped slash would hide an invitation from what conceals it.
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    if let json = try? encoder.encode(refused) {
      let text = Invitation.concealed(in: String(decoding: json, as: UTF8.self))
      FileHandle.standardError.write(Data((text + "\n").utf8))
    }
    return failed
  }

  private static func refuse(_ message: String, hint: String, _ code: Int32) -> Int32 {
    let text = "未完成：\(message)\n" + (hint.isEmpty ? "" : "下一步：\(hint)\n")
    FileHandle.standardError.write(Data(Invitation.concealed(in: text).utf8))
    return code
  }
}
