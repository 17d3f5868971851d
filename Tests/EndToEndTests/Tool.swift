import Foundation

/// One run of a built executable to its end.
struct Tool {
  let code: Int32
  let out: String
  let error: String

  /// - Parameter fullDisk: standard output is a device that takes no byte.
  init(_ name: String, _ arguments: [String], stateFolder: String, fullDisk: Bool = false) throws {
    let process = Process()
    process.executableURL = Daemon.binaries.appendingPathComponent(name)
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(["UNITSYNC_STATE": stateFolder]) { $1 }
    process.standardInput = FileHandle.nullDevice
    // Files, not pipes: neither stream can fill up while the other is read.
    let base = NSTemporaryDirectory() + "unitsync-tool-\(UUID().uuidString)"
    let files = [base + ".out", base + ".error"]
    defer { for file in files { try? FileManager.default.removeItem(atPath: file) } }
    let handles = try files.map { path in
      _ = FileManager.default.createFile(atPath: path, contents: nil)
      guard let handle = FileHandle(forWritingAtPath: path) else { throw CocoaError(.fileNoSuchFile) }
      return handle
    }
    process.standardOutput = fullDisk ? FileHandle(forWritingAtPath: "/dev/full") : handles[0]
    process.standardError = handles[1]
    try process.run()
    process.waitUntilExit()
    code = process.terminationStatus
    let texts = files.map { String(decoding: FileManager.default.contents(atPath: $0) ?? Data(), as: UTF8.self) }
    out = texts[0]
    error = texts[1]
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
