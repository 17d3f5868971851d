import SyncEngine
import SyncModel
import SyncTesting
import Testing

/// The merge of whole logs in memory, held against the engine.
@Suite struct BulkMergeTests {
  /// What stands in a log, in a form that can be compared.
  private struct View: Equatable {
    var applied = 0
    var waiting = 0
    var registers: [RegisterName: Set<Sibling>] = [:]

    mutating func add(_ name: RegisterName, _ siblings: [Sibling]) {
      registers[name] = Set(
        siblings.map { sibling in
          var sibling = sibling
          sibling.order = 0
          return sibling
        })
    }
  }

  /// nil where it refuses anything, or has to leave anything out.
  private func engineView(_ segments: [[UInt8]], of log: LogEngine<MemoryLog>) throws -> View? {
    let engine = try LogEngine(school: log.school, log: log.log, storage: MemoryLog())
    for bytes in segments {
      guard let segment = try? Segment(bytes: bytes),
        let ingested = try? engine.ingest(segment, receivedMilliseconds: 0),
        !ingested.gap, !ingested.forked, ingested.duplicates == 0
      else { return nil }
    }
    try engine.deliver(order: 1) { _, _ in Strand.Authority(.valid) }
    try engine.flush()
    var view = View(applied: engine.entryCount - engine.waiting, waiting: engine.waiting)
    for (name, siblings) in engine.storage.view where !siblings.all.isEmpty { view.add(name, siblings.all) }
    return view
  }

  private func bulkView(
    _ segments: [[UInt8]], of log: LogEngine<MemoryLog>, trust: BulkMerge.Trust
  ) -> View? {
    guard let merged = BulkMerge.merge(segments, of: log.log, school: log.school, trust: trust) else { return nil }
    var view = View(applied: merged.applied, waiting: merged.waiting)
    merged.forEachRegister { view.add($0, $1) }
    return view
  }

  private func segments(of engine: LogEngine<MemoryLog>, byteLimit: Int) throws -> [[[UInt8]]] {
    try engine.strands.indices.map { strand in
      var segments: [[UInt8]] = []
      var from = engine.strands[strand].parent?.seq ?? 0
      while let segment = try engine.segment(on: strand, after: from, byteLimit: byteLimit) {
        from += UInt32(segment.entryCount)
        segments.append(segment.bytes)
      }
      return segments
    }
  }

  @Test(
    "whole logs, and logs in which a feed is missing, come to what the engine comes to (promise 1)", arguments: 0..<4)
  func sameView(shard: UInt64) throws {
    var (compared, conflicts, waiting) = (0, 0, 0)
    for seed in shard * 1000..<shard * 1000 + 60 {
      var rig = try Rig(seed: seed, plan: Rig.Plan(seed: seed, disasters: seed % 3 == 0))
      try rig.run()
      for (number, engine) in rig.logs.enumerated() {
        var feeds = try segments(of: engine, byteLimit: seed % 2 == 0 ? 1 << 20 : 600)
        if number > 0, !feeds.isEmpty { feeds.remove(at: number % feeds.count) }
        let all = feeds.flatMap { $0 }
        let expected = try engineView(all, of: engine)
        let hasForked = Set(engine.strands.map(\.replica)).count < engine.strands.count
        // Of a feed that forked two entries may stand at a cited place: taken at its word it says too little.
        for trust in hasForked ? [BulkMerge.Trust.checked] : [.checked, .taken] {
          guard let view = bulkView(all, of: engine, trust: trust) else {
            #expect(expected == nil || hasForked, "seed \(seed), replica \(number)")
            continue
          }
          #expect(view == expected, "seed \(seed), replica \(number), \(trust)")
          compared += 1
          conflicts += view.registers.values.count { $0.count > 1 }
          waiting += view.waiting
        }
      }
    }
    #expect(compared > 100 && conflicts > 20 && waiting > 20, "\(compared) \(conflicts) \(waiting): too tame")
  }

  @Test("a log in which any byte was changed is left to the engine, or comes to the same (promise 5)")
  func damaged() throws {
    var generator = SeededGenerator(seed: 5)
    var (refused, same) = (0, 0)
    for seed in UInt64(1)...40 {
      var rig = try Rig(seed: seed, plan: Rig.Plan(seed: seed))
      try rig.run()
      guard let engine = rig.logs.first else { continue }
      let whole = try segments(of: engine, byteLimit: 1 << 20).flatMap { $0 }
      for _ in 0..<25 {
        var changed = whole
        let place = generator.below(changed.count)
        let byte = generator.below(changed[place].count)
        changed[place][byte] ^= UInt8(1 << generator.below(8))
        let view = bulkView(changed, of: engine, trust: .checked)
        if view == nil { refused += 1 } else { same += 1 }
        if let view { #expect(try view == engineView(changed, of: engine), "seed \(seed), byte \(byte) of \(place)") }
      }
    }
    #expect(refused > 900, "\(refused) refused, \(same) the same")
  }

  @Test("sealed logs, another log's segments and none at all")
  func others() throws {
    var rig = try Rig(seed: 1, plan: Rig.Plan(replicas: 2, events: 20))
    try rig.run()
    let engine = try #require(rig.logs.first)
    let whole = try segments(of: engine, byteLimit: 1 << 20).flatMap { $0 }
    func merge(_ segments: [[UInt8]], of log: LogID) -> MergedLog? {
      BulkMerge.merge(segments, of: log, school: engine.school, trust: .checked)
    }
    #expect(merge(whole, of: engine.log) != nil)
    #expect(merge(whole, of: LogID(engine.log.unit, .internal)) == nil)
    #expect(merge(whole, of: LogID(engine.log.unit, .notices)) == nil)
    #expect(merge(whole + whole, of: engine.log) == nil, "a feed comes once")
    let empty = try #require(merge([], of: engine.log))
    #expect(empty.applied == 0 && empty.waiting == 0)
    empty.forEachRegister { name, _ in Issue.record("\(name)") }
  }
}
