import SyncEngine
import SyncModel

// Whole exchanges over a line that holds, and requests that come again.
extension World {
  func syncSomebody(_ fixed: Machine? = nil) throws {
    guard let client = fixed ?? pick(machines) else { return }
    let hub =
      switch generator.below(10) {
      case ..<5: upperHub(of: client)
      case ..<8: machines[0]
      default: pick(machines) ?? machines[0]
      }
    if plan.isByMessage { return try call(hub, from: client) }
    try sync(client, with: hub, stopAfter: generator.chance(percent: 25) ? generator.int(in: 1...3) : .max)
  }

  /// What a hub's front door does, then the exchange, to its end or until `stopAfter` answers.
  /// - Returns: true where both ended with the same digest.
  @discardableResult
  func sync(_ client: Machine, with hub: Machine, stopAfter: Int = .max) throws -> Bool {
    guard client.place !== hub.place, !isApart(client, hub) else { return false }
    if client.invitation != nil { try confirm(client, at: hub) }
    guard let device = try knownDevice(client.key.deviceID, at: hub), device.unit == client.unit else {
      tell("\(hub.number) does not know \(client.number)")
      return false
    }
    var outcome: SyncOutcome?
    do {
      do {
        outcome = try exchange(client, hub, as: device.unit, stopAfter)
      } catch SessionError.ownPastInDoubt {
        // As the client of the network does: under a new name, once.
        tell("\(client.number) learns that its past is in doubt")
        tally[.ownPastsInDoubt] += 1
        outcome = try exchange(client, hub, as: device.unit, stopAfter)
      }
    } catch SessionError.peerSetBack {
      tell("\(client.number) refuses \(hub.number), which shows less than before")
      tally[.refusedHubs] += 1
    }
    guard let outcome else {
      // What a person does then, sooner or later.
      if isSettling || generator.chance(percent: 40) { try announceRestore(of: hub) }
      return false
    }
    note(outcome, client, hub)
    return outcome.inSync
  }

  func note(_ outcome: SyncOutcome, _ client: Machine, _ hub: Machine) {
    tally[.syncs] += 1
    let refusals = outcome.refusals.map { "\($0.log) \($0.reason)" }
    tell(
      "\(client.number) syncs with \(hub.number): sent \(outcome.sent), received \(outcome.received), "
        + "\(outcome.inSync ? "in sync" : "not in sync")\(refusals.isEmpty ? "" : " refused \(refusals)")")
  }

  /// What both programs do before they exchange anything, then message by message, each encoded and decoded again.
  private func exchange(
    _ client: Machine, _ hub: Machine, as unit: UnitPath, _ stopAfter: Int
  ) throws -> SyncOutcome {
    let (clientTime, hubTime) = (advance(client), now(hub))
    for side in [client, hub] { try side.office().workspace.settlePast() }
    let (caller, store) = (try client.office().workspace.store, try hub.office().workspace.store)
    let server = ReplicationServer(store: store)
    var session = ReplicationSession(store: caller, address: "test://\(hub.number)", signer: client.key)
    defer { if !session.outcome.inSync { tally[.brokenSyncs] += 1 } }
    var thrown: SessionError?
    do {
      var message = try session.start(wallMilliseconds: clientTime)
      var answers = 0
      exchange: while answers < stopAfter {
        keep(message.bytes, from: client, to: hub)
        let request = try Exchange(bytes: message.bytes)
        let answer = try server.answer(
          request, peer: unit, device: client.key.deviceID, wallMilliseconds: hubTime
        ).bytes
        answers += 1
        switch try session.receive(try Exchange(bytes: answer), wallMilliseconds: clientTime) {
        case .finished: break exchange
        case .send(let next): message = next
        }
      }
    } catch let error as SessionError {
      thrown = error
    }
    try look(at: client, wall: clientTime)
    try look(at: hub, wall: hubTime)
    if let thrown { throw thrown }
    return session.outcome
  }

  /// Somebody says that a machine was set back, where nothing inside it can tell.
  func announceRestore(of machine: Machine) throws {
    tell("\(machine.number) announces that it was set back")
    _ = advance(machine)
    try machine.office().workspace.announceRestore()
    tally[.announcements] += 1
  }

  /// nil where the hub's door stays shut.
  func knownDevice(_ id: DeviceID, at hub: Machine) throws -> DirectoryDevice? {
    guard let device = try hub.office().directory().devices[id], !device.roles.isEmpty else { return nil }
    return device
  }

  private static let letterLimit = 12

  func keep(_ bytes: [UInt8], from client: Machine, to hub: Machine) {
    let letter = Letter(hub: hub, bytes: bytes, sender: client.key.deviceID)
    if letters.count < Self.letterLimit {
      letters.append(letter)
    } else {
      letters[generator.below(letters.count)] = letter
    }
  }

  /// A request that was delivered before is delivered again, late (promise 4).
  func deliverAgain() throws {
    guard let letter = pick(letters) else { return }
    try deliver(letter)
    tally[.lettersAgain] += 1
  }

  private func deliver(_ letter: Letter) throws {
    guard let device = try knownDevice(letter.sender, at: letter.hub) else { return }
    let request = try Exchange(bytes: letter.bytes)
    guard request.hello.unit == device.unit else { return }
    let time = advance(letter.hub)
    tell("\(letter.hub.number) gets a request again")
    let deed = try perform(on: letter.hub, wall: time) {
      try ReplicationServer(store: try letter.hub.office().workspace.store)
        .answer(request, peer: device.unit, device: device.id, wallMilliseconds: time)
    }
    if case .failed = deed { return }
    try look(at: letter.hub, wall: time)
  }

  /// Every request kept, once more: what its hub holds already changes nothing (promise 4), but that a value which is owed
  /// (its redaction counts no longer) comes with an old copy. A disk that was set back since may lack what the request
  /// brings, where its device stayed outside in the end: there it is new, and delivered until it is not.
  func deliverAllAgain() throws {
    for letter in letters {
      let carried = try carriedWrites(letter)
      var brought = true
      while brought {
        let (before, owed) = (letter.hub.image, try letter.hub.owed())
        try deliver(letter)
        let came = letter.hub.image.held.compactMap { log, held -> (LogID, IDSet)? in
          let new = held.subtracting(before.held[log] ?? IDSet())
          return new.isEmpty ? nil : (log, new)
        }
        for (log, new) in came {
          guard new.isSubset(of: carried[log] ?? IDSet()) else {
            throw failure("got \(new) of \(log) from a request without it", at: letter.hub)
          }
        }
        brought = !came.isEmpty
        if brought { continue }
        let changed = letter.hub.image.digests.filter { before.digests[$0.key] != $0.value }.keys.sorted()
        let owedNow = try letter.hub.owed()
        guard changed.allSatisfy({ owedNow[$0, default: 0] < owed[$0, default: 0] }) else {
          throw failure("what came twice changed \(changed)", at: letter.hub)
        }
      }
    }
  }

  private func carriedWrites(_ letter: Letter) throws -> [LogID: IDSet] {
    try Exchange(bytes: letter.bytes).segments.reduce(into: [:]) { found, bytes in
      let segment = try Segment(bytes: bytes)
      found[segment.log, default: IDSet()].formUnion(try model.writes(in: segment))
    }
  }
}
