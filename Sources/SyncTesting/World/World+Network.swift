import SyncEngine
import SyncModel

// Exchanges message by message: what one side sends arrives late, twice, in pieces, in any order or not at all, while others
// exchange too.
extension World {
  /// One client's exchange with a hub, as the client's program remembers it.
  struct Conversation {
    let client: Machine
    let hub: Machine
    let unit: UnitPath
    var session: ReplicationSession
    /// The process that began it: a program that ended takes it along.
    let process: Int
    /// The message under way.
    var round = 0
    var isOver = false
    /// Begun anew under a new incarnation.
    let isSecond: Bool
    /// Of the hub, when it last answered: one that was set back since is another.
    var hubLives = 0
  }

  /// What a packet belongs to.
  struct Route: Sendable {
    var conversation: Int
    var round: Int
    var isAnswer: Bool
    /// Bytes that were sent: fewer arrive where it was cut.
    var byteCount: Int
  }

  /// A client begins to exchange; the rest comes with ``carryMessages()``.
  func call(_ hub: Machine, from client: Machine) throws {
    guard client.place !== hub.place, !isApart(client, hub) else { return }
    if client.invitation != nil { try confirm(client, at: hub) }
    guard let device = try knownDevice(client.key.deviceID, at: hub), device.unit == client.unit else {
      tell("\(hub.number) does not know \(client.number)")
      return
    }
    try dial(hub, from: client, unit: device.unit, isSecond: false)
  }

  private func dial(_ hub: Machine, from client: Machine, unit: UnitPath, isSecond: Bool) throws {
    let time = advance(client)
    conversationCount += 1
    let number = conversationCount
    tell("\(client.number) calls \(hub.number), conversation \(number)")
    let deed = try perform(on: client, wall: time) {
      try client.office().workspace.settlePast()
      var session = ReplicationSession(
        store: try client.office().workspace.store, address: "test://\(hub.number)", signer: client.key)
      return (try session.start(wallMilliseconds: time).bytes, session)
    }
    guard case .done((let bytes, let session)) = deed else { return }
    conversations[number] = Conversation(
      client: client, hub: hub, unit: unit, session: session, process: client.process, isSecond: isSecond)
    post(bytes, Route(conversation: number, round: 0, isAnswer: false, byteCount: bytes.count))
  }

  private func post(_ bytes: [UInt8], _ route: Route) {
    let delay =
      switch generator.below(10) {
      case ..<6: generator.below(2_000)
      case ..<9: generator.below(600_000)
      default: generator.below(2 * 86_400_000)
      }
    let fate = network.send(.init(route, bytes: bytes, dueMilliseconds: clock + UInt64(delay)), &generator)
    if fate.isLost { tally[.lost] += 1 }
    if fate.isDoubled { tally[.doubled] += 1 }
    if fate.isCut { tally[.cut] += 1 }
  }

  /// A few of the messages under way arrive, whichever the network likes.
  func carryMessages() throws {
    for _ in 0..<generator.below(plan.size == .small ? 10 : 16) {
      clock += UInt64(generator.below(3_000))
      guard let packet = network.receive(at: clock, &generator) else { return }
      try deliver(packet)
    }
  }

  private func deliver(_ packet: FaultyNetwork<Route>.Packet) throws {
    let route = packet.address
    guard let conversation = conversations[route.conversation] else { return }
    if isApart(conversation.client, conversation.hub) {
      tally[.lost] += 1
      return
    }
    if packet.bytes.count < route.byteCount {
      // Reading it may succeed, as parts are optional, and must not trap. Both ends refuse it all the same: what arrives is
      // held against the signed digest before it is read.
      _ = try? Exchange(bytes: packet.bytes)
      return
    }
    let message = try Exchange(bytes: packet.bytes)
    if route.isAnswer {
      try take(message, route)
    } else {
      try serve(message, packet.bytes, route)
    }
  }

  // MARK: The hub

