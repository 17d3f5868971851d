import SyncModel

extension LogEngine {
  /// What one attempt to apply an entry came to.
  private enum Attempt {
    case applied
    /// Until that strand gets further; nil where what is cited is not stored, which no delivery can change.
    case waits(on: Int?)
    case blocked(Strand.Block)
  }

  /// Applies everything whose context is applied, until nothing more is ready. Causal and idempotent; the order among
  /// concurrent feeds does not matter (promise 1).
  ///
  /// - Parameters:
  ///   - order: the mark this batch's siblings carry (``Sibling/order``).
  ///   - authority: of a strand's device over this log, as far as the directory is known.
  /// - Returns: how many entries were applied.
  @discardableResult
  public func deliver(order: UInt64, authority: (Int, Strand) throws -> Strand.Authority) throws -> Int {
    for index in strands.indices {
      // A newer release may have been installed since.
      if strands[index].blocked == .needsNewerVersion { strands[index].blocked = nil }
      if strands[index].blocked == .sealed, !sealing.isEmpty { strands[index].blocked = nil }
      let now = try authority(index, strands[index])
      let applied = strands[index].applied
      let flips =
        now.standing != strands[index].standing
        || min(now.validThrough, applied) != min(strands[index].validThrough, applied)
      // What cited the feed beyond its end may have gone on without it: it counts again, and is to be waited for.
      let waitsAgain = now.dependableThrough > strands[index].dependableThrough
      let rebuild = strands[index].standing != .unknown && (waitsAgain || (flips && applied > 0))
      if now != strands[index].authority {
        strands[index].authority = now
        changed.insert(index)
      }
      if rebuild { try clearView() }
    }
    try takeArrivedIntoView(order: order)
    return try applyAll(order: order)
  }

  /// Whether anything that `matters` changed in view since this was last asked.
  func takeViewChange(_ matters: (RegisterName) -> Bool) throws -> Bool {
    defer {
      forgetTouched()
      viewCleared = false
    }
    return try hasViewChange(matters)
  }

  func hasViewChange(_ matters: (RegisterName) -> Bool) throws -> Bool {
    try viewCleared || touched.contains { try storage.registerName($0).map(matters) ?? true }
  }

  /// A strand is tried again only when the one it waits on got further: the work is bounded by entries and waits, however
  /// the feeds depend on each other.
  private func applyAll(order: UInt64) throws -> Int {
    let branches = Dictionary(grouping: strands.indices.filter { strands[$0].parent != nil }) {
      Int(strands[$0].parent?.strand ?? 0)
    }
    var total = 0
    var ready = Array(strands.indices.reversed())
    var waiters: [Int: [Int]] = [:]
    while let index = ready.popLast() {
      let before = strands[index].applied
      attempts: while canGoOn(index) {
        switch try apply(Dot(strand: index, seq: strands[index].applied + 1), order: order) {
        case .applied:
          total += 1
          for branch in branches[index] ?? [] where strands[branch].parent?.seq == strands[index].applied {
            copyState(from: index, to: branch)
            ready.append(branch)
          }
        case .waits(let strand):
          if let strand { waiters[strand, default: []].append(index) }
          break attempts
        case .blocked(let block):
          strands[index].blocked = block
          changed.insert(index)
          if block == .malformed { try oweBox(at: Dot(strand: index, seq: strands[index].applied + 1)) }
        }
      }
      if strands[index].applied > before, let woken = waiters.removeValue(forKey: index) { ready += woken }
    }
    return total
  }

  /// Computes the view anew from the entries: authority over applied entries changed, or a branch appeared below them.
  /// No entry is touched; the next ``deliver(order:authority:)`` applies everything again.
  func clearView() throws {
    for index in strands.indices {
      strands[index].applied = 0
      strands[index].time = .zero
      strands[index].names = FeedNameCounts()
      strands[index].context = StrandVector()
      strands[index].blocked = nil
      changed.insert(index)
    }
    viewCleared = true
    forgetSiblings()
    replicaNames = [:]
    registerNames = [:]
    personNames = [:]
    chainNames = [:]
    try storage.clearView()
  }

  /// A branch starts with its parent's state at the fork, so it waits until the parent has got there.
  private func canGoOn(_ index: Int) -> Bool {
    strands[index].standing != .unknown && strands[index].blocked == nil
      && strands[index].applied < strands[index].stored
      && strands[index].applied >= (strands[index].parent?.seq ?? 0)
  }

