import SyncEngine
import SyncModel
import SyncTesting
import Testing

/// Joins, and the one type that knows that a feed can fork (protocol §5).
@Suite("strand vectors")
struct StrandVectorTests {
  /// Up to eight strands, each a feed's first or a branch of an earlier one.
  private func topology(_ generator: inout SeededGenerator) -> StrandTopology {
    var parents: [Dot?] = []
    for index in 0..<generator.int(in: 1...8) {
      if index == 0 || generator.chance(percent: 40) {
        parents.append(nil)
      } else {
        let parent = generator.below(index)
        parents.append(Dot(strand: parent, seq: (parents[parent]?.seq ?? 0) + UInt32(generator.int(in: 1...5))))
      }
    }
    return StrandTopology(parents: parents)
  }

  private func dot(in topology: StrandTopology, _ generator: inout SeededGenerator) -> Dot {
    let strand = generator.below(topology.parents.count)
    return Dot(strand: strand, seq: (topology.parents[strand]?.seq ?? 0) + UInt32(generator.int(in: 1...8)))
  }

  private func vector(in topology: StrandTopology, _ generator: inout SeededGenerator) -> StrandVector {
    var vector = StrandVector()
    for _ in 0..<generator.below(5) { vector.cover(dot(in: topology, &generator), in: topology) }
    return vector
  }

  @Test("join is commutative, associative and idempotent, and covers what either side covers")
  func join() {
    for seed in 0..<300 as Range<UInt64> {
      var generator = SeededGenerator(seed: seed)
      let topology = topology(&generator)
      let (a, b, c) = (
        vector(in: topology, &generator), vector(in: topology, &generator), vector(in: topology, &generator)
      )
      func joined(_ left: StrandVector, _ right: StrandVector) -> StrandVector {
        var copy = left
        copy.join(right)
        return copy
      }
      #expect(joined(a, b) == joined(b, a), "seed \(seed)")
      #expect(joined(joined(a, b), c) == joined(a, joined(b, c)), "seed \(seed)")
      #expect(joined(a, a) == a, "seed \(seed)")
      for _ in 0..<20 {
        let dot = dot(in: topology, &generator)
        #expect(joined(a, b).covers(dot) == (a.covers(dot) || b.covers(dot)), "seed \(seed)")
      }
    }
  }

  @Test("covering an entry covers all its ancestors through every fork, and no other branch")
  func coverIsAncestry() {
    for seed in 0..<300 as Range<UInt64> {
      var generator = SeededGenerator(seed: seed)
      let topology = topology(&generator)
      let dot = dot(in: topology, &generator)
      var vector = StrandVector()
      vector.cover(dot, in: topology)
      for strand in topology.parents.indices {
        let first = (topology.parents[strand]?.seq ?? 0) + 1
        for seq in first..<first + 16 {
          let isAncestor = seq <= dot.seq && topology.holder(of: seq, on: Int(dot.strand)) == strand
          #expect(vector.covers(Dot(strand: strand, seq: seq)) == isAncestor, "seed \(seed)")
        }
      }
    }
  }

  @Test("tips imply the whole vector, and no tip implies another")
  func tips() {
    for seed in 0..<300 as Range<UInt64> {
      var generator = SeededGenerator(seed: seed)
      let topology = topology(&generator)
      let vector = vector(in: topology, &generator)
      let tips = vector.tips(in: topology)
      func covering(_ dots: [Dot]) -> StrandVector {
        var result = StrandVector()
        for dot in dots { result.cover(dot, in: topology) }
        return result
      }
      #expect(covering(tips) == vector, "seed \(seed)")
      for tip in tips { #expect(!covering(tips.filter { $0 != tip }).covers(tip), "seed \(seed)") }
    }
  }

  @Test("a stored vector reads back as itself, whatever zeros end it")
  func bytes() throws {
    for seed in 0..<100 as Range<UInt64> {
      var generator = SeededGenerator(seed: seed)
      let vector = vector(in: topology(&generator), &generator)
      #expect(try StrandVector(bytes: vector.bytes) == vector)
    }
    #expect(StrandVector(seqs: [3, 0, 0]) == StrandVector(seqs: [3]))
    #expect(throws: CodecError.self) { try StrandVector(bytes: [0x80]) }
  }
}
