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
    FileStatus(path, following: false).map { "\($0.id.device):\($0.id.number)" }
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
    try writePrivate(to: path, durable: durable) { file, _ in
      let number = write(bytes, to: file.fileDescriptor)
      if number != 0 { throw FileFailure(number: number, path: path) }
    }
  }

  /// The same for what is written in pieces: `write` is given an empty file beside `path`, open and by its own path, which takes its
  /// place afterwards. Nothing is left where it throws. Of several at once, under one name, the last to end stays, whole.
  /// - Throws: ``FileFailure`` where the file cannot be made or take its place; whatever `write` throws.
  public static func writePrivate(
    to path: String, durable: Bool = true, _ write: (_ file: FileHandle, _ temporary: String) throws -> Void
  ) throws {
    let temporary = PrivateFile.unfinished(path)
    let file: FileHandle
    do { file = try PrivateFile.create(temporary) } catch { throw FileFailure(number: error.number, path: path) }
    do {
      defer { try? file.close() }
      try write(file, temporary)
      let number = durable ? flushError(temporary) : 0
      if number != 0 { throw FileFailure(number: number, path: path) }
      try move(temporary, to: path)
    } catch {
      PrivateFile.remove(temporary)
      throw error
    }
    let folder = (path as NSString).deletingLastPathComponent
    // The name, too, must survive power loss; a file system that cannot flush folders does without.
    if durable { _ = flush(folder.isEmpty ? "." : folder) }
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

  /// True where somebody else than its owner may do anything with a file or folder, or with what a link leads to; false where there is
  /// none.
  public static func isExposed(_ path: String) -> Bool { isExposed(path, following: true) }

  /// - Parameter following: whether a link speaks for what it leads to; else it exposes nothing.
  static func isExposed(_ path: String, following: Bool) -> Bool {
    guard let status = FileStatus(path, following: following), status.kind != .link else { return false }
    if SimulatedSurroundings.current?.keepsModes == false { return true }
    return status.mode & 0o077 != 0
  }

  /// Takes everything from everybody but the owner. - Returns: false where the file system does not do that.
  /// - Parameter following: whether what a link leads to is meant, which may stand anywhere; else a link stays as it is.
  static func makePrivate(_ path: String, following: Bool) -> Bool {
    guard let status = FileStatus(path, following: following) else { return false }
    if status.kind == .link { return true }
    let number = errorNumber(path) {
      fchmodat(AT_FDCWD, $0, mode_t(status.mode & 0o700), following ? 0 : AT_SYMLINK_NOFOLLOW)
    }
    return number == 0 && !isExposed(path, following: following)
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
  public static func removeEmptyFolder(_ path: String) { _ = errorNumber(path) { rmdir($0) } }

  /// Gives a file another name on the same disk, at once; what stood there is replaced.
  public static func move(_ path: String, to other: String) throws {
    let number = withPath(other) { target in errorNumber(path) { rename($0, target) } }
    if number != 0 { throw FileFailure(number: number, path: other) }
  }

  /// Waits until a file's content, or a folder's names, survive power loss.
  public static func flush(_ path: String) -> Bool { flushError(path) == 0 }

  /// The same: 0, or the system's error number.
  private static func flushError(_ path: String) -> Int32 {
    let mode = isFolder(path) ? O_RDONLY : O_RDWR
    return errorNumber(path) {
      let descriptor = open($0, mode | O_CLOEXEC)
      if descriptor < 0 { return descriptor }
      defer { close(descriptor) }
      return fsync(descriptor)
    }
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

/// Paths as bytes: names of files need not be UTF-8. A path in text is one that ``RawText`` made, and stands for its bytes.
extension Platform {
  /// 0, or the system's error number of a call that says by a number below 0 that it failed.
  static func errorNumber(_ path: String, _ call: (UnsafePointer<CChar>) -> Int32) -> Int32 {
    withPath(path) { call($0) < 0 ? errno : 0 }
  }

  static func withPath<Result>(_ path: String, _ body: (UnsafePointer<CChar>) -> Result) -> Result {
    RawText.isRaw(path) ? withPath(RawText.bytes(path), body) : path.withCString(body)
  }

  /// What stands in a folder, without `.` and `..`, in no order; a name that is no UTF-8 is one as ``RawText`` writes it.
  ///
  /// The library's own way leaves such names out, and stops at a folder that is reached through a link.
  static func names(in folder: String) throws(FileFailure) -> [String] {
    guard let stream = withPath(folder, { opendir($0) }) else { throw FileFailure(number: errno, path: folder) }
    defer { closedir(stream) }
    var names: [String] = []
    while true {
      errno = 0
      guard let entry = readdir(stream) else {
        if errno != 0 { throw FileFailure(number: errno, path: folder) }
        return names
      }
      guard let offset = MemoryLayout<dirent>.offset(of: \.d_name) else { preconditionFailure("an entry has a name") }
      let start = UnsafeRawPointer(entry) + offset
      let name = UnsafeRawBufferPointer(start: start, count: strlen(start.assumingMemoryBound(to: CChar.self)))
      if !name.elementsEqual(".".utf8), !name.elementsEqual("..".utf8) { names.append(RawText.text(name)) }
    }
  }

  /// nil where there is no such file, or nobody lets us read it.
  static func openToRead(_ path: String) -> FileHandle? {
    let descriptor = withPath(path) { open($0, O_RDONLY | O_CLOEXEC) }
    return descriptor < 0 ? nil : FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
  }

  /// True where a folder is another one or stands somewhere below it, whatever links lead there.
  static func isFolder(_ path: String, inside folder: String) -> Bool {
    guard let goal = FileStatus(folder, following: true)?.id else { return false }
    var place = path.isEmpty ? "." : path
    var below: FileStatus.ID?
    // As many folders as a path has room to climb.
    for _ in 0..<1000 {
      guard let here = FileStatus(place, following: true)?.id else { return false }
      if here == goal { return true }
      // The root is above itself.
      if here == below { return false }
      below = here
      place += "/.."
    }
    return false
  }

  static func isFolder(_ path: String) -> Bool { FileStatus(path, following: true)?.kind == .folder }

  static func isLink(_ path: String) -> Bool { FileStatus(path, following: false)?.kind == .link }

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

  /// - Parameter path: the link's name is UTF-8 as it stands here: the library, which knows no bytes, is to open it.
  static func link(_ path: String, to target: [UInt8]) throws {
    let number = withPath(target) { symlink($0, path) < 0 ? errno : 0 }
    if number != 0 { throw FileFailure(number: number, path: path) }
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
