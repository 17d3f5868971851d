import SyncModel

/// Compares one log's feeds with what a peer says of them, and answers its wants and probes (protocol §7).
///
/// Only places that both hold are ever sent from; where the chains of one replica diverge, both branches travel.
struct FeedComparison {
  let engine: LogEngine<SQLLogStorage>

  /// What to send (strand, after) and what to ask for.
  struct Plan {
    var send: [(strand: Int, after: UInt32)] = []
    var wants: [Exchange.Want] = []
    var probes: [Exchange.Probe] = []
  }

  private var log: LogID { engine.log }

  /// Against the peer's stored tips of this log.
  func plan(against theirs: [Tip]) throws -> Plan {
    var plan = Plan()
    let theirFeeds = Dictionary(grouping: theirs, by: \.replica)
    let ownFeeds = Dictionary(grouping: engine.strands.indices, by: { engine.strands[$0].replica })
    for (replica, tips) in theirFeeds.sorted(by: { $0.key < $1.key }) {
      let placed = try tips.map { try engine.places($0) }
      if placed.contains(where: \.isEmpty) { plan.wants.append(try want(replica)) }
      // Where none of its tips can be placed, the peer's own want or probes tell where to send from.
      let known = placed.flatMap { $0 }
      if known.isEmpty { continue }
      for strand in ownFeeds[replica] ?? [] { sendAfter(known, on: strand, &plan) }
    }
    for (replica, strands) in ownFeeds.sorted(by: { $0.key < $1.key }) where theirFeeds[replica] == nil {
      for strand in strands where isWorthSending(strand) { plan.send.append((strand, 0)) }
    }
    return plan
  }

  /// Against a want: everything that follows the place, on every branch; probes where the place is unknown here.
  func plan(answering want: Exchange.Want) throws -> Plan {
    var plan = Plan()
    let own = engine.strands.indices.filter { engine.strands[$0].replica == want.tip.replica }
    if want.tip.seq == 0 {
      for strand in own where isWorthSending(strand) { plan.send.append((strand, 0)) }
      return plan
    }
    let places = try engine.places(want.tip)
    if places.isEmpty {
      if let probe = try probe(want.tip.replica, below: want.tip.seq) { plan.probes.append(probe) }
      return plan
    }
    for strand in own { sendAfter(places, on: strand, &plan) }
    return plan
  }

  /// Against the peer's places in a feed: both go on from the highest that is common.
  func plan(answering probe: Exchange.Probe) throws -> Plan {
    var plan = Plan()
    var common: (place: Exchange.Probe.Place, dots: [Dot])?
    for place in probe.places {
      let dots = try engine.places(Tip(replica: probe.replica, seq: place.seq, tag: place.tag))
      if !dots.isEmpty, place.seq > common?.place.seq ?? 0 { common = (place, dots) }
    }
    let from = common.map { Tip(replica: probe.replica, seq: $0.place.seq, tag: $0.place.tag) }
    plan.wants.append(
      Exchange.Want(log: log, tip: from ?? Tip(replica: probe.replica, seq: 0, tag: ChainTag(rawValue: 0))))
    for strand in engine.strands.indices where engine.strands[strand].replica == probe.replica {
      if let common {
        sendAfter(common.dots, on: strand, &plan)
      } else if isWorthSending(strand) {
        plan.send.append((strand, 0))
      }
    }
    return plan
  }

  /// Asks for what is owed: of each branch what follows the place before the first entry with an owed value that was not
  /// asked for yet. A whole copy of it fills the gap.
  func wantsOwed(except asked: Set<Exchange.Want>) throws -> [Exchange.Want] {
    var wants: [Int32: Exchange.Want] = [:]
    for dot in try engine.owedEntries() where wants[dot.strand] == nil {
      let replica = engine.strands[Int(dot.strand)].replica
      let place = try engine.predecessor(of: dot).flatMap { try engine.tip($0) }
      let want = place.map { Exchange.Want(log: log, tip: $0) } ?? .whole(replica, of: log)
      if !asked.contains(want) { wants[dot.strand] = want }
    }
    return wants.sorted { $0.key < $1.key }.map(\.value)
  }

  private func isWorthSending(_ strand: Int) -> Bool {
    engine.strands[strand].stored > (engine.strands[strand].parent?.seq ?? 0)
  }

  /// From the furthest place that the way to `strand` shares with one of `known`: a branch is sent from its fork.
  private func sendAfter(_ known: [Dot], on strand: Int, _ plan: inout Plan) {
    let after = known.map { engine.topology.commonSeq(of: $0, and: strand) }.max() ?? 0
    if after < engine.strands[strand].stored { plan.send.append((strand, after)) }
  }

  /// What follows the end of our longest strand of that feed.
  private func want(_ replica: ReplicaID) throws -> Exchange.Want {
    let longest = engine.strands.indices.filter { engine.strands[$0].replica == replica }
      .max { engine.strands[$0].stored < engine.strands[$1].stored }
    let tip = try longest.flatMap { try engine.tip(Dot(strand: $0, seq: engine.strands[$0].stored)) }
    return Exchange.Want(log: log, tip: tip ?? Tip(replica: replica, seq: 0, tag: ChainTag(rawValue: 0)))
  }

  /// Our places at doubling distances below `seq`; nil where we hold nothing of the feed.
  private func probe(_ replica: ReplicaID, below seq: UInt32) throws -> Exchange.Probe? {
    var places: [Exchange.Probe.Place] = []
    for strand in engine.strands.indices where engine.strands[strand].replica == replica {
      var at = min(seq, engine.strands[strand].stored)
      var step: UInt32 = 1
      while at > 0, places.count < Exchange.Probe.placeLimit {
        if let tag = try engine.tip(Dot(strand: strand, seq: at))?.tag {
          places.append(Exchange.Probe.Place(seq: at, tag: tag))
        }
        if at == 1 { break }
        at = at > step ? at - step : 1
        step = step.multipliedReportingOverflow(by: 2).partialValue
      }
    }
    let sorted = Set(places).sorted { ($1.seq, $1.tag) < ($0.seq, $0.tag) }.prefix(Exchange.Probe.placeLimit)
    return sorted.isEmpty ? nil : Exchange.Probe(log: log, replica: replica, places: Array(sorted))
  }
}

extension Exchange.Want {
  /// The feed from its start.
  static func whole(_ replica: ReplicaID, of log: LogID) -> Exchange.Want {
    Exchange.Want(log: log, tip: Tip(replica: replica, seq: 0, tag: ChainTag(rawValue: 0)))
  }
}
