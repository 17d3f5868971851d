import SyncEngine
import SyncModel
import Testing

/// Probes and places where a feed has branches.
@Suite struct BranchExchangeTests {
  @Test("a probe with places of one seq on two branches survives the wire")
  func probe() throws {
    let log = LogID(try #require(UnitPath("school/cs")), .answers)
    let hello = Exchange.Hello(
      school: SchoolID(high: 1, low: 1), store: StoreID(high: 2, low: 2), unit: log.unit, clockMilliseconds: 5)
    let summary = Exchange.Summary(digest: FrontierDigest.scope([:]), logs: 0, entries: 0, arrival: 0)
    var message = Exchange(hello: hello, summary: summary)
    message.probes = [
      Exchange.Probe(
        log: log, replica: ReplicaID(high: 3, low: 3),
        places: [
          .init(seq: 10, tag: ChainTag(rawValue: 9)), .init(seq: 10, tag: ChainTag(rawValue: 4)),
          .init(seq: 9, tag: ChainTag(rawValue: 7)),
        ])
    ]
    #expect(try Exchange(bytes: message.bytes) == message)
    message.probes[0].places.swapAt(0, 1)
    #expect(throws: CodecError.self) { try Exchange(bytes: message.bytes) }
  }

  @Test("the common way of two branches ends at their fork, of a branch and its trunk at the place or the fork")
  func commonPlace() {
    // 0: trunk · 1 leaves it after 100 · 2 leaves it after 40 · 3 leaves 1 after 150
    let topology = StrandTopology(parents: [
      nil, Dot(strand: 0, seq: 100), Dot(strand: 0, seq: 40), Dot(strand: 1, seq: 150),
    ])
    #expect(topology.commonSeq(of: Dot(strand: 1, seq: 120), and: 0) == 100)
    #expect(topology.commonSeq(of: Dot(strand: 0, seq: 60), and: 1) == 60)
    #expect(topology.commonSeq(of: Dot(strand: 1, seq: 130), and: 2) == 40)
    #expect(topology.commonSeq(of: Dot(strand: 3, seq: 160), and: 1) == 150)
    #expect(topology.commonSeq(of: Dot(strand: 1, seq: 120), and: 3) == 120)
    #expect(topology.commonSeq(of: Dot(strand: 0, seq: 30), and: 3) == 30)
  }
}
