import GRDBSQLite
import Synchronization

/// Extended result codes, which C spells as expressions that are not imported.
enum FileLayerCode {
  static let read = extended(1)
  static let shortRead = extended(2)
  static let write = extended(3)
  static let sync = extended(4)
  static let truncate = extended(6)
  static let status = extended(7)
  static let unlock = extended(8)
  static let delete = extended(10)
  static let access = extended(13)
  static let lock = extended(15)
  static let memoryLock = extended(20)
  static let memoryMap = extended(21)
  static let deleteNoFile = extended(23)

  private static func extended(_ number: Int32) -> Int32 { SQLITE_IOERR | number << 8 }
}

extension FaultyFileLayer {
  /// As the layer for real files says of itself: what a write does not touch, power loss does not either.
  private static let characteristics = SQLITE_IOCAP_POWERSAFE_OVERWRITE
  private static let sectorBytes: Int32 = 4096

  /// What SQLite calls for an open file; one table for all of them, for the life of the process. Never changed once made.
  nonisolated(unsafe) static let methods: UnsafePointer<sqlite3_io_methods> = {
    let table = UnsafeMutablePointer<sqlite3_io_methods>.allocate(capacity: 1)
    var methods = sqlite3_io_methods()
    // 2: with shared memory, without mapping the file itself.
    methods.iVersion = 2
    addReading(to: &methods)
    addWriting(to: &methods)
    addLocks(to: &methods)
    addSharedMemory(to: &methods)
    table.initialize(to: methods)
    return UnsafePointer(table)
  }()

  private static func addReading(to methods: inout sqlite3_io_methods) {
    methods.xClose = { file in
      file?.withMemoryRebound(to: OpenFile.self, capacity: 1) { open in
        guard let held = open.pointee.handle else { return }
        let use = held.takeUnretainedValue()
        use.disk.release(use.file, by: use.number)
        held.release()
        open.pointee.handle = nil
      }
      return SQLITE_OK
    }
    methods.xRead = { file, target, count, offset in
      guard let use = FaultyFileLayer.handle(file), let target else { return SQLITE_MISUSE }
      let buffer = UnsafeMutableRawBufferPointer(start: target, count: Int(count))
      var isShort = false
      let result = FaultyFileLayer.code(FileLayerCode.read) { () throws(FaultyDisk.Failure) in
        let read = try use.disk.read(use.file, at: Int(offset), into: buffer)
        if read < buffer.count {
          isShort = true
          for index in read..<buffer.count { buffer[index] = 0 }
        }
      }
      return isShort ? FileLayerCode.shortRead : result
    }
    methods.xFileSize = { file, size in
      guard let use = FaultyFileLayer.handle(file) else { return SQLITE_MISUSE }
      return FaultyFileLayer.code(FileLayerCode.status) { () throws(FaultyDisk.Failure) in
        size?.pointee = Int64(try use.disk.count(use.file))
      }
    }
    methods.xFileControl = { _, _, _ in SQLITE_NOTFOUND }
    methods.xSectorSize = { _ in FaultyFileLayer.sectorBytes }
    methods.xDeviceCharacteristics = { _ in FaultyFileLayer.characteristics }
  }

  private static func addWriting(to methods: inout sqlite3_io_methods) {
    methods.xWrite = { file, source, count, offset in
      guard let use = FaultyFileLayer.handle(file), let source else { return SQLITE_MISUSE }
      return FaultyFileLayer.code(FileLayerCode.write) { () throws(FaultyDisk.Failure) in
        try use.disk.write(
          use.file, at: Int(offset), UnsafeRawBufferPointer(start: source, count: Int(count)))
      }
    }
    methods.xTruncate = { file, size in
      guard let use = FaultyFileLayer.handle(file) else { return SQLITE_MISUSE }
      return FaultyFileLayer.code(FileLayerCode.truncate) { () throws(FaultyDisk.Failure) in
        try use.disk.resize(use.file, to: Int(size))
      }
    }
    methods.xSync = { file, _ in
      guard let use = FaultyFileLayer.handle(file) else { return SQLITE_MISUSE }
      return FaultyFileLayer.code(FileLayerCode.sync) { () throws(FaultyDisk.Failure) in try use.disk.sync(use.file) }
    }
  }

