import SyncModel

/// A naive model of every log of a school: each write ever acknowledged, with its whole causal context and what it keeps
/// as explicit sets.
///
/// Like ``Oracle`` it shares nothing with the engine that decides a merge: no vectors, no strands, no order of arrival.
/// Writes are numbered in the order in which they were made, so everything in a context has a smaller number.
struct WorldModel {
  typealias WriteID = Int

  struct Write {
    var log: LogID
    var place: FeedPlace
    var deviceKey: [UInt8]
    var device: DeviceID
    var person: PersonID
    var personName: String
    /// The author's wall clock.
    var claimed: UInt64
    /// The entry before it in its feed; nil for a feed's first.
    var previous: WriteID?
    /// Everything that its author's store had in view.
    var context: IDSet
    var changes: [RegisterName: Change]
    /// What the feed's indices mean after it.
    var names: Names
  }

  struct Change {
    /// Canonical bytes.
    var value: [UInt8]
    /// In the context, but not superseded.
    var kept: IDSet
  }

  struct Names {
    var replicas: [ReplicaID] = []
    var registers: [RegisterName] = []
    var persons: [PersonID] = []
  }

  enum Authority {
    case unknown, valid, invalid
  }

  private struct RegisterKey: Hashable {
    var log: LogID
    var name: RegisterName
  }

  private(set) var writes: [Write] = []
  private var ids: [Digest256: WriteID] = [:]
  private var byTip: [Tip: [WriteID]] = [:]
  private var byRegister: [RegisterKey: IDSet] = [:]
  private var registersOfLog: [LogID: Set<RegisterName>] = [:]

  mutating func add(_ write: Write) -> WriteID {
    let id = writes.count
    writes.append(write)
    ids[write.place.hash] = id
    byTip[write.place.tip, default: []].append(id)
    for name in write.changes.keys {
      byRegister[RegisterKey(log: write.log, name: name), default: IDSet()].insert(id)
      registersOfLog[write.log, default: []].insert(name)
    }
    return id
  }

  /// A chain hash names one entry of one log.
  func id(_ hash: Digest256) -> WriteID? { ids[hash] }

  func ids(_ tip: Tip, in log: LogID) -> [WriteID] { (byTip[tip] ?? []).filter { writes[$0].log == log } }

  func registers(of log: LogID) -> [RegisterName] { (registersOfLog[log] ?? []).sorted() }

  func writes(of name: RegisterName, in log: LogID) -> IDSet {
    byRegister[RegisterKey(log: log, name: name)] ?? IDSet()
  }

  /// The write and what lies before it in its feed.
  func way(to id: WriteID) -> IDSet {
    var way = IDSet()
    var next: WriteID? = id
    while let id = next {
      way.insert(id)
      next = writes[id].previous
    }
    return way
  }

  /// Causal delivery by its definition: a write is applied once its author is known, and the entry before it and its whole
  /// context are applied. What a store does not hold and need not wait for (it lies beyond a cut) makes it `uncertain`: how
  /// much of such a context is met depends on how it was cited.
  func applied(
    of held: IDSet, authority: (WriteID) -> Authority, isBeyondCut: (WriteID) -> Bool
  ) -> (applied: IDSet, uncertain: Bool) {
    var applied = IDSet()
    var uncertain = false
    for id in held.ascending where authority(id) != .unknown {
      let write = writes[id]
      guard write.previous.map(applied.contains) ?? true else { continue }
      let missing = write.context.subtracting(applied)
      if !missing.isEmpty {
        if missing.ascending.contains(where: isBeyondCut) { uncertain = true }
        guard missing.ascending.allSatisfy(isBeyondCut) else { continue }
      }
      applied.insert(id)
    }
    return (applied, uncertain)
  }

  /// A write is superseded where some valid applied write to the same register has it in its context and did not keep it.
  /// Writes without authority are never visible.
  func siblings(of name: RegisterName, in log: LogID, among applied: IDSet, valid: (WriteID) -> Bool) -> IDSet {
    let candidates = writes(of: name, in: log).intersection(applied).filter(valid)
    return candidates.subtracting(superseded(of: name, by: candidates))
  }

  /// What some of `writes` had seen of the register and did not keep.
  func superseded(of name: RegisterName, by writes: IDSet) -> IDSet {
    var gone = IDSet()
    for id in writes.ascending {
      guard let change = self.writes[id].changes[name] else { continue }
      gone.formUnion(self.writes[id].context.subtracting(change.kept))
    }
    return gone
  }
}
