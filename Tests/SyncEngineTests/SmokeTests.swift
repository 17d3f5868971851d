import SyncEngine
import SyncModel
import Testing

@Test("two replicas that exchange segments show the same siblings")
func twoReplicas() throws {
  let root = DeviceKey()
  let school = SchoolID(rootKey: root.publicKey, rehearsal: true)
  let log = LogID(try #require(UnitPath("school/cs")), .answers)
  let a = try LogEngine(school: school, log: log, storage: MemoryLog())
  let b = try LogEngine(school: school, log: log, storage: MemoryLog())
  let ka = DeviceKey(), kb = DeviceKey()
  let name = RegisterName(.answer, SubjectID(high: 1, low: 2), part: 7, Field(rawValue: 2))
  func write(_ e: LogEngine<MemoryLog>, _ k: DeviceKey, _ v: Int64, shown: UInt64) throws {
    _ = try e.append([Change(name, .integer(v))], by: Author(key: k, incarnation: Incarnation(high: 1, low: 1), person: PersonID(high: 3, low: 3), shownUpTo: shown), continues: nil, secret: BatchSecret(high: 5, low: UInt64(v)), time: HybridTime(milliseconds: 1000 + UInt64(v), counter: 0), wallMilliseconds: 1000 + UInt64(v))
    try e.deliver(order: 1) { _ in .valid }
  }
  try write(a, ka, 1, shown: 0)
  try write(b, kb, 2, shown: 0)
  func send(_ from: LogEngine<MemoryLog>, _ to: LogEngine<MemoryLog>) throws {
    for s in from.strands.indices {
      let seg = try #require(try from.segment(on: s, after: 0, byteLimit: 1 << 20))
      let back = try Segment(bytes: seg.bytes)
      #expect(back == seg)
      _ = try to.ingest(back, receivedMilliseconds: 0)
    }
    try to.deliver(order: 2) { _ in .valid }
    try to.flush()
  }
  try send(a, b)
  try send(b, a)
  #expect(a.tips == b.tips)
  #expect(a.storage.view[name]?.all.count == 2)
  #expect(b.storage.view[name]?.all.count == 2)
  try write(a, ka, 3, shown: 2)
  try send(a, b)
  #expect(b.storage.view[name]?.all.count == 1)
}
