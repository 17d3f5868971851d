import SyncEngine
import SyncModel

// What happens at one site, done to the engine and told to the oracle, and the comparison after it.
extension Rig {
  /// Writes at `site`, and holds the entry's own bytes against what the author had seen and been shown.
  mutating func write(_ changes: [Change], at site: Int, shownUpTo: UInt64) throws {
    let engine = sites[site].engine
    let context = citable(at: site)
    let replica = sites[site].replica
    var names = sites[site].ownLast.flatMap { self.names[$0] } ?? FeedNamesModel()
    let counts = engine.ownStrand(replica).map { engine.strands[$0].names } ?? FeedNameCounts()
    let secret = BatchSecret(high: generator.next(), low: generator.next())
    let wall = sites[site].clock.milliseconds
    let place = try engine.append(
      changes,
      by: Author(
        key: sites[site].key, incarnation: sites[site].incarnation, person: sites[site].person, shownUpTo: shownUpTo),
      continues: sites[site].continues, secret: secret, time: sites[site].hybrid.tick(wallMilliseconds: wall),
      wallMilliseconds: wall)
    trace.append("\(site) writes \(place.replica.short) \(place.seq), shown up to \(shownUpTo) of \(sites[site].order)")

    guard let strand = engine.ownStrand(replica),
      let segment = try engine.segment(on: strand, after: place.seq - 1, byteLimit: 1 << 20),
      case .plain(_, let entries)? = segment.runs.last, let entry = entries.last
    else { throw disagreement("what was written cannot be sent", at: site) }
    let header = try EntryHeader(bytes: entry.header, after: counts)
    guard readContext(header, &names, at: site) == context else {
      throw disagreement("the context written is not what was in view and counts", at: site)
    }
    var written: [RegisterName: Oracle.Change] = [:]
    for (register, kept) in readKept(header, &names, at: site) {
      try check(kept, of: register, shownUpTo: shownUpTo, context: context, at: site)
      guard let value = changes.first(where: { $0.register == register })?.value else {
        throw disagreement("writes a register that nobody asked for", at: site)
      }
      written[register] = Oracle.Change(value: value.bytes, kept: kept)
      count { $0.keptDots += kept.count }
    }
    guard written.count == changes.count else { throw disagreement("a change is missing", at: site) }

    let id = oracle.add(
      Oracle.Write(place: place, previous: sites[site].ownLast, context: context, changes: written))
    self.names[id] = names
    sites[site].ownLast = id
    sites[site].stored.insert(id)
    count { $0.writes += 1 }
    try deliver(at: site)
  }

  /// Takes a packet in and checks that exactly what it holds got stored.
  mutating func take(_ bytes: [UInt8], at site: Int) throws {
    let segment = try Segment(bytes: bytes)
    let before = sites[site].engine.strands.count
    let result = try sites[site].engine.ingest(segment, receivedMilliseconds: sites[site].clock.milliseconds)
    let last = segment.from + UInt32(segment.entryCount)
    trace.append(
      "\(site) receives \(segment.replica.short) \(segment.from + 1)–\(last): \(result.new) new"
        + (result.gap ? ", gap" : "") + (result.forked ? ", forked" : ""))
    if result.forked { count { $0.forks += 1 } }

    // The model's account: the entries on the way to the segment's end, if the place they follow is held.
    guard var id = end(of: segment) else { throw disagreement("received what nobody wrote", at: site) }
    var chain: [Oracle.WriteID] = []
    for _ in 0..<segment.entryCount {
      chain.append(id)
      if let previous = oracle.writes[id].previous { id = previous }
    }
    let placed = segment.from == 0 || sites[site].stored.contains(id)
    guard result.gap != placed else { throw disagreement("a gap is told wrongly", at: site) }
    let new = placed ? Set(chain).subtracting(sites[site].stored) : []
    guard result.new == new.count else { throw disagreement("stored \(result.new), not \(new.count)", at: site) }
    sites[site].stored.formUnion(new)
    followOwnFeed(new, at: site)
    if sites[site].engine.strands.count > before, result.forked { sites[site].recomputed = true }
    try deliver(at: site)
  }

  mutating func setAuthority(_ authority: Oracle.Authority, of device: Int, at site: Int) throws {
    if sites[site].authority[device] ?? .valid != authority, sites[site].authority[device] != .unknown {
      sites[site].recomputed = true
      count { $0.recomputations += 1 }
    }
    sites[site].authority[device] = authority
    try deliver(at: site)
  }

