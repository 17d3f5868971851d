import Foundation

/// A real `syncd serve` on a free loopback port. Killed with the value, by its own process id.
final class HubProcess {
  let url: String
  /// From the start of the process to the line that says it listens.
  let readySeconds: Double
  private let process: Process
  private let output: FileHandle

  /// - Parameter folder: holds `workspace` and `state`.
  init(binaries: String, folder: String) throws {
    process = Process()
    process.executableURL = URL(fileURLWithPath: binaries + "/syncd")
    guard FileManager.default.isExecutableFile(atPath: binaries + "/syncd") else {
      throw Wrong("there is no syncd in \(binaries)")
    }
    process.arguments = ["serve", "--data", folder + "/workspace", "--listen", "127.0.0.1:0"]
    process.environment = ProcessInfo.processInfo.environment.merging(["UNITSYNC_STATE": folder + "/state"]) { $1 }
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = FileHandle.nullDevice
    output = pipe.fileHandleForReading
    let start = Usage.wallSeconds
    try process.run()
    var line = Data()
    while !line.contains(0x0a) {
      let next = output.availableData
      if next.isEmpty { throw Wrong("syncd ended before it listened") }
      line += next
    }
    readySeconds = Usage.wallSeconds - start
    let text = String(decoding: line, as: UTF8.self)
    guard let place = text.range(of: "syncd: listening on ") else { throw Wrong("syncd said \(text)") }
    url = text[place.upperBound...].trimmingCharacters(in: .whitespacesAndNewlines)
  }

  var port: UInt16 { UInt16(url.split(separator: ":").last ?? "") ?? 0 }
  var residentBytes: Int { Usage.status("VmRSS:", of: process.processIdentifier) }
  var peakBytes: Int { Usage.status("VmHWM:", of: process.processIdentifier) }

  /// Processor time of the process so far.
  var cpuSeconds: Double {
    guard let text = try? String(contentsOfFile: "/proc/\(process.processIdentifier)/stat", encoding: .utf8),
      let end = text.lastIndex(of: ")")
    else { return .nan }
    let fields = text[text.index(after: end)...].split(separator: " ")
    guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12]) else { return .nan }
    return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
  }

  /// SIGTERM; returns once it has drained and ended.
  func stop() throws {
    process.terminate()
    process.waitUntilExit()
    if process.terminationStatus != 0 { throw Wrong("syncd ended with \(process.terminationStatus)") }
  }

  deinit {
    if process.isRunning {
      kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
    }
  }
}
