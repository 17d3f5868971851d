import Foundation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Every call that differs between systems stands here (decision 0005). A port to Windows replaces this file.
public enum Platform {
  /// What tells this machine from another: the operating system's machine id, else the host's name.
  public static var machineID: String {
    for path in ["/etc/machine-id", "/var/lib/dbus/machine-id"] {
      if let text = try? String(contentsOfFile: path, encoding: .utf8) {
        let id = text.trimmingCharacters(in: .whitespacesAndNewlines)
        if !id.isEmpty { return id }
      }
    }
    return ProcessInfo.processInfo.hostName
  }

  /// Device and inode of a file: a copy or a restored file has others. nil where there is no such file.
  public static func fileID(_ path: String) -> String? {
    guard let attributes = try? FileManager.default.attributesOfItem(atPath: path),
      let file = attributes[.systemFileNumber] as? NSNumber
    else { return nil }
    let device = (attributes[.systemNumber] as? NSNumber)?.uint64Value ?? 0
    return "\(device):\(file.uint64Value)"
  }

  /// The folder for state that must not travel with the data folder: `$UNITSYNC_STATE`, `$XDG_STATE_HOME/unitsync`, or
  /// `~/.local/state/unitsync`.
  public static var stateFolder: String {
    let environment = ProcessInfo.processInfo.environment
    if let path = environment["UNITSYNC_STATE"], !path.isEmpty { return path }
    if let path = environment["XDG_STATE_HOME"], !path.isEmpty { return path + "/unitsync" }
    return NSHomeDirectory() + "/.local/state/unitsync"
  }

  /// Writes a file that only its owner can read, whole or not at all; where `durable`, it survives power loss once this
  /// returns.
  public static func writePrivate(_ bytes: [UInt8], to path: String, durable: Bool = true) throws {
    let temporary = PrivateFile.unfinished(path)
    let file = try PrivateFile.create(temporary)
    do {
      defer { try? file.close() }
      if write(bytes, to: file.fileDescriptor) != 0 { throw CocoaError(.fileWriteUnknown) }
    } catch {
      PrivateFile.remove(temporary)
      throw error
    }
    try put(temporary, at: path, durable: durable)
  }

  /// The same for what is written in pieces: `write` is given the path of an empty file beside `path`, which takes its place
  /// afterwards. Nothing is left where it throws. Of several at once, under one name, the last to end stays, whole.
  public static func writePrivate(to path: String, durable: Bool = true, _ write: (_ temporary: String) throws -> Void)
    throws
  {
    let temporary = PrivateFile.unfinished(path)
    try PrivateFile.create(temporary).close()
    do {
      try write(temporary)
    } catch {
      PrivateFile.remove(temporary)
      throw error
    }
    try put(temporary, at: path, durable: durable)
  }

  private static func put(_ temporary: String, at path: String, durable: Bool) throws {
    guard !durable || flushed(temporary, O_RDWR), rename(temporary, path) == 0 else {
      PrivateFile.remove(temporary)
      throw CocoaError(.fileWriteUnknown)
    }
    let folder = (path as NSString).deletingLastPathComponent
    // The name, too, must survive power loss; a file system that cannot flush folders does without.
    if durable { _ = flushed(folder.isEmpty ? "." : folder, O_RDONLY) }
  }

  /// A file that only its owner may read, up to `limit` bytes; nil where there is none or it cannot be read.
  /// - Throws: ``WorkspaceError/exposed(path:)`` where its group or others may read or change it, as ssh does.
  public static func readPrivate(_ path: String, limit: Int = 1 << 20) throws -> [UInt8]? {
    if isExposed(path) { throw WorkspaceError.exposed(path: path) }
    return read(path, limit: limit)
  }

  /// The same whoever else may read it: of what stands in a data folder the folder is judged (``FolderAccess``).
  public static func read(_ path: String, limit: Int = 1 << 20) -> [UInt8]? {
    guard let handle = FileHandle(forReadingAtPath: path) else { return nil }
    defer { try? handle.close() }
    return (try? handle.read(upToCount: limit)).map { [UInt8]($0) }
  }

  /// True where somebody else than its owner may do anything with a file or folder; false where there is none.
  public static func isExposed(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & 0o077 != 0
  }

  /// Takes everything from everybody but the owner. - Returns: false where the file system does not do that.
  public static func makePrivate(_ path: String) -> Bool {
    var status = stat()
    guard stat(path, &status) == 0, chmod(path, status.st_mode & 0o700) == 0 else { return false }
    return !isExposed(path)
  }

  /// Writes all of `bytes` to an open file. - Returns: 0, or the system's error number.
  public static func write(_ bytes: [UInt8], to descriptor: Int32) -> Int32 {
    var rest = bytes[...]
    while !rest.isEmpty {
      #if canImport(Darwin)
        let count = rest.withUnsafeBytes { Darwin.write(descriptor, $0.baseAddress, $0.count) }
      #elseif canImport(Musl)
        let count = rest.withUnsafeBytes { Musl.write(descriptor, $0.baseAddress, $0.count) }
      #else
        let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      #endif
      if count < 0, errno == EINTR { continue }
      if count < 0 { return errno }
      rest = rest.dropFirst(count)
    }
    return 0
  }