  /// Gives a new branch its state: at once where its parent stands just at the fork, else by computing anew.
  func startBranch(_ index: Int) throws {
    guard let fork = strands[index].parent else { return }
    let parent = Int(fork.strand)
    if strands[parent].applied == fork.seq {
      copyState(from: parent, to: index)
    } else if strands[parent].applied > fork.seq {
      try clearView()
    } else {
      strands[index].applied = 0
    }
  }

  private func copyState(from parent: Int, to index: Int) {
    strands[index].applied = strands[parent].applied
    strands[index].time = strands[parent].time
    strands[index].names = strands[parent].names
    strands[index].context = strands[parent].context
    registerNames[index] = nil
    changed.insert(index)
  }

  private func apply(_ dot: Dot, order: UInt64) throws -> Attempt {
    let index = Int(dot.strand)
    if let plain = try storage.plainEntry(dot), try applyEdit(plain, at: dot, order: order) { return .applied }
    guard let entry = try readableEntry(dot) else { preconditionFailure("stored entries have no gaps") }
    let header: EntryHeader
    var contents: [Sibling.Content] = []
    var slotted: [Segment.ValueSlot] = []
    do {
      switch entry.body {
      case .sealed(let sealed): return .blocked(sealing[sealed.epoch] == nil ? .sealed : .malformed)
      case .plain(let bytes, let values, _):
        header = try EntryHeader(bytes: bytes, after: strands[index].names)
        contents = try ValueSplit.split(values).map { .value($0) }
      case .explicit(let bytes, let slots):
        header = try EntryHeader(bytes: bytes, after: strands[index].names)
        slotted = slots
      }
    } catch {
      if case .needsNewerVersion = error { return .blocked(.needsNewerVersion) }
      return .blocked(.malformed)
    }
    for (change, slot) in slotted.enumerated() { contents.append(try content(slot, of: dot, change)) }
    guard contents.count == header.changes.count, let time = header.time.advancing(strands[index].time) else {
      return .blocked(.malformed)
    }

    var replicas = try replicas(of: index)
    let introduced = header.context.compactMap { if case .new(let id) = $0.replica { id } else { nil } }
    guard Set(replicas + introduced).count == replicas.count + introduced.count,
      !introduced.contains(strands[index].replica)
    else { return .blocked(.malformed) }
    replicas += introduced

    var context = strands[index].context
    for tip in header.context {
      let replica: ReplicaID
      switch tip.replica {
      case .known(let known): replica = replicas[known]
      case .new(let id): replica = id
      }
      let places = try places(Tip(replica: replica, seq: tip.seq, tag: tip.tag))
      switch places.count {
      case 0:
        switch try lastDependable(replica, before: tip.seq) {
        case .none: return .waits(on: nil)
        case .some(let place) where strands[Int(place.strand)].applied < place.seq:
          return .waits(on: Int(place.strand))
        case .some(let place): context.cover(place, in: topology)
        }
      case 1:
        let place = places[0]
        if strands[Int(place.strand)].applied < place.seq { return .waits(on: Int(place.strand)) }
        context.cover(place, in: topology)
      default: continue
      }
    }
    return try take(
      dot, header: header, contents: contents, context: context, replicas: replicas, time: time, order: order)
  }

  /// Most entries only go on: one register, at most one feed newly cited, nothing kept.
  /// - Returns: false for any other, which is then read in full.
  private func applyEdit(_ entry: PlainEntryView, at dot: Dot, order: UInt64) throws -> Bool {
    let index = Int(dot.strand)
    guard let edit = EntryHeader.Edit(entry.header, after: strands[index].names),
      let time = edit.time.advancing(strands[index].time), ValueSplit.isOne(entry.values)
    else { return false }
    var newlyCited: Dot?
    if let cited = edit.cited {
      let replica = try replicas(of: index)[cited.replica]
      let places = try places(Tip(replica: replica, seq: cited.seq, tag: cited.tag))
      // Whatever else is the matter with it is looked at where everything is.
      guard places.count == 1, strands[Int(places[0].strand)].applied >= cited.seq else { return false }
      newlyCited = places[0]
    }
    try needRegisters(of: index)
    let register: RegisterID
    switch edit.register {
    case .known(let known):
      guard let id = registerNames[index]?.ids[known] else { return false }
      register = id
    case .new(let name):
      register = try storage.registerID(name)
      if registerNames[index]?.index(of: register) != nil { return false }
      try storage.addRegister(
        register, index: strands[index].names.registers, to: index, introducedAt: dot.seq)
      registerNames[index]?.append(register)
      strands[index].names.registers += 1
    }
    let write = Sibling(
      dot: dot, change: 0, time: time, order: order, valid: strands[index].isValid(dot.seq),
      content: .value(entry.values.copy))
    if let newlyCited { strands[index].context.cover(newlyCited, in: topology) }
    try changeSiblings(of: register) { $0.apply(write, context: strands[index].context, kept: []) }
    try storage.addChange(dot, change: 0, of: register, order: order)
    strands[index].context.cover(dot, in: topology)
    strands[index].applied = dot.seq
    strands[index].time = time
    latest = max(latest, time)
    changed.insert(index)
    return true
  }

