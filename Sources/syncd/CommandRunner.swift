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
      let isUsage = error.code == "usage" || error is NotUTF8
      return refuse(error.message, hint: error.hint, isUsage ? wrongUsage : failed)
    }
    let code = Syncd.exitCode(for: error)
    if code == .success {
      let page = ParserWords.help(Syncd.fullMessage(for: error)) + "\n"
      return StandardOutput.write(.document(page)) ? 0 : report(PageLost())
    }
    if code == .validationFailure {
      let arguments = CommandLine.arguments
      if arguments.contains("backup") || arguments.contains("restore"),
        Syncd.message(for: error).contains(#/^(\d+ u|U)nexpected argument/#)
      {
        // It may be a passphrase.
        return refuse("多写了内容", hint: "文件名里有空格的，请放进引号里；口令请用 --passphrase-file 文件", wrongUsage)
      }
      let commands = Syncd.configuration.subcommands.compactMap { $0.configuration.commandName }
      let words = ParserWords.refusal(
        Syncd.message(for: error), arguments: Array(CommandLine.arguments.dropFirst()), program: "syncd",
        commands: commands)
      return refuse(words.message, hint: words.hint, wrongUsage)
    }
    return refuse("出现意外情况，这一步没有完成", hint: "请再试一次；仍不行请把这一行发给上级管理员：\(type(of: error))", failed)
  }

  private static func execute() async throws {
    var arguments = RawText.arguments
    let paths = RawPaths()
    defer { paths.finish() }
    if arguments.contains(where: RawText.isRaw) {
      arguments = try TypedWords.resolved(arguments, command: try? Syncd.parseAsRoot(arguments), paths: paths)
    }
    var command = try Syncd.parseAsRoot(arguments)
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
      let text = VisibleText.jsonDocument(String(decoding: json, as: UTF8.self))
      _ = StandardOutput.write(.line(Invitation.concealed(in: text)), to: .error)
    }
    return failed
  }

  private static func refuse(_ message: String, hint: String, _ code: Int32) -> Int32 {
    let lines = ["未完成：\(message)"] + (hint.isEmpty ? [] : ["下一步：\(hint)"])
    _ = StandardOutput.write(.lines(lines.map(Invitation.concealed)), to: .error)
    return code
  }
}
