import ArgumentParser
import Foundation
import SyncHTTP
import SyncModel

/// Runs the command that was typed; the one place where an error becomes text and an exit code: 1 refused or failed, 64
/// wrong usage.
enum CommandRunner {
  static func run() async {
    do {
      var command = try Syncd.parseAsRoot()
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
      }
    } catch let error as any ExplainedError {
      report(error.message, hint: error.hint)
      Foundation.exit(1)
    } catch {
      let code = Syncd.exitCode(for: error)
      if code == .success || code == .validationFailure { Syncd.exit(withError: error) }
      report("出现意外错误：\(error)", hint: "请重试；若仍如此，请把这一行发给管理员")
      Foundation.exit(1)
    }
  }

  private static func report(_ message: String, hint: String) {
    let text = "错误：\(message)\n" + (hint.isEmpty ? "" : "下一步：\(hint)\n")
    FileHandle.standardError.write(Data(text.utf8))
  }
}
