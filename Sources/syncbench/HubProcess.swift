import Foundation
import SyncTesting

/// A real `syncd serve` on a free loopback port. Killed with the value, by its own process id.
final class HubProcess {
  let url: String
  /// From the start of the process to the line that says it listens.
  let readySeconds: Double
  private let process: ChildProcess

  /// - Parameter folder: holds `workspace` and `state`.
  init(binaries: String, folder: String) throws {
    let start = ContinuousClock.now
    process = try ChildProcess(
      binaries + "/syncd", ["serve", "--data", folder + "/workspace", "--listen", "127.0.0.1:0"],
      environment: ["UNITSYNC_STATE": folder + "/state"], output: .pipe)
    guard let line = process.output?.line() else { throw Wrong("syncd ended before it listened") }
    readySeconds = (ContinuousClock.now - start) / .seconds(1)
    guard let place = line.range(of: "syncd: listening on ") else { throw Wrong("syncd said \(line)") }
    url = line[place.upperBound...].trimmingCharacters(in: .whitespaces)
  }

  var port: UInt16 { UInt16(url.split(separator: ":").last ?? "") ?? 0 }
  var residentBytes: Int { Usage.status("VmRSS:", of: process.identifier) }
  var peakBytes: Int { Usage.status("VmHWM:", of: process.identifier) }

  /// Processor time of the process so far.
  var cpuSeconds: Double {
    guard let text = try? String(contentsOfFile: "/proc/\(process.identifier)/stat", encoding: .utf8),
      let end = text.lastIndex(of: ")")
    else { return .nan }
    let fields = text[text.index(after: end)...].split(separator: " ")
    guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12]) else { return .nan }
    return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
  }

  /// SIGTERM; returns once it has drained and ended.
  func stop() throws {
    process.send(SIGTERM)
    let code = process.wait().code
    if code != 0 { throw Wrong("syncd ended with \(code)") }
  }
}
