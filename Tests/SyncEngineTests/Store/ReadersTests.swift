import SyncModel
import SyncTesting
import Testing

@testable import SyncEngine

/// Reads and writes of one store at the same time.
@Suite struct ReadersTests {
  let school: TestSchool
  let root: Office

  init() throws {
    school = try TestSchool()
    root = try school.found()
  }

  private var store: LogStore { root.workspace.store }

  private struct Undone: Error {}

  @Test("a read while somebody writes waits for nobody, and sees what was committed before (promise 3)")
  func readWhileWriting() throws {
    let key = "test"
    try store.write(wallMilliseconds: 1) { try $0.setSetting(key, [1]) }
    // Within the write: a read that waited for it would never come to an end.
    try store.write(wallMilliseconds: 1) { transaction in
      try transaction.setSetting(key, [2])
      let seen = try store.read { try $0.setting(key) }
      // More connections than one, each with its own moment.
      let nested = try store.read { outer in [try store.read { try $0.setting(key) }, try outer.setting(key)] }
      #expect(seen == [1] && nested == [[1], [1]])
    }
    #expect(try store.read { try $0.setting(key) } == [2])
    // And again by a connection that was used before.
    let again = try store.write(wallMilliseconds: 1) { _ in try store.read { try $0.setting(key) } }
    #expect(again == [2])
    try store.close()
  }

  /// The school's notices from their start.
  private func notices() throws -> [Segment] {
    try store.write(wallMilliseconds: 1) { transaction in
      let engine = try transaction.engine(for: LogID(root.identity.unit, .notices))
      return try engine.strands.indices.compactMap { try engine.segment(on: $0, after: 0, byteLimit: 1 << 20) }
    }
  }

  @Test(
    "a directory that was changed and undone is nobody's: not of those who read meanwhile, nor of the next who changes it"
  )
  func undoneDirectory() throws {
    let path = try #require(UnitPath("school/x"))
    try store.backup(to: school.folder + "/copy.db")
    let copy = try LogStore(path: school.folder + "/copy.db")
    let before = try copy.read { try $0.directory() }
    _ = try root.at(school.now()).addUnit("school/x", name: "外语学院党总支", kind: .committee, type: nil)
    let segments = try notices()
    #expect(throws: Undone.self) {
      try copy.write(wallMilliseconds: 1) { transaction in
        for segment in segments { _ = try transaction.ingest(segment) }
        try transaction.settle()
        let (own, others) = (try transaction.directory(), try copy.read { try $0.directory() })
        #expect(own.units[path] != nil && others == before)
        throw Undone()
      }
    }
    #expect(try copy.read { try $0.directory() } == before)
    // Another change that leads to a directory of the same number.
    try copy.write(wallMilliseconds: 1) { transaction in
      try transaction.setCounter(.directory, try transaction.counter(.directory) + 1)
      let own = try transaction.directory()
      #expect(own == before)
    }
    #expect(try copy.read { try $0.directory() } == before)
    try copy.write(wallMilliseconds: 1) { transaction in
      for segment in segments { _ = try transaction.ingest(segment) }
    }
    #expect(try copy.read { try $0.directory() }.units[path] != nil)
  }
}
