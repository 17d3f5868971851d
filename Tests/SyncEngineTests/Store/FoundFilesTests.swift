import Foundation
import SyncModel
import SyncTesting
import Testing

@testable import SyncEngine

/// Databases that are only looked at, where their disk takes nothing.
@Suite struct FoundFilesTests {
  private let school: TestSchool
  private let office: Office
  /// A copy made while the database was open: its newest commits stand in the write-ahead log alone.
  private let path: String

  init() throws {
    school = try TestSchool()
    office = try school.found()
    _ = try office.at(school.now()).addUnit("school/cs", name: "计算机学院党总支", kind: .committee, type: nil)
    path = school.folder + "/copy/workspace.db"
    try FileManager.default.createDirectory(atPath: school.folder + "/copy", withIntermediateDirectories: false)
    for suffix in ["", "-wal"] {
      try FileManager.default.copyItem(
        atPath: office.workspace.folder + "/workspace.db" + suffix, toPath: path + suffix)
    }
  }

  /// A link where SQLite would make a file: it cannot open the database as ever.
  private func refuseIndex() throws {
    try FileManager.default.createSymbolicLink(atPath: path + "-shm", withDestinationPath: "nowhere")
  }

  private func arrivals(_ database: SQLiteDatabase) throws -> Int64? {
    try database.read { try $0.first("SELECT count(*) FROM arrival")?[0].integer }
  }

  @Test("what stands in the write-ahead log alone is read, and nothing is written or made")
  func reading() throws {
    let names = try FileManager.default.contentsOfDirectory(atPath: school.folder + "/copy").sorted()
    let before = FoundFiles(path)
    let expected = try office.workspace.store.read { try $0.latestArrival() }
    let found = try SQLiteDatabase(asFound: path)
    #expect(try arrivals(found) == Int64(expected) && found.isReadOnly)
    #expect(throws: (any Error).self) { try found.write { try $0.run("DELETE FROM arrival", []) } }
    try found.close()
    #expect(FoundFiles(path) == before)
    #expect(try FileManager.default.contentsOfDirectory(atPath: school.folder + "/copy").sorted() == names)
  }

  @Test("a write-ahead log in which nothing is committed yet stays, whoever looked at the files (promise 3)")
  func uncommitted() throws {
    let store = try LogStore(path: path)
    #expect(try store.passLogOver())
    try store.close()
    let writer = try SQLiteDatabase(path: path)
    try writer.write { try $0.run("CREATE TABLE spilled (bytes BLOB)", []) }
    #expect(try writer.passLogOver())
    var isLooked = false
    try writer.write { connection in
      try connection.run("PRAGMA cache_size = 10", [])
      for _ in 0..<200 { try connection.run("INSERT INTO spilled VALUES (zeroblob(4000))", []) }
      let log = try Data(contentsOf: URL(fileURLWithPath: path + "-wal"))
      #expect(log.count > 100_000, "pages must have left the memory")
      // As it goes where the ordinary way was barred, and the writer began after that.
      let found = try SQLiteDatabase(asFound: path)
      #expect(try found.read { try $0.first("SELECT count(*) FROM spilled")?[0].integer } == 0)
      try found.close()
      #expect(try Data(contentsOf: URL(fileURLWithPath: path + "-wal")) == log)
      isLooked = true
    }
    try writer.close()
    #expect(isLooked)
    let after = try SQLiteDatabase(path: path)
    #expect(try after.read { try $0.first("SELECT count(*) FROM spilled")?[0].integer } == 200)
    try after.close()
  }

  @Test("what was read while somebody wrote is not given out")
  func disturbed() throws {
    let found = try SQLiteDatabase(asFound: path)
    let count = try arrivals(found)
    try found.backup(to: school.folder + "/whole.db")
    #expect(try found.byteCount > 0)
    let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path + "-wal"))
    try handle.seekToEnd()
    try handle.write(contentsOf: [UInt8](repeating: 0, count: 24))
    try handle.close()
    #expect(throws: (any Error).self) { try arrivals(found) }
    #expect(throws: (any Error).self) { try found.backup(to: school.folder + "/disturbed.db") }
    #expect(throws: (any Error).self) { try found.byteCount }
    try found.close()
    #expect(try arrivals(SQLiteDatabase(asFound: path)) == count)
  }

  @Test("a store that is only looked at says of every write why it is refused; one of an older form is not opened")
  func refusals() throws {
    try refuseIndex()
    #expect(throws: WorkspaceError.self) { try LogStore(path: path) }
    let store = try LogStore(path: path, reading: true)
    let refused = try #require(store.writingRefused)
    #expect(refused.isOfDisk && store.identity == office.identity)
    #expect(throws: refused) { try store.write(wallMilliseconds: 0) { try $0.setSetting("x", [1]) } }
    #expect(throws: refused) { try store.passLogOver() }
    #expect(try store.quickCheck().isEmpty)
    try store.close()

    try FileManager.default.removeItem(atPath: path + "-shm")
    let older = try SQLiteDatabase(path: path)
    try older.write { try $0.run("PRAGMA user_version = \(Schema.version - 1)", []) }
    try older.close()
    try refuseIndex()
    #expect(throws: WorkspaceError.olderVersion) { try LogStore(path: path, reading: true) }
  }

  @Test("a write-ahead log is carried over without waiting for whoever reads")
  func passLogOver() throws {
    let (store, reader) = (try LogStore(path: path), try LogStore(path: path))
    try store.write(wallMilliseconds: 0) { try $0.setSetting("x", [1]) }
    try reader.read { snapshot in
      _ = try snapshot.setting("x")
      try store.write(wallMilliseconds: 0) { try $0.setSetting("x", [2]) }
      #expect(try !store.passLogOver())
    }
    #expect(try store.passLogOver())
    let attributes = try FileManager.default.attributesOfItem(atPath: path + "-wal")
    #expect((attributes[.size] as? NSNumber)?.intValue == 0)
  }
}
