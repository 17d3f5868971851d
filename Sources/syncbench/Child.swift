import Foundation
import Synchronization

/// Other programs, run to their end.
enum Child {
  /// What `timeout` of the shell says too.
  static let timedOut: Int32 = 124

  struct Result {
    var code: Int32
    var output: Data
    var errors: String
    var seconds: Double
  }

  /// Looks the program up as a shell does; code 127 where there is none.
  ///
  /// - Parameter limitSeconds: after so long it is ended, by its own process id; the code is ``timedOut`` then.
  static func run(
    _ arguments: [String], environment: [String: String] = [:], limitSeconds: Double = .infinity
  ) throws -> Result {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.standardInput = FileHandle.nullDevice
    // Files, not pipes: neither stream can fill up while the other is read.
    let base = NSTemporaryDirectory() + "unitsync-bench-\(UUID().uuidString)"
    let paths = [base + ".out", base + ".err"]
    defer { for path in paths { try? FileManager.default.removeItem(atPath: path) } }
    let files = try paths.map { path in
      guard FileManager.default.createFile(atPath: path, contents: nil),
        let file = FileHandle(forWritingAtPath: path)
      else { throw CocoaError(.fileWriteUnknown) }
      return file
    }
    (process.standardOutput, process.standardError) = (files[0], files[1])
    let start = Usage.wallSeconds
    try process.run()
    let watch = Watch(process, limitSeconds: limitSeconds)
    process.waitUntilExit()
    let isTimedOut = watch.stop()
    let seconds = Usage.wallSeconds - start
    for file in files { try? file.close() }
    return Result(
      code: isTimedOut ? timedOut : process.terminationStatus,
      output: FileManager.default.contents(atPath: paths[0]) ?? Data(),
      errors: String(decoding: FileManager.default.contents(atPath: paths[1]) ?? Data(), as: UTF8.self),
      seconds: seconds)
  }
}

/// Ends a process that takes too long.
private final class Watch: Sendable {
  private let state = Mutex((stopped: false, fired: false))

  init(_ process: Process, limitSeconds: Double) {
    guard limitSeconds.isFinite else { return }
    let pid = process.processIdentifier
    DispatchQueue.global().asyncAfter(deadline: .now() + limitSeconds) { [self] in
      state.withLock { state in
        // Under the lock: once it is stopped, the number may be another process's.
        if state.stopped { return }
        state.fired = true
        kill(pid, SIGKILL)
      }
    }
  }

  /// True where it had to be ended.
  func stop() -> Bool {
    state.withLock { state in
      state.stopped = true
      return state.fired
    }
  }
}
