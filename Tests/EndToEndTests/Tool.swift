import Foundation
import SyncTesting

/// One run of a built executable to its end.
struct Tool {
  let code: Int32
  let out: String
  let error: String

  /// - Parameter fullDisk: standard output is a device that takes no byte.
  init(_ name: String, _ arguments: [String], stateFolder: String, fullDisk: Bool = false) throws {
    let run = try ChildProcess.run(
      Daemon.path(name), arguments, environment: ["UNITSYNC_STATE": stateFolder],
      output: fullDisk ? .file(FullDevice.path ?? "/dev/full") : nil)
    (code, out, error) = (run.code, run.out, run.error)
  }

  /// A field of the JSON on standard output.
  func text(_ key: String) -> String? {
    (try? JSONSerialization.jsonObject(with: Data(out.utf8)) as? [String: Any])?[key] as? String
  }

  /// The stable code of a refusal with `--json`.
  var errorCode: String? {
    let value = try? JSONSerialization.jsonObject(with: Data(error.utf8)) as? [String: Any]
    return (value?["error"] as? [String: Any])?["code"] as? String
  }
}