  /// Everything the entry cites is applied: writes its names and merges its changes.
  private func take(
    _ dot: Dot, header: EntryHeader, contents: [Sibling.Content], context: StrandVector, replicas: [ReplicaID],
    time: HybridTime, order: UInt64
  ) throws -> Attempt {
    let index = Int(dot.strand)
    var persons = try persons(of: index)
    if case .new(let id) = header.person {
      if persons.contains(id) { return .blocked(.malformed) }
      persons.append(id)
    }
    try needRegisters(of: index)
    var registers: [RegisterID] = []
    var introduced: [RegisterID] = []
    for change in header.changes {
      switch change.register {
      case .known(let known):
        guard let ids = registerNames[index]?.ids, known < ids.count else { return .blocked(.malformed) }
        registers.append(ids[known])
      case .new(let name):
        let id = try storage.registerID(name)
        if registerNames[index]?.index(of: id) != nil { return .blocked(.malformed) }
        introduced.append(id)
        registers.append(id)
      }
    }
    // Nothing was written before this line that a refusal would have to take back.
    for (offset, id) in introduced.enumerated() {
      try storage.addRegister(
        id, index: strands[index].names.registers + offset, to: index, introducedAt: dot.seq)
      registerNames[index]?.append(id)
    }
    for (offset, id) in replicas.dropFirst(strands[index].names.replicas).enumerated() {
      try storage.addReplica(id, index: strands[index].names.replicas + offset, to: index, introducedAt: dot.seq)
    }
    if persons.count > strands[index].names.persons, let id = persons.last {
      try storage.addPerson(id, index: strands[index].names.persons, to: index, introducedAt: dot.seq)
    }

    for (change, register) in registers.enumerated() {
      let write = Sibling(
        dot: dot, change: UInt16(change), time: time, order: order, valid: strands[index].isValid(dot.seq),
        content: contents[change])
      let kept = try kept(header.changes[change].kept, on: index, replicas: replicas)
      try changeSiblings(of: register) { $0.apply(write, context: context, kept: kept) }
      try storage.addChange(dot, change: UInt16(change), of: register, order: order)
    }

    var covered = context
    covered.cover(dot, in: topology)
    strands[index].context = covered
    strands[index].applied = dot.seq
    strands[index].time = time
    strands[index].names = FeedNameCounts(
      replicas: replicas.count, persons: persons.count,
      registers: strands[index].names.registers + introduced.count)
    replicaNames[index] = replicas
    personNames[index] = persons
    latest = max(latest, time)
    changed.insert(index)
    return .applied
  }

  /// Where an entry that is not held cites a feed beyond the end that counts, that end: what lies beyond may have been
  /// refused here for good and would not count. Seq 0 for a feed of which something cited was refused for want of room.
  /// nil where the entry must be waited for.
  private func lastDependable(_ replica: ReplicaID, before seq: UInt32) throws -> Dot? {
    let own = strands.indices.filter { strands[$0].replica == replica }
    if try refusedFeeds().contains(replica) { return Dot(strand: own.first ?? 0, seq: 0) }
    guard let strand = own.first, own.allSatisfy({ seq > strands[$0].dependableThrough }) else { return nil }
    // Of a feed that forked nobody can tell which branch was meant.
    return Dot(strand: strand, seq: own.count == 1 ? strands[strand].dependableThrough : 0)
  }

  private func kept(_ dots: [EntryHeader.KeptDot], on strand: Int, replicas: [ReplicaID]) throws -> [Dot] {
    var kept: [Dot] = []
    for dot in dots {
      if let replica = dot.replica, let tag = dot.tag {
        kept += try places(Tip(replica: replicas[replica], seq: dot.seq, tag: tag))
      } else {
        kept.append(Dot(strand: topology.holder(of: dot.seq, on: strand), seq: dot.seq))
      }
    }
    return kept
  }
}

extension EntryHeader.TimeDelta {
  /// The entry's HLC after `previous`; nil where it would not grow or leaves the clock's range.
  func advancing(_ previous: HybridTime) -> HybridTime? {
    let (sum, overflow) = previous.milliseconds.addingReportingOverflow(milliseconds)
    let time = HybridTime(milliseconds: sum, counter: counter)
    return overflow || sum > HybridTime.millisecondLimit || time <= previous ? nil : time
  }
}
