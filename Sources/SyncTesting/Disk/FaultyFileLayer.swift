import Foundation
import GRDBSQLite
import Synchronization

/// A file layer for SQLite (a "VFS") that puts the files of a folder on the ``FaultyDisk`` made for it. Everything else
/// SQLite asks of a system it still asks of the machine's own layer.
///
/// A file stands on its disk under its last name alone, and the folder may have folders: a workspace in the making keeps
/// its database when it is moved out. A file that SQLite opens without a name is kept in memory.
public enum FaultyFileLayer {
  /// What SQLite knows it by; registered when first asked for.
  public static let name: String = {
    register()
    return identifier
  }()

  private static let identifier = "unitsync-faulty"
  private static let disks = Mutex<[String: WeakDisk]>([:])

  private struct WeakDisk: Sendable {
    weak let disk: FaultyDisk?
  }

  static func add(_ disk: FaultyDisk) { disks.withLock { $0[disk.folder] = WeakDisk(disk: disk) } }

  static func remove(_ folder: String) {
    disks.withLock { disks in
      if disks[folder]?.disk == nil { disks[folder] = nil }
    }
  }

  /// nil where no disk stands for the folder, nor for one above it.
  private static func place(_ path: String) -> (disk: FaultyDisk, name: String)? {
    let url = URL(fileURLWithPath: path)
    let folder = url.deletingLastPathComponent()
    return disks.withLock { disks in
      (disks[folder.path]?.disk ?? disks[folder.deletingLastPathComponent().path]?.disk)
        .map { ($0, url.lastPathComponent) }
    }
  }

  // MARK: Registering

  private static func register() {
    guard let system = sqlite3_vfs_find(nil) else { preconditionFailure("SQLite has a file layer of its own") }
    // For the life of the process, as SQLite keeps the addresses.
    let layer = UnsafeMutablePointer<sqlite3_vfs>.allocate(capacity: 1)
    layer.initialize(to: system.pointee)
    layer.pointee.pNext = nil
    layer.pointee.zName = UnsafePointer(strdup(identifier))
    layer.pointee.szOsFile = Int32(MemoryLayout<OpenFile>.size)
    layer.pointee.xOpen = { _, name, file, flags, outFlags in
      guard let file else { return SQLITE_MISUSE }
      outFlags?.pointee = flags
      return FaultyFileLayer.open(name.map { String(cString: $0) }, file, flags)
    }
    layer.pointee.xDelete = { _, name, isSafe in
      guard let name, let place = FaultyFileLayer.place(String(cString: name)) else { return FileLayerCode.delete }
      return FaultyFileLayer.code(FileLayerCode.delete) { () throws(FaultyDisk.Failure) in
        try place.disk.delete(place.name, isSafe: isSafe != 0)
      }
    }
    layer.pointee.xAccess = { _, name, _, result in
      guard let name, let place = FaultyFileLayer.place(String(cString: name)) else { return FileLayerCode.access }
      result?.pointee = place.disk.exists(place.name) ? 1 : 0
      return SQLITE_OK
    }
    sqlite3_vfs_register(layer, 0)
  }

  private static func open(_ path: String?, _ file: UnsafeMutablePointer<sqlite3_file>, _ flags: Int32) -> Int32 {
    file.pointee.pMethods = nil
    let handle: FileUse
    if let path {
      guard let place = place(path) else { return SQLITE_CANTOPEN }
      do throws(FaultyDisk.Failure) {
        let id = try place.disk.open(
          place.name, creating: flags & SQLITE_OPEN_CREATE != 0, isSafe: flags & SQLITE_OPEN_MAIN_DB != 0)
        handle = FileUse(disk: place.disk, file: id)
      } catch {
        return error.code(SQLITE_CANTOPEN)
      }
    } else {
      // Working space of one connection: a crash takes it whole.
      let scratch = FaultyDisk(folder: "/scratch/\(UUID().uuidString)", seed: 0)
      guard let id = try? scratch.open("scratch", creating: true, isSafe: false) else { return SQLITE_CANTOPEN }
      handle = FileUse(disk: scratch, file: id)
    }
    file.withMemoryRebound(to: OpenFile.self, capacity: 1) { open in
      open.pointee.handle = Unmanaged.passRetained(handle)
    }
    file.pointee.pMethods = methods
    return SQLITE_OK
  }

  // MARK: Files

  /// What SQLite reserves memory for and hands back with every call: its own part first.
  struct OpenFile {
    var base: sqlite3_file
    var handle: Unmanaged<FileUse>?
  }

  /// One connection's hold on a file.
  final class FileUse: Sendable {
    let disk: FaultyDisk
    let file: FaultyDisk.FileID
    let number: Int
    /// Kept until it is closed, also beyond a crash: SQLite still looks there.
    let memory = Mutex<FileSharing.Memory?>(nil)
    private static let numbers = Atomic<Int>(0)

    init(disk: FaultyDisk, file: FaultyDisk.FileID) {
      self.disk = disk
      self.file = file
      number = Self.numbers.add(1, ordering: .relaxed).newValue
    }
  }

  static func handle(_ file: UnsafeMutablePointer<sqlite3_file>?) -> FileUse? {
    file?.withMemoryRebound(to: OpenFile.self, capacity: 1) { $0.pointee.handle?.takeUnretainedValue() }
  }

  /// SQLite's answer for what `body` throws.
  static func code(_ failed: Int32, _ body: () throws(FaultyDisk.Failure) -> Void) -> Int32 {
    do throws(FaultyDisk.Failure) {
      try body()
      return SQLITE_OK
    } catch {
      return error.code(failed)
    }
  }
}

extension FaultyDisk.Failure {
  /// - Parameter failed: the code for what was attempted.
  func code(_ failed: Int32) -> Int32 {
    switch self {
    case .dead, .inputOutput: failed
    case .full: SQLITE_FULL
    case .noFile: failed == FileLayerCode.delete ? FileLayerCode.deleteNoFile : SQLITE_CANTOPEN
    }
  }
}
