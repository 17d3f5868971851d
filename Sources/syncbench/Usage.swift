import Foundation

/// What a process used, as the kernel counts it.
enum Usage {
  /// Resident memory at its highest, bytes; 0 where the system does not say.
  static var peakBytes: Int { status("VmHWM:") }
  /// Resident memory now.
  static var residentBytes: Int { status("VmRSS:") }

  static func status(_ field: String, of process: Int32? = nil) -> Int {
    let file = "/proc/\(process.map(String.init) ?? "self")/status"
    guard let text = try? String(contentsOfFile: file, encoding: .utf8) else { return 0 }
    for line in text.split(separator: "\n") where line.hasPrefix(field) {
      return line.split(separator: " ").compactMap { Int($0) }.first.map { $0 << 10 } ?? 0
    }
    return 0
  }

  /// The calling thread's processor time, seconds.
  static var threadSeconds: Double { seconds(CLOCK_THREAD_CPUTIME_ID) }
  /// The whole process's.
  static var processSeconds: Double { seconds(CLOCK_PROCESS_CPUTIME_ID) }
  static var wallSeconds: Double { seconds(CLOCK_MONOTONIC) }

  private static func seconds(_ clock: clockid_t) -> Double {
    var time = timespec()
    clock_gettime(clock, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  static func timed<Result>(_ body: () throws -> Result) rethrows -> (seconds: Double, result: Result) {
    let start = wallSeconds
    let result = try body()
    return (wallSeconds - start, result)
  }
}

/// What the figures were measured on.
struct Machine: Codable, Hashable, Sendable {
  var processors: Int
  var model: String
  var memoryBytes: UInt64
  var system: String

  static var current: Machine {
    let cpu = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
    let model = cpu.split(separator: "\n").first { $0.hasPrefix("model name") }?.split(separator: ":").last
    return Machine(
      processors: ProcessInfo.processInfo.activeProcessorCount,
      model: model.map { $0.trimmingCharacters(in: .whitespaces) } ?? "unknown",
      memoryBytes: ProcessInfo.processInfo.physicalMemory, system: ProcessInfo.processInfo.operatingSystemVersionString)
  }
}
