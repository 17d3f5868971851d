import Foundation
import Synchronization

/// A program as a process of its own; killed, by its own process id, when it is dropped.
///
/// It inherits its three standard streams and nothing else. Foundation's `Process` learns of an end over a socket, and of the end of
/// output over a pipe, that a process started at the same moment may inherit: it then waits for that one as well.
public final class ChildProcess: Sendable {
  /// Where a standard stream leads.
  public enum Stream: Sendable {
    case nothing
    /// Read from its beginning, or written anew.
    case file(String)
    /// Read by this process as ``ChildProcess/output`` or ``ChildProcess/errors``.
    case pipe
    /// Errors only: where standard output leads.
    case output
  }

  /// How a process ended.
  public struct Ending: Hashable, Sendable {
    /// The exit code; as shells have it, 128 and the number of the signal that ended it.
    public var code: Int32
    public var signal: Int32?
    /// The most memory that it had resident.
    public var peakBytes: Int

    fileprivate init(status: Int32, usage: rusage) {
      peakBytes = Int(usage.ru_maxrss) * 1024
      signal = status & 0x7f == 0 ? nil : status & 0x7f
      code = signal.map { 128 + $0 } ?? (status >> 8) & 0xff
    }
  }

  /// It could not be started.
  public struct Failure: Error, CustomStringConvertible {
    public var program: String
    public var code: Int32

    public var description: String { "\(program): \(String(cString: strerror(code)))" }
  }

  public let identifier: pid_t
  public let output: ChildOutput?
  public let errors: ChildOutput?
  private let ending = Mutex<Ending?>(nil)

  /// - Parameters:
  ///   - program: a path; a name without `/` is looked up as a shell does.
  ///   - environment: what it has besides this process's own.
  /// - Throws: ``Failure`` where it cannot be started.
  public init(
    _ program: String, _ arguments: [String] = [], environment: [String: String] = [:], input: Stream = .nothing,
    output: Stream = .nothing, errors: Stream = .nothing
  ) throws {
    func check(_ code: Int32) throws {
      if code != 0 { throw Failure(program: program, code: code) }
    }
    // One at a time: nobody opens a pipe between the list of what is to be closed and the start.
    Self.starting.lock()
    defer { Self.starting.unlock() }
    var actions = posix_spawn_file_actions_t()
    try check(posix_spawn_file_actions_init(&actions))
    defer { posix_spawn_file_actions_destroy(&actions) }
    var writingEnds: [Int32] = []
    defer { for end in writingEnds { close(end) } }
    func connect(_ stream: Stream, to number: Int32, flags: Int32) throws -> ChildOutput? {
      switch stream {
      case .nothing: try check(posix_spawn_file_actions_addopen(&actions, number, "/dev/null", O_RDWR, 0))
      case .file(let path): try check(posix_spawn_file_actions_addopen(&actions, number, path, flags, 0o600))
      case .output: try check(posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, number))
      case .pipe:
        var ends: [Int32] = [0, 0]
        if pipe(&ends) != 0 { throw Failure(program: program, code: errno) }
        writingEnds.append(ends[1])
        let output = ChildOutput(descriptor: ends[0])
        try check(posix_spawn_file_actions_adddup2(&actions, ends[1], number))
        return output
      }
      return nil
    }
    _ = try connect(input, to: STDIN_FILENO, flags: O_RDONLY)
    self.output = try connect(output, to: STDOUT_FILENO, flags: O_WRONLY | O_CREAT | O_TRUNC)
    self.errors = try connect(errors, to: STDERR_FILENO, flags: O_WRONLY | O_CREAT | O_TRUNC)
    for number in Self.openDescriptors where number > STDERR_FILENO {
      try check(posix_spawn_file_actions_addclose(&actions, number))
    }

