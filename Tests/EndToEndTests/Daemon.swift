import Foundation
import SyncTesting

/// A real `syncd serve` on a free loopback port. Killed with the value, by its own process id.
final class Daemon {
  let url: String
  let process: Process
  private let output: FileHandle

  /// Where the package's executables are built: beside the test bundle.
  static let binaries: URL = {
    var folder = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
    while !FileManager.default.isExecutableFile(atPath: folder.appendingPathComponent("syncd").path),
      folder.path != "/"
    {
      folder.deleteLastPathComponent()
    }
    return folder
  }()

  /// Returns once it says that it listens.
  /// - Parameter errors: where its log goes.
  init(
    data: String, stateFolder: String, host: String = "127.0.0.1", port: Int = 0, more: [String] = [],
    errors: FileHandle = .nullDevice
  ) throws {
    process = Process()
    process.executableURL = Self.binaries.appendingPathComponent("syncd")
    process.arguments = ["serve", "--data", data, "--listen", "\(host):\(port)"] + more
    process.environment = ProcessInfo.processInfo.environment.merging(["UNITSYNC_STATE": stateFolder]) { $1 }
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = errors
    output = pipe.fileHandleForReading
    try process.run()
    var line = Data()
    while !line.contains(0x0a) {
      let next = output.availableData
      if next.isEmpty { throw Failure.ended }
      line += next
    }
    let text = String(decoding: line, as: UTF8.self)
    guard let start = text.range(of: "syncd: listening on ") else { throw Failure.ended }
    url = text[start.upperBound...].trimmingCharacters(in: .whitespacesAndNewlines)
  }

  enum Failure: Error {
    case ended
  }

  var port: Int { Int(url.split(separator: ":").last ?? "") ?? 0 }

  /// kill -9, and waits until it is gone.
  func kill() {
    Foundation.kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
  }

  /// SIGTERM; the exit code once it has drained.
  func stop() -> Int32 {
    process.terminate()
    process.waitUntilExit()
    return process.terminationStatus
  }

  deinit {
    if process.isRunning { kill() }
  }
}
