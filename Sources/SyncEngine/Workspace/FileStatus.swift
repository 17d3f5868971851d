import Foundation
import SyncModel

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// What the system says of one file, folder or link.
struct FileStatus: Hashable, Sendable {
  enum Kind: Sendable {
    case file
    case folder
    case link
    /// A socket, a pipe, a device: nothing is kept in it.
    case other
  }

  /// The same for every path that leads there.
  struct ID: Hashable, Sendable {
    let device: UInt64
    let number: UInt64
  }

  let kind: Kind
  let id: ID
  let mode: UInt32
  let byteCount: Int

  /// nil where there is no such thing, or nobody lets us look.
  /// - Parameters:
  ///   - path: as ``RawText`` writes it.
  ///   - following: looks at what a link leads to.
  init?(_ path: String, following: Bool) {
    var status = stat()
    guard Platform.withPath(path, { following ? stat($0, &status) : lstat($0, &status) }) == 0 else { return nil }
    switch status.st_mode & S_IFMT {
    case S_IFREG: kind = .file
    case S_IFDIR: kind = .folder
    case S_IFLNK: kind = .link
    default: kind = .other
    }
    id = ID(device: UInt64(truncatingIfNeeded: status.st_dev), number: UInt64(truncatingIfNeeded: status.st_ino))
    mode = UInt32(status.st_mode)
    byteCount = Int(status.st_size)
  }
}

/// Why a file or folder could not be made, written or given its name, in the system's own number.
public struct FileFailure: ExplainedError, Hashable {
  public let number: Int32
  /// What was to be there afterwards.
  public let path: String

  public init(number: Int32, path: String) {
    self.number = number
    self.path = path
  }

  public var isExisting: Bool { number == EEXIST }
  public var isDiskFull: Bool { Platform.fullDiskErrors.contains(number) }
  public var isRefused: Bool { [EROFS, EACCES, EPERM].contains(number) }

  public var code: String { isExisting ? "fileExists" : "cannotWrite" }

  public var message: String {
    let shown = RawText.shown(path)
    if isExisting { return "“\(shown)”已经有了，未作改动" }
    if isDiskFull { return "磁盘已满，写不进“\(shown)”" }
    if isRefused { return "没有权限写“\(shown)”，或磁盘只读" }
    return "写不进“\(shown)”（系统错误 \(number)）"
  }

  public var hint: String {
    if isExisting { return "请换一个名字" }
    return isDiskFull ? "请腾出空间后再试" : "请检查文件夹是否存在、是否有写入权限"
  }

  public var retry: Bool { !isExisting }
}

extension WorkspaceError {
  /// Of a file or folder in the data folder that could not be made, written or moved.
  public init(_ error: any Error, at path: String) {
    switch error {
    case let error as WorkspaceError: self = error
    case let error as FileFailure where error.isDiskFull: self = .diskFull
    case let error as FileFailure where error.isRefused: self = .readOnly
    case let error as FileFailure: self = .storage("\(path)，系统错误 \(error.number)")
    default: self = .storage(path)
    }
  }
}