  private static func addLocks(to methods: inout sqlite3_io_methods) {
    methods.xLock = { file, level in
      guard let use = FaultyFileLayer.handle(file), let level = FileSharing.Level(rawValue: level) else {
        return SQLITE_MISUSE
      }
      return FaultyFileLayer.granted(FileLayerCode.lock) { () throws(FaultyDisk.Failure) in
        try use.disk.sharing(of: use.file) { sharing throws(FaultyDisk.Failure) in sharing.raise(use.number, to: level)
        }
      }
    }
    methods.xUnlock = { file, level in
      guard let use = FaultyFileLayer.handle(file), let level = FileSharing.Level(rawValue: level) else {
        return SQLITE_MISUSE
      }
      return FaultyFileLayer.code(FileLayerCode.unlock) { () throws(FaultyDisk.Failure) in
        try use.disk.sharing(of: use.file) { sharing throws(FaultyDisk.Failure) in sharing.lower(use.number, to: level)
        }
      }
    }
    methods.xCheckReservedLock = { file, result in
      guard let use = FaultyFileLayer.handle(file) else { return SQLITE_MISUSE }
      return FaultyFileLayer.code(FileLayerCode.lock) { () throws(FaultyDisk.Failure) in
        let isReserved = try use.disk.sharing(of: use.file) { sharing throws(FaultyDisk.Failure) in sharing.isReserved }
        result?.pointee = isReserved ? 1 : 0
      }
    }
  }

  private static func addSharedMemory(to methods: inout sqlite3_io_methods) {
    methods.xShmMap = { file, index, byteCount, extending, result in
      guard let use = FaultyFileLayer.handle(file) else { return SQLITE_MISUSE }
      return FaultyFileLayer.code(FileLayerCode.memoryMap) { () throws(FaultyDisk.Failure) in
        let memory = try use.disk.sharing(of: use.file) { sharing throws(FaultyDisk.Failure) in
          sharing.join(use.number)
        }
        use.memory.withLock { $0 = memory }
        let address = memory.region(Int(index), byteCount: Int(byteCount), extending: extending != 0)
        result?.pointee = address.flatMap { UnsafeMutableRawPointer(bitPattern: $0) }
      }
    }
    methods.xShmLock = { file, offset, count, flags in
      guard let use = FaultyFileLayer.handle(file) else { return SQLITE_MISUSE }
      let range = Int(offset)..<Int(offset + count)
      return FaultyFileLayer.granted(FileLayerCode.memoryLock) { () throws(FaultyDisk.Failure) in
        try use.disk.sharing(of: use.file) { sharing throws(FaultyDisk.Failure) in
          if flags & SQLITE_SHM_LOCK != 0 {
            return sharing.lock(range, exclusively: flags & SQLITE_SHM_EXCLUSIVE != 0, by: use.number)
          }
          sharing.unlock(range, by: use.number)
          return true
        }
      }
    }
    // One process, and every access under the disk's own lock in between.
    methods.xShmBarrier = { _ in }
    methods.xShmUnmap = { file, _ in
      guard let use = FaultyFileLayer.handle(file) else { return SQLITE_MISUSE }
      _ = try? use.disk.sharing(of: use.file) { sharing throws(FaultyDisk.Failure) in sharing.unmap(use.number) }
      use.memory.withLock { $0 = nil }
      return SQLITE_OK
    }
  }

  /// SQLite's answer to asking for a lock: busy where another connection is in the way.
  private static func granted(_ failed: Int32, _ body: () throws(FaultyDisk.Failure) -> Bool) -> Int32 {
    do throws(FaultyDisk.Failure) {
      return try body() ? SQLITE_OK : SQLITE_BUSY
    } catch {
      return error.code(failed)
    }
  }
}