  private mutating func deliver(at site: Int) throws {
    sites[site].order += 1
    let engine = sites[site].engine
    try engine.deliver(order: sites[site].order) { _, strand in
      switch authority(of: strand.replica, at: site) {
      case .unknown: .init(.unknown)
      case .valid: .init(.valid)
      case .invalid: .init(.invalid)
      }
    }
    try engine.flush()
    sites[site].hybrid.absorb(engine.latest, wallMilliseconds: sites[site].clock.milliseconds)
    try compare(site)
  }

  // MARK: Comparing

  /// The engine at `site` stores, applies and shows what the model says, no more and no less (promise 1).
  private mutating func compare(_ site: Int) throws {
    let engine = sites[site].engine
    var stored: Set<Oracle.WriteID> = []
    var appliedThere: Set<Oracle.WriteID> = []
    for (index, strand) in engine.strands.enumerated() {
      for seq in (strand.parent?.seq ?? 0) + 1...strand.stored {
        guard let hash = engine.storage.hash(of: Dot(strand: index, seq: seq)),
          let id = oracle.id(FeedPlace(replica: strand.replica, seq: seq, hash: hash))
        else { throw disagreement("holds what nobody wrote", at: site) }
        guard stored.insert(id).inserted else { throw disagreement("holds \(id) twice", at: site) }
        if seq <= strand.applied { appliedThere.insert(id) }
      }
    }
    guard stored == sites[site].stored else { throw disagreement("stores something else", at: site) }
    let applied = applied(at: site)
    guard appliedThere == applied else { throw disagreement("applied \(appliedThere), not \(applied)", at: site) }
    guard engine.waiting == stored.count - applied.count else { throw disagreement("counts waiting wrongly", at: site) }
    for id in applied where sites[site].takenIntoView[id] == nil {
      sites[site].takenIntoView[id] = sites[site].order
    }
    let shown = try visible(at: site)
    for register in registers {
      let expected = oracle.siblings(of: register, among: applied) { authority(of: $0.place.replica, at: site) }
      let actual = shown[register] ?? [:]
      guard Set(actual.keys) == expected else {
        throw disagreement("shows \(actual.keys.sorted()), not \(expected.sorted())", at: site)
      }
      for (id, value) in actual where oracle.writes[id].changes[register]?.value != value {
        throw disagreement("shows another value for \(id)", at: site)
      }
    }
  }

  /// What a person sees at `site`: per register the writes that stand, with their values.
  func visible(at site: Int) throws -> [RegisterName: [Oracle.WriteID: [UInt8]]] {
    let engine = sites[site].engine
    var shown: [RegisterName: [Oracle.WriteID: [UInt8]]] = [:]
    for (register, siblings) in engine.storage.view {
      for sibling in siblings.all where sibling.valid {
        guard let tip = try engine.tip(sibling.dot), let id = oracle.ids(tip).first, oracle.ids(tip).count == 1,
          case .value(let value) = sibling.content, shown[register, default: [:]].updateValue(value, forKey: id) == nil
        else { throw disagreement("a sibling is nobody's write, has no value or stands twice", at: site) }
      }
    }
    return shown
  }

  // MARK: The model's view

  func applied(at site: Int) -> Set<Oracle.WriteID> {
    oracle.applied(of: sites[site].stored) { authority(of: $0.place.replica, at: site) }
  }

  /// What a write cites: what is in view and counts, and what its author's entry before had cited.
  private func citable(at site: Int) -> Set<Oracle.WriteID> {
    let counting = applied(at: site).filter { authority(of: oracle.writes[$0].place.replica, at: site) == .valid }
    guard let last = sites[site].ownLast else { return counting }
    return counting.union(oracle.writes[last].context).union([last])
  }

  func ownEntriesWait(at site: Int) -> Bool {
    let applied = applied(at: site)
    return sites[site].stored.contains {
      oracle.writes[$0].place.replica == sites[site].replica && !applied.contains($0)
    }
  }

  func authority(of replica: ReplicaID, at site: Int) -> Oracle.Authority {
    deviceOf[replica].flatMap { sites[site].authority[$0] } ?? .valid
  }

