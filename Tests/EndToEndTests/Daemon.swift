import Foundation
import SyncTesting

/// A real `syncd serve` on a free loopback port. Killed with the value.
final class Daemon {
  let url: String
  let process: ChildProcess

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

  static func path(_ program: String) -> String { binaries.appendingPathComponent(program).path }

  /// Returns once it says that it listens.
  /// - Parameter errors: where its log goes.
  init(
    data: String, stateFolder: String, host: String = "127.0.0.1", port: Int? = nil, more: [String] = [],
    errors: ChildProcess.Stream = .nothing
  ) throws {
    process = try ChildProcess(
      Self.path("syncd"), ["serve", "--data", data, "--listen", "\(host):\(port ?? FreePort.draw())"] + more,
      environment: ["UNITSYNC_STATE": stateFolder], output: .pipe, errors: errors)
    guard let line = process.output?.line(), let start = line.range(of: "syncd: listening on ") else {
      throw Failure.ended
    }
    url = line[start.upperBound...].trimmingCharacters(in: .whitespaces)
  }

  enum Failure: Error {
    case ended
  }

  var port: Int { Int(url.split(separator: ":").last ?? "") ?? 0 }

  /// kill -9, and waits until it is gone.
  func kill() { process.destroy() }

  /// SIGTERM; the exit code once it has drained.
  func stop() -> Int32 {
    process.send(SIGTERM)
    return process.wait().code
  }
}
