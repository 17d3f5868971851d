import Foundation
import SyncTesting

/// Runs `unitcli` again and again without anything between it and the clock.
final class Tool {
  private let path: String
  private let folder: String
  private(set) var peakBytes = 0.0

  /// - Parameter folder: holds `workspace` and `state`.
  init(binaries: String, folder: String) {
    path = binaries + "/unitcli"
    self.folder = folder
  }

  func median(_ runs: Int, _ arguments: (Int) -> [String]) throws -> Double {
    Statistics(try (0..<runs).map { try run(arguments($0)) })?.median ?? .nan
  }

  /// Seconds from the call that makes the process until it is gone.
  func run(_ arguments: [String]) throws -> Double {
    let errors = folder + "/errors"
    let start = Usage.wallSeconds
    let ending = try ChildProcess(
      path, arguments + ["--as", "乙", "--data", folder + "/workspace", "--json"],
      environment: ["UNITSYNC_STATE": folder + "/state"], errors: .file(errors)
    ).wait()
    let seconds = Usage.wallSeconds - start
    peakBytes = max(peakBytes, Double(ending.peakBytes))
    if ending.code != 0 {
      let text = (try? String(contentsOfFile: errors, encoding: .utf8)) ?? ""
      throw Wrong("unitcli \(arguments.joined(separator: " ")) failed: \(text.prefix(300))")
    }
    return seconds
  }
}
