import SyncModel
import SyncTesting
import Testing

@testable import SyncEngine

/// Exchanges that share a commit: each as if it were alone, none in another's way.
@Suite struct GroupTests {
  let school: TestSchool
  let root: Office
  let campaign: Campaign
  let laptops: [Office]

  private static let units = ["school/a", "school/b", "school/c"]

  init() throws {
    school = try TestSchool()
    root = try school.found()
    for unit in Self.units {
      _ = try root.at(school.now()).addUnit(unit, name: "党总支\(unit)", kind: .committee, type: nil)
    }
    campaign = try school.publishSheet(by: root)
    laptops = try Self.units.map { [school, root] in try school.enrol($0, by: root) }
    for laptop in laptops { try school.synchronize(laptop, with: root) }
    for laptop in laptops {
      try score(laptop, 100)
      try school.synchronize(laptop, with: root)
    }
  }

  private var store: LogStore { root.workspace.store }
  private var server: ReplicationServer { ReplicationServer(store: store) }

  /// The hub's database as it is now, somewhere else.
  private func copyOfStore() throws -> LogStore {
    let path = school.folder + "/copy.db"
    try store.backup(to: path)
    return try LogStore(path: path)
  }

  private func score(_ office: Office, _ hundredths: Int64) throws {
    _ = try office.at(school.now()).set(
      campaign, try office.item("5.1", of: campaign),
      fields: [.selfScore: .decimal(FixedDecimal(Score(hundredths: hundredths)))],
      unit: try office.unit(office.identity.unit.description), onBehalf: false)
  }

  /// The first message of a laptop that has something new.
  private func call(_ laptop: Office, _ hundredths: Int64) throws -> ReplicationServer.Call {
    try score(laptop, hundredths)
    return try question(laptop)
  }

  private func question(_ laptop: Office) throws -> ReplicationServer.Call {
    var session = ReplicationSession(
      store: laptop.workspace.store, address: TestSchool.address(of: root), signer: laptop.workspace.key)
    let caller = ReplicationServer.Caller(unit: laptop.identity.unit, device: laptop.identity.device)
    return ReplicationServer.Call(try session.start(wallMilliseconds: school.now())) { _ in caller }
  }

  private func entries(_ laptop: Office, in store: LogStore) throws -> Int {
    try store.read { try $0.strands(of: LogID(laptop.identity.unit, .answers)).reduce(0) { $0 + Int($1.stored) } }
  }

  @Test("a group leaves what its exchanges leave one after another, and answers alike (promises 3, 4)")
  func sameAsAlone() throws {
    let calls = try laptops.enumerated().map { try call($1, 200 + Int64($0)) }
    let copy = try copyOfStore()
    let grouped = try server.perform(calls.map { .answer($0, nil) }, wallMilliseconds: 7).map { try $0.get().answer }
    let alone = try calls.map { call in
      try ReplicationServer(store: copy).perform([.answer(call, nil)], wallMilliseconds: 7)[0].get().answer
    }
    #expect(grouped.map(\.?.bytes) == alone.map(\.?.bytes) && grouped.allSatisfy { $0 != nil })
    #expect(try store.read { try $0.latestMark() } == copy.read { try $0.latestMark() })
    #expect(try root.verify().ok)
  }

  @Test("nothing of a group is there before all of it is (promise 3)")
  func oneCommit() throws {
    let before = try store.read { try $0.latestArrival() }
    let (first, second) = (try call(laptops[0], 300), try call(laptops[1], 300))
    let store = store
    // Asked on another connection, while the first is written and the second is about to be.
    let looking = ReplicationServer.Call(second.request) { directory in
      let seen = try store.read { try $0.latestArrival() }
      #expect(seen == before)
      return try second.caller(directory)
    }
    let done = server.perform([.take(first), .take(looking)], wallMilliseconds: 7)
    #expect(done.allSatisfy { (try? $0.get()) != nil })
    #expect(try store.read { try $0.latestArrival() } == before + 2)
  }

  @Test("an exchange that cannot be answered costs the others of its group nothing (promise 8)")
  func oneFails() throws {
    let log = LogID(laptops[1].identity.unit, .answers)
    try store.write(wallMilliseconds: 1) {
      try $0.connection.run(
        "UPDATE strand SET applied = -1 WHERE log = (SELECT id FROM log WHERE key = ?)", [.blob(log.key)])
    }
    let calls = try laptops.map { try call($0, 400) }
    let before = try [laptops[0], laptops[2]].map { try entries($0, in: store) }
    let done = server.perform(calls.map { .answer($0, nil) }, wallMilliseconds: 7)
    #expect(throws: WorkspaceError.damaged("strand")) { _ = try done[1].get() }
    for index in [0, 2] { #expect(try done[index].get().answer?.refusals.isEmpty == true) }
    #expect(try [laptops[0], laptops[2]].map { try entries($0, in: store) } == before.map { $0 + 1 })
  }

  @Test("an exchange of somebody who may not is refused alone, with the directory of its own moment (promise 7)")
  func oneRefused() throws {
    let calls = try laptops.map { try call($0, 500) }
    let stranger = ReplicationServer.Call(calls[1].request) { directory in
      #expect(directory.units.count == Self.units.count + 1)
      throw SessionError.deviceStopped(unsent: 0)
    }
    let other = laptops[0].identity.unit
    let wrong = ReplicationServer.Call(calls[2].request) { _ in
      ReplicationServer.Caller(unit: other)
    }
    let before = try laptops.map { try entries($0, in: store) }
    let done = server.perform([.take(stranger), .take(calls[0]), .take(wrong)], wallMilliseconds: 7)
    #expect(throws: SessionError.deviceStopped(unsent: 0)) { _ = try done[0].get() }
    #expect(throws: SessionError.wrongUnit) { _ = try done[2].get() }
    _ = try done[1].get()
    #expect(try laptops.map { try entries($0, in: store) } == [before[0] + 1, before[1], before[2]])
  }

  @Test("what was taken in is answered by a read, as it would be in the same transaction")
  func answeredByReading() throws {
    let call = try call(laptops[0], 600)
    let copy = try copyOfStore()
    #expect(try server.answerReading(call, wallMilliseconds: 7) == nil, "it brings something")
    let taken = try server.perform([.take(call)], wallMilliseconds: 7)[0].get().taken
    let answer = try #require(try server.answerReading(call, after: taken, wallMilliseconds: 7))
    let atOnce = try ReplicationServer(store: copy).perform([.answer(call, nil)], wallMilliseconds: 7)[0].get().answer
    #expect(answer.bytes == atOnce?.bytes)
  }

  @Test("what leaves for the first time is marked before: that takes a transaction, and from then on a read")
  func firstTimeOut() throws {
    try school.synchronize(laptops[0], with: root)
    _ = try root.at(school.now()).addUnit("school/d", name: "外语学院党总支", kind: .committee, type: nil)
    let call = try question(laptops[0])
    #expect(try server.answerReading(call, wallMilliseconds: 7) == nil)
    let answer = try server.perform([.answer(call, nil)], wallMilliseconds: 7)[0].get().answer
    #expect(answer?.segments.count == 1)
    let again = try question(laptops[0])
    #expect(try server.answerReading(again, wallMilliseconds: 7)?.segments == answer?.segments)
  }
}