  /// `kept` names all that was not shown or had no authority, and nothing that is gone (promise 2).
  private func check(
    _ kept: Set<Oracle.WriteID>, of register: RegisterName, shownUpTo: UInt64, context: Set<Oracle.WriteID>,
    at site: Int
  ) throws {
    let standing = oracle.siblings(of: register, among: context) { authority(of: $0.place.replica, at: site) }
    // Writes without authority stand aside until a valid one that saw them supersedes them too.
    let aside = context.filter { id in
      oracle.writes[id].changes[register] != nil
        && authority(of: oracle.writes[id].place.replica, at: site) == .invalid
        && !context.contains { later in
          oracle.writes[later].context.contains(id)
            && oracle.writes[later].changes[register]?.kept.contains(id) == false
            && authority(of: oracle.writes[later].place.replica, at: site) == .valid
        }
    }
    // Also what somebody else superseded meanwhile: that write may yet lose its authority.
    let written = context.filter { oracle.writes[$0].changes[register] != nil }
    let unseen = written.union(standing).filter { (sites[site].takenIntoView[$0] ?? 0) > shownUpTo }
    // What this person wrote here in this incarnation needs no showing.
    let own = unseen.filter { oracle.writes[$0].place.replica == sites[site].replica && !aside.contains($0) }
    let required = aside.union(unseen.subtracting(own))
    guard required.isSubset(of: kept) else {
      throw disagreement("supersedes \(required.subtracting(kept)), which its author was not shown", at: site)
    }
    guard kept.isSubset(of: written) else {
      throw disagreement("keeps \(kept.subtracting(written)), which it never saw", at: site)
    }
    // A view computed anew counts as not shown: the engine may then keep more than the model asks for.
    guard sites[site].recomputed || kept == required else {
      throw disagreement("keeps \(kept.subtracting(required)), which its author was shown", at: site)
    }
  }

  /// ctx(k) = ctx(k−1) ∪ own k−1 ∪ delta(k), read from the bytes that others will read.
  private func readContext(
    _ header: EntryHeader, _ names: inout FeedNamesModel, at site: Int
  ) -> Set<Oracle.WriteID> {
    var context: Set<Oracle.WriteID> = []
    if let last = sites[site].ownLast { context = oracle.writes[last].context.union([last]) }
    for tip in header.context {
      let replica: ReplicaID
      switch tip.replica {
      case .known(let index): replica = names.replicas[index]
      case .new(let id):
        replica = id
        names.replicas.append(id)
      }
      var next = oracle.ids(Tip(replica: replica, seq: tip.seq, tag: tip.tag)).first
      while let id = next {
        context.insert(id)
        next = oracle.writes[id].previous
      }
    }
    return context
  }

  private func readKept(
    _ header: EntryHeader, _ names: inout FeedNamesModel, at site: Int
  ) -> [(register: RegisterName, kept: Set<Oracle.WriteID>)] {
    var result: [(RegisterName, Set<Oracle.WriteID>)] = []
    for change in header.changes {
      let register: RegisterName
      switch change.register {
      case .known(let index): register = names.registers[index]
      case .new(let name):
        register = name
        names.registers.append(name)
      }
      var kept: Set<Oracle.WriteID> = []
      for dot in change.kept {
        if let index = dot.replica, let tag = dot.tag {
          kept.formUnion(oracle.ids(Tip(replica: names.replicas[index], seq: dot.seq, tag: tag)))
        } else {
          var next = sites[site].ownLast
          while let id = next, oracle.writes[id].place.seq > dot.seq { next = oracle.writes[id].previous }
          if let next { kept.insert(next) }
        }
      }
      result.append((register, kept))
    }
    return result
  }

  /// Own entries that came from elsewhere lengthen the own feed where they continue it.
  private mutating func followOwnFeed(_ new: Set<Oracle.WriteID>, at site: Int) {
    for id in new.sorted(by: { oracle.writes[$0].place.seq < oracle.writes[$1].place.seq })
    where oracle.writes[id].place.replica == sites[site].replica {
      sites[site].pastInDoubt = true
      if oracle.writes[id].previous == sites[site].ownLast { sites[site].ownLast = id }
    }
  }

  /// The write at a segment's end, found by working the chain out from its bytes.
  private func end(of segment: Segment) -> Oracle.WriteID? {
    var hash = segment.fromHash
    var seq = segment.from
    for run in segment.runs {
      guard case .plain(let secret, let entries) = run else { return nil }
      for entry in entries {
        seq += 1
        guard let values = try? Chain.valuesDigest(entry.values, secret: secret, seq: seq) else { return nil }
        hash = Chain.next(hash, headerDigest: Chain.headerDigest(entry.header), valuesDigest: values)
      }
    }
    return oracle.id(FeedPlace(replica: segment.replica, seq: seq, hash: hash))
  }
}