  /// A request arrives, perhaps long after its sender gave up.
  private func serve(_ request: Exchange, _ bytes: [UInt8], _ route: Route) throws {
    guard let conversation = conversations[route.conversation] else { return }
    let (client, hub) = (conversation.client, conversation.hub)
    guard let device = try knownDevice(client.key.deviceID, at: hub), request.hello.unit == device.unit else { return }
    let time = turn(to: hub)
    keep(bytes, from: client, to: hub)
    tell("\(hub.number) gets message \(route.round) of conversation \(route.conversation)")
    let deed = try perform(on: hub, wall: time) {
      try hub.office().workspace.settlePast()
      return try ReplicationServer(store: try hub.office().workspace.store)
        .answer(request, peer: device.unit, device: device.id, wallMilliseconds: time).bytes
    }
    var reply = route
    reply.isAnswer = true
    switch deed {
    case .done(let answer):
      try look(at: hub, wall: time)
      conversations[route.conversation]?.hubLives = hub.lives
      reply.byteCount = answer.count
      post(answer, reply)
    case .failed(let answer?) where generator.chance(percent: 50):
      // It had left when the power went.
      reply.byteCount = answer.count
      post(answer, reply)
    case .failed, .refused: break
    }
  }

  // MARK: The client

  private func take(_ answer: Exchange, _ route: Route) throws {
    guard var conversation = conversations[route.conversation] else { return }
    let client = conversation.client
    guard !conversation.isOver, conversation.process == client.process, conversation.round == route.round else {
      tally[.stray] += 1
      return
    }
    let time = turn(to: client)
    tell("\(client.number) gets answer \(route.round) of conversation \(route.conversation)")
    var session = conversation.session
    let deed = try perform(on: client, wall: time) { try session.receive(answer, wallMilliseconds: time) }
    conversation.session = session
    conversation.round += 1
    defer { conversations[route.conversation] = conversation }
    switch deed {
    case .done(.send(let next)):
      try look(at: client, wall: time)
      let bytes = next.bytes
      post(
        bytes,
        Route(
          conversation: route.conversation, round: conversation.round, isAnswer: false, byteCount: bytes.count))
    case .done(.finished(let outcome)):
      conversation.isOver = true
      try look(at: client, wall: time)
      note(outcome, client, conversation.hub)
      if outcome.inSync, generator.chance(percent: 40) { try visit(conversation) }
    case .failed:
      conversation.isOver = true
      tally[.brokenSyncs] += 1
    case .refused(let error):
      conversation.isOver = true
      try look(at: client, wall: time)
      tally[.brokenSyncs] += 1
      try refuse(error, conversation)
    }
  }

  /// What the client's program does about an exchange that cannot go on.
  private func refuse(_ error: any ExplainedError, _ conversation: Conversation) throws {
    let (client, hub) = (conversation.client, conversation.hub)
    switch error as? SessionError {
    case .ownPastInDoubt?:
      // As the client of the network does: under a new name, once.
      tell("\(client.number) learns that its past is in doubt")
      tally[.ownPastsInDoubt] += 1
      if !conversation.isSecond { try dial(hub, from: client, unit: conversation.unit, isSecond: true) }
    case .peerSetBack?:
      tell("\(client.number) refuses \(hub.number), which shows less than before")
      tally[.refusedHubs] += 1
      if generator.chance(percent: 40) { try announceRestore(of: hub) }
    default:
      throw failure("an exchange ends with \(error)", at: client)
    }
  }

  // MARK: Partitions

  func isApart(_ one: Machine, _ other: Machine) -> Bool {
    island.contains(one.number) != island.contains(other.number)
  }

  /// Some machines reach only each other, until the next time.
  func changeIsland() {
    island = island.isEmpty ? Set(machines.map(\.number).filter { _ in generator.chance(percent: 40) }) : []
    tell(island.isEmpty ? "everybody reaches everybody" : "cut off: \(island.sorted())")
    if !island.isEmpty { tally[.partitions] += 1 }
  }

  /// Whatever is still under way is lost, and everybody can be reached.
  func repairNetwork() {
    network.clear()
    conversations = [:]
    island = []
  }
}