  /// What a write ends with where the disk, or a limit on it, takes no more.
  static let fullDiskErrors: Set<Int32> = [ENOSPC, EDQUOT, EFBIG]

  /// What a write to a reader that has gone away, as `| head` does, ends with.
  public static let readerGone = EPIPE

  /// What `body` reads from the terminal is not shown on it.
  public static func withoutEcho<Result>(_ body: () -> Result) -> Result {
    var settings = termios()
    guard tcgetattr(STDIN_FILENO, &settings) == 0 else { return body() }
    var silent = settings
    silent.c_lflag &= ~tcflag_t(ECHO)
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent)
    defer { tcsetattr(STDIN_FILENO, TCSAFLUSH, &settings) }
    return body()
  }

  /// Does nothing to one that holds something.
  public static func removeEmptyFolder(_ path: String) { _ = rmdir(path) }

  /// Gives a file another name on the same disk, at once; what stood there is replaced.
  public static func move(_ path: String, to other: String) throws {
    guard rename(path, other) == 0 else { throw CocoaError(.fileWriteUnknown) }
  }

  /// Waits until a file's content, or a folder's names, survive power loss.
  public static func flush(_ path: String) -> Bool {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else { return false }
    return flushed(path, isFolder.boolValue ? O_RDONLY : O_RDWR)
  }

  /// Waits until the file or folder at `path` is on the disk.
  private static func flushed(_ path: String, _ mode: Int32) -> Bool {
    let descriptor = open(path, mode | O_CLOEXEC)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    return fsync(descriptor) == 0
  }

  /// True where standard input is a person's terminal.
  public static var standardInputIsTerminal: Bool { isatty(STDIN_FILENO) == 1 }

  /// True where standard output is a person's terminal.
  public static var standardOutputIsTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

  /// True where standard error is a person's terminal.
  public static var standardErrorIsTerminal: Bool { isatty(STDERR_FILENO) == 1 }

  /// Columns of the terminal behind standard output; nil where it is none.
  public static var terminalColumns: Int? {
    var size = winsize()
    guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
    return Int(size.ws_col)
  }

  /// Room left for this user on the disk under `path`; nil where the system does not say.
  public static func freeDiskBytes(_ path: String) -> UInt64? {
    let attributes = try? FileManager.default.attributesOfFileSystem(forPath: path)
    return (attributes?[.systemFreeSize] as? NSNumber)?.uint64Value
  }

  /// Milliseconds since 1970 by the system's wall clock.
  public static var wallMilliseconds: UInt64 {
    SimulatedSurroundings.current?.wallMilliseconds ?? UInt64(max(0, Date().timeIntervalSince1970 * 1000))
  }
}

/// Paths as bytes: names of files need not be UTF-8.
extension Platform {
  private static func withPath<Result>(_ bytes: [UInt8], _ body: (UnsafePointer<CChar>) -> Result) -> Result {
    (bytes + [0]).withUnsafeBytes { buffer in
      buffer.withMemoryRebound(to: CChar.self) { pointer in
        guard let start = pointer.baseAddress else { preconditionFailure("a path ends with a zero byte") }
        return body(start)
      }
    }
  }

  /// From the root, in whatever folder the process is.
  static func absolute(_ path: [UInt8]) -> [UInt8] {
    if path.first == UInt8(ascii: "/") { return path }
    guard let here = getcwd(nil, 0) else { return path }
    defer { free(here) }
    return Array(UnsafeRawBufferPointer(start: here, count: strlen(here))) + [UInt8(ascii: "/")] + path
  }

  static func exists(_ path: [UInt8]) -> Bool { withPath(path) { access($0, F_OK) == 0 } }

  static func isFolder(_ path: [UInt8]) -> Bool {
    var status = stat()
    return withPath(path) { stat($0, &status) } == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  static func makeFolder(_ path: [UInt8]) { _ = withPath(path) { mkdir($0, 0o700) } }

  static func link(_ path: String, to target: [UInt8]) throws {
    guard withPath(target, { symlink($0, path) }) == 0 else { throw CocoaError(.fileWriteUnknown) }
  }

  static func isLink(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK
  }

  /// Does nothing where it cannot.
  static func move(_ path: String, to target: [UInt8]) { _ = withPath(target) { rename(path, $0) } }
}

/// An exclusive lock between processes, held from creation until ``release()``; the system drops it when the process
/// dies.
public final class FileLock: Sendable {
  private let descriptor: Int32

  /// nil where somebody else holds it.
  public init?(trying path: String) throws {
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw Self.refusal(errno) }
    if flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
      close(descriptor)
      return nil
    }
  }

  /// Waits for whoever holds it.
  public init(path: String) throws {
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw Self.refusal(errno) }
    while flock(descriptor, LOCK_EX) != 0 {
      if errno != EINTR {
        close(descriptor)
        throw WorkspaceError.busy
      }
    }
  }

  /// Why no lock file could be opened or made.
  private static func refusal(_ error: Int32) -> WorkspaceError {
    if Platform.fullDiskErrors.contains(error) { return .diskFull }
    return [EROFS, EACCES, EPERM].contains(error) ? .readOnly : .storage("lock \(error)")
  }

  public func release() {
    flock(descriptor, LOCK_UN)
    close(descriptor)
  }
}