    // What this process does with signals is not the program's business.
    var attributes = posix_spawnattr_t()
    try check(posix_spawnattr_init(&attributes))
    defer { posix_spawnattr_destroy(&attributes) }
    var signals = sigset_t()
    sigemptyset(&signals)
    try check(posix_spawnattr_setsigmask(&attributes, &signals))
    sigfillset(&signals)
    try check(posix_spawnattr_setsigdefault(&attributes, &signals))
    try check(posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF)))

    let words = ([program] + arguments).map { strdup($0) }
    let variables = ProcessInfo.processInfo.environment.merging(environment) { $1 }.map { strdup("\($0)=\($1)") }
    defer { for text in words + variables { free(text) } }
    var identifier: pid_t = 0
    try check(posix_spawnp(&identifier, program, &actions, &attributes, words + [nil], variables + [nil]))
    self.identifier = identifier
  }

  public var isRunning: Bool { collect() == nil }

  /// Blocks until it has ended.
  @discardableResult public func wait() -> Ending {
    while true {
      if let ending = collect() { return ending }
      // Its number stays taken until `collect` has noted the end: nobody signals another process by it.
      var info = siginfo_t()
      waitid(P_PID, id_t(identifier), &info, WEXITED | WNOWAIT)
    }
  }

  /// Sends a signal, if it has not ended.
  public func send(_ signal: Int32) {
    ending.withLock { if $0 == nil { kill(identifier, signal) } }
  }

  /// kill -9, and waits until it is gone.
  @discardableResult public func destroy() -> Ending {
    send(SIGKILL)
    return wait()
  }

  deinit { destroy() }

  private static let starting = NSLock()

  private static var openDescriptors: [Int32] {
    ((try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []).compactMap { Int32($0) }
  }

  private func collect() -> Ending? {
    ending.withLock { ending in
      var (status, usage) = (Int32(0), rusage())
      if ending == nil, wait4(identifier, &status, WNOHANG, &usage) == identifier {
        ending = Ending(status: status, usage: usage)
      }
      return ending
    }
  }
}

/// What a process writes, as it comes.
public final class ChildOutput: Sendable {
  private let descriptor: Int32
  private let rest = Mutex<[UInt8]>([])

  fileprivate init(descriptor: Int32) { self.descriptor = descriptor }

  deinit { close(descriptor) }

  /// Blocks for the next line, without its end; nil at the end of output. What follows the last line end is a line too.
  public func line() -> String? {
    rest.withLock { rest in
      while true {
        if let end = rest.firstIndex(of: 0x0a) {
          defer { rest.removeFirst(end + 1) }
          return String(decoding: rest[..<end], as: UTF8.self)
        }
        if fill(&rest) { continue }
        defer { rest = [] }
        return rest.isEmpty ? nil : String(decoding: rest, as: UTF8.self)
      }
    }
  }

  /// Blocks until everything has come.
  public func text() -> String {
    rest.withLock { rest in
      while fill(&rest) {}
      defer { rest = [] }
      return String(decoding: rest, as: UTF8.self)
    }
  }

  /// False at the end of output.
  private func fill(_ rest: inout [UInt8]) -> Bool {
    var buffer = [UInt8](repeating: 0, count: 1 << 14)
    while true {
      let count = read(descriptor, &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      if count > 0 { rest += buffer[..<count] }
      return count > 0
    }
  }
}

extension ChildProcess {
  /// Far more than anything takes on a busy machine.
  public static let patienceSeconds = 900.0

  /// One run of a program to its end.
  public struct Run: Sendable {
    public var code: Int32
    public var output: Data
    public var errors: Data
    /// Ended because it took longer than it may.
    public var isTimedOut: Bool

    public var out: String { String(decoding: output, as: UTF8.self) }
    public var error: String { String(decoding: errors, as: UTF8.self) }
  }

  /// Runs a program to its end. Its streams are files: none fills up while another is read.
  ///
  /// - Parameters:
  ///   - output: in place of what ``Run/output`` shows.
  ///   - limitSeconds: after so long it is killed: a program that hangs must not hang whoever waits for it.
  public static func run(
    _ program: String, _ arguments: [String] = [], environment: [String: String] = [:], input: Data = Data(),
    output: Stream? = nil, limitSeconds: Double = patienceSeconds
  ) throws -> Run {
    let folder = NSTemporaryDirectory() + "unitsync-run-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    func path(_ name: String) -> String { "\(folder)/\(name)" }
    func contents(_ name: String) -> Data { FileManager.default.contents(atPath: path(name)) ?? Data() }
    try input.write(to: URL(fileURLWithPath: path("in")))
    let process = try ChildProcess(
      program, arguments, environment: environment, input: .file(path("in")), output: output ?? .file(path("out")),
      errors: .file(path("error")))
    let isTimedOut = Mutex(false)
    let watch = limitSeconds.isFinite ? DispatchSource.makeTimerSource() : nil
    watch?.schedule(deadline: .now() + limitSeconds)
    watch?.setEventHandler {
      isTimedOut.withLock { $0 = true }
      process.send(SIGKILL)
    }
    watch?.activate()
    let ending = process.wait()
    watch?.cancel()
    return Run(
      code: ending.code, output: contents("out"), errors: contents("error"),
      isTimedOut: ending.signal == SIGKILL && isTimedOut.withLock { $0 })
  }
}
