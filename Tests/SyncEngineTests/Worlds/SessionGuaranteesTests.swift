import SyncModel
import SyncTesting
import Testing

/// The checker of histories must find each violation that is planted, and nothing in a history that holds.
@Suite struct SessionGuaranteesTests {
  private let log: LogID
  private let other: LogID
  private let reader = SessionGuarantees.Client(person: "张三", home: 1)
  private let writer = SessionGuarantees.Client(person: "李四", home: 2)

  init() throws {
    log = LogID(try #require(UnitPath("school/cs/b1")), .answers)
    other = LogID(try #require(UnitPath("school/cs/b2")), .answers)
  }

  private func set(_ ids: Int...) -> IDSet {
    var set = IDSet()
    for id in ids { set.insert(id) }
    return set
  }

  private func read(
    _ guarantees: inout SessionGuarantees, _ view: IDSet, by client: SessionGuarantees.Client
  ) -> SessionGuarantees.Violation? {
    guarantees.read(view, counting: view, by: client, in: log)
  }

  @Test("a history in which everybody sees what they wrote and saw has no violation")
  func holds() {
    var guarantees = SessionGuarantees()
    guarantees.write(1, by: writer, in: log)
    #expect(read(&guarantees, set(1), by: writer) == nil)
    #expect(read(&guarantees, set(), by: reader) == nil)
    #expect(guarantees.taken(set(1), into: set(1)) { _ in false } == nil)
    #expect(read(&guarantees, set(1), by: reader) == nil)
    guarantees.write(2, by: reader, in: log)
    #expect(guarantees.taken(set(2), into: set(1, 2)) { _ in false } == nil)
    #expect(read(&guarantees, set(1, 2), by: writer) == nil)
  }

  @Test("a read that lacks the reader's own write breaks read-your-writes")
  func readYourWrites() {
    var guarantees = SessionGuarantees()
    guarantees.write(1, by: writer, in: log)
    guarantees.write(2, by: writer, in: other)
    #expect(read(&guarantees, set(), by: reader) == nil)
    #expect(read(&guarantees, set(2), by: writer) == .readYourWrites(set(1)))
  }

  @Test("a read that lacks what was seen before breaks monotonic reads")
  func monotonicReads() {
    var guarantees = SessionGuarantees()
    #expect(read(&guarantees, set(1, 2), by: reader) == nil)
    #expect(read(&guarantees, set(2), by: writer) == nil)
    #expect(read(&guarantees, set(2, 3), by: reader) == .monotonicReads(set(1)))
  }

  @Test("a write in view without its author's earlier one breaks monotonic writes")
  func monotonicWrites() {
    var guarantees = SessionGuarantees()
    guarantees.write(1, by: writer, in: log)
    guarantees.write(2, by: writer, in: log)
    #expect(
      guarantees.taken(set(2), into: set(2)) { _ in false } == .monotonicWrites(2, missing: set(1)))
    #expect(guarantees.taken(set(2), into: set(2)) { $0 == 1 } == nil)
  }

  @Test("a write in view without what its author had seen breaks writes-follow-reads")
  func writesFollowReads() {
    var guarantees = SessionGuarantees()
    guarantees.write(1, by: writer, in: log)
    #expect(read(&guarantees, set(1), by: reader) == nil)
    guarantees.write(2, by: reader, in: log)
    #expect(
      guarantees.taken(set(2), into: set(2)) { _ in false } == .writesFollowReads(2, missing: set(1)))
    #expect(guarantees.taken(set(2), into: set(2)) { $0 == 1 } == nil)
  }

  @Test("what was seen without authority binds nobody's writes, and a place set back begins anew")
  func exceptions() {
    var guarantees = SessionGuarantees()
    #expect(guarantees.read(set(1), counting: set(), by: reader, in: log) == nil)
    guarantees.write(2, by: reader, in: log)
    #expect(guarantees.taken(set(2), into: set(2)) { _ in false } == nil)
    guarantees.restart(home: reader.home)
    #expect(read(&guarantees, set(), by: reader) == nil)
  }
}
