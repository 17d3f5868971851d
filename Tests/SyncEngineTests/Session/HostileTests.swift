import Foundation
@testable import SyncEngine
import SyncModel
import SyncTesting
import Testing

/// Peers and insiders that do what no honest one does: bounded work, nothing lost, nothing believed (promises 5, 7, 8).
@Suite struct HostileTests {
  let school: TestSchool
  let root: Office
  let campaign: Campaign

  init() throws {
    school = try TestSchool()
    root = try school.found()
    _ = try root.at(school.now()).addUnit("school/cs", name: "计算机学院党总支", kind: .committee, type: nil)
    campaign = try school.publishSheet(by: root)
  }

  private func remark(_ office: Office, _ item: String, _ text: String) throws {
    _ = try office.at(school.now()).set(
      campaign, try office.item(item, of: campaign), fields: [.remark: .text(text)],
      unit: try office.unit("school/cs"), onBehalf: false)
  }

  private func notices(_ office: Office) throws -> [String] {
    let root = LogID(try #require(UnitPath("school")), .notices)
    return try office.workspace.store.read { snapshot in
      try snapshot.strands(of: root).map { "\($0.replica) \($0.standing) \($0.applied)" }.sorted()
    }
  }

  @Test("an administrator who takes away their own authority ends nobody's work: every replica reads it alike")
  func selfDemotion() throws {
    let laptop = try school.enrol("school/cs", by: root)
    try school.synchronize(laptop, with: root)
    let own = try #require(try root.directory().devices[root.identity.device])
    try root.at(school.now()).revoke(own, reason: "误操作")
    #expect(try school.synchronize(laptop, with: root).inSync)
    #expect(try notices(laptop) == notices(root))
    #expect(try root.verify().ok && laptop.verify().ok)
  }

  @Test("several feeds of one notices log in one message, disagreeing about a unit, are taken in at once")
  func disagreeingAdministrators() throws {
    let admins = try (1...4).map { try school.enrol("school", by: root, roles: .all, person: "管理员\($0)") }
    for admin in admins { try school.synchronize(admin, with: root) }
    let name = RegisterName(.unit, SubjectID(unit: try #require(UnitPath("school/cs"))), .unitName)
    for (number, admin) in admins.enumerated() {
      try admin.workspace.write(
        [Change(name, .text("名称\(number)"))], to: LogID(root.identity.unit, .notices), as: admin.person,
        claimedMilliseconds: school.now())
    }
    for admin in admins { try school.synchronize(admin, with: root) }
    let fresh = try school.enrol("school/cs", by: root)
    #expect(try school.synchronize(fresh, with: root).inSync)
    #expect(try fresh.directory().units == root.directory().units)
  }

  @Test(
    "a relay that takes values out only delays them: they are owed, shown as such, and the whole copy gets in (promise 2)"
  )
  func strippedValues() throws {
    let laptop = try school.enrol("school/cs", by: root)
    try school.synchronize(laptop, with: root)
    try remark(laptop, "1.1", "完整内容")
    var session = ReplicationSession(store: laptop.workspace.store, address: TestSchool.address(of: root))
    var message = try session.start(wallMilliseconds: school.now())
    message.segments = try message.segments.map { try Segment(bytes: $0).stripped { _, _ in true }.bytes }
    #expect(!message.segments.isEmpty)
    let answer = try ReplicationServer(store: root.workspace.store)
      .answer(message, peer: laptop.identity.unit, wallMilliseconds: school.now())
    #expect(answer.refusals.isEmpty)
    let owing = try #require(
      try root.sheet(campaign, unit: try root.unit("school/cs")).parts.first?.registers.values.first?[.remark])
    #expect(owing.isOwed && owing.value == nil)
    #expect(try root.status().owed > 0 && root.verify().ok)
    #expect(try school.synchronize(laptop, with: root).inSync)
    #expect(try root.sheet(campaign, unit: try root.unit("school/cs")).parts.first?.summary.total == 44)
    let register = try #require(
      try root.sheet(campaign, unit: try root.unit("school/cs")).parts.first?.registers.values.first?[.remark])
    #expect(register.value == .text("完整内容"))
    #expect(try root.status().owed == 0 && root.verify().ok)
  }

  @Test("a peer that refuses everything ends the session soon, and what it refused is not called sent")
  func refusingHub() throws {
    let laptop = try school.enrol("school/cs", by: root)
    try school.synchronize(laptop, with: root)
    try remark(laptop, "1.1", "未送出")
    let server = ReplicationServer(store: root.workspace.store)
    var session = ReplicationSession(store: laptop.workspace.store, address: TestSchool.address(of: root))
    var message = try session.start(wallMilliseconds: school.now())
    var rounds = 0
    var outcome: SyncOutcome?
    while outcome == nil {
      rounds += 1
      try #require(rounds < 200)
      let refused = try message.segments.map { try Segment(bytes: $0) }
      message.segments = []
      var answer = try server.answer(message, peer: laptop.identity.unit, wallMilliseconds: school.now())
      answer.refusals = refused.map {
        Exchange.Refusal(log: $0.log, replica: $0.replica, seq: $0.from + 1, reason: .room)
      }
      switch try session.receive(answer, wallMilliseconds: school.now()) {
      case .send(let next): message = next
      case .finished(let end): outcome = end
      }
    }
    #expect(outcome?.inSync == false && outcome?.refusals.count == 1)
    #expect(try laptop.status().unsentEntries == 1)
    #expect(try school.synchronize(laptop, with: root).inSync)
    #expect(try laptop.status().unsentEntries == 0)
  }

  /// What a lying peer says again and again, another thing each time.
  enum Lie: CaseIterable {
    case holdsMore, holdsMoreAndWantsAll, holdsMoreElsewhere, refusesWhatNobodySent
  }

  private func tell(_ lie: Lie, _ round: UInt64, about feed: Exchange.Feed, in answer: inout Exchange) {
    answer.summary.digest = Digest256(a: round, b: 2, c: 3, d: 4)
    (answer.segments, answer.more) = ([], false)
    if lie != .refusesWhatNobodySent { answer.summary.entries = 1000 + round }
    switch lie {
    case .holdsMore: answer.ranges = nil
    case .holdsMoreAndWantsAll:
      answer.wants = [
        Exchange.Want(log: feed.log, tip: Tip(replica: feed.replica, seq: 0, tag: ChainTag(rawValue: round)))
      ]
    case .holdsMoreElsewhere:
      answer.ranges = Exchange.Ranges(
        salt: round,
        [Exchange.Range(high: [], content: .fingerprint(Exchange.Fingerprint(rawValue: round & 0xff_ffff)))])
    case .refusesWhatNobodySent:
      answer.refusals = (0..<100).map {
        Exchange.Refusal(log: feed.log, replica: ReplicaID(high: round, low: $0), seq: 1, reason: .room)
      }
    }
  }

  @Test(
    "a peer that says the same lie for ever ends the session soon: by what was sent, not by its word (protocol §7)",
    arguments: Lie.allCases)
  func lyingPeer(_ lie: Lie) throws {
    let laptop = try school.enrol("school/cs", by: root)
    try school.synchronize(laptop, with: root)
    try remark(laptop, "1.1", "未送出")
    let feed = Exchange.Feed(
      log: LogID(laptop.identity.unit, .answers), replica: try laptop.replica())
    let server = ReplicationServer(store: root.workspace.store)
    var session = ReplicationSession(store: laptop.workspace.store, address: TestSchool.address(of: root))
    var message = try session.start(wallMilliseconds: school.now())
    var rounds = 0
    var isOver = false
    while !isOver {
      rounds += 1
      // So many without progress in either phase, and passes begun on its word.
      try #require(
        rounds <= ReplicationSession.quietRoundLimit + ReplicationSession.comparingRoundLimit + 20)
      // It takes nothing in.
      var heard = message
      heard.segments = []
      var answer = try server.answer(heard, peer: laptop.identity.unit, wallMilliseconds: school.now())
      tell(lie, UInt64(rounds), about: feed, in: &answer)
      do {
        switch try session.receive(answer, wallMilliseconds: school.now()) {
        case .send(let next): message = next
        case .finished: isOver = true
        }
      } catch SessionError.noProgress { isOver = true }
    }
    #expect(!session.outcome.inSync && session.outcome.refusals.isEmpty)
    // Nothing of the lie outlives the session.
    #expect(try school.synchronize(laptop, with: root).inSync)
    #expect(try laptop.status().unsentEntries == 0)
  }

  @Test("an entry counts as sent once, and what is sent again has an end however often it is asked for (protocol §7)")
  func sentAgain() {
    let frame = ExchangeBudget.leastFrameBytes
    var record = SentRecord(frameBytes: frame)
    let log = LogID(root.identity.unit, .notices)
    func stretch(_ after: UInt32, _ through: UInt32, strand: Int = 0) -> SentRecord.Stretch {
      SentRecord.Stretch(
        feed: Exchange.Feed(log: log, replica: ReplicaID(high: 1, low: 2)), strand: strand, after: after,
        through: through, byteCount: frame)
    }
    #expect(record.add([stretch(90, 100)]) == 10)
    #expect(record.add([stretch(10, 100)]) == 80)
    #expect(record.add([stretch(0, 10), stretch(20, 90)]) == 10)
    // The other branch of a fork has entries of its own under the same numbers.
    #expect(record.add([stretch(0, 100, strand: 1)]) == 100)
    #expect(record.feeds.count == 1 && !record.isExhausted)
    var again = 0
    while !record.isExhausted, again < 1000 {
      #expect(record.add([stretch(0, 100)]) == 0)
      again += 1
    }
    // At most so many frames more than went out for the first time, which were not quite four.
    #expect(again >= SentRecord.repeatedFrameLimit && again <= SentRecord.repeatedFrameLimit + 4)
  }

  @Test("what devices without authority leave in a log is bounded, and those with authority get in all the same")
  func unentitled() throws {
    let stranger = DeviceKey()
    let many = try (0..<StoreTransaction.unentitledFeedLimit + 20).map { try junk(stranger, $0) }
    let refused = try pour(many, into: root)
    #expect(refused == 20)
    let laptop = try school.enrol("school/cs", by: root)
    #expect(try school.synchronize(laptop, with: root).inSync)
    _ = try root.at(school.now()).addUnit("school/ee", name: "电子工程学院党总支", kind: .committee, type: nil)
    #expect(try school.synchronize(laptop, with: root).inSync)
    #expect(try laptop.directory().units.count == 3)
  }

  /// A feed of one entry in the school's notices.
  private func junk(_ key: DeviceKey, _ number: Int, text: String = "垃圾") throws -> Segment {
    let engine = try LogEngine(
      school: root.identity.school, log: LogID(root.identity.unit, .notices), storage: MemoryLog())
    _ = try engine.append(
      [Change(RegisterName(.unit, SubjectID(high: 1, low: UInt64(number)), .unitName), .text(text))],
      by: Author(
        key: key, incarnation: Incarnation(high: 9, low: UInt64(number)), person: PersonID(high: 1, low: 1),
        shownUpTo: .max), continues: nil, secret: BatchSecret(high: 1, low: 1),
      time: HybridTime(milliseconds: 1_790_000_000_000, counter: 0), wallMilliseconds: 1_790_000_000_000)
    return try #require(try engine.segment(on: 0, after: 0, byteLimit: 1 << 20))
  }

  /// - Returns: how many were refused.
  @discardableResult
  private func pour(_ segments: [Segment], into office: Office) throws -> Int {
    var refused = 0
    try office.workspace.store.write(wallMilliseconds: school.now()) { transaction in
      for segment in segments {
        do { _ = try transaction.ingest(segment) } catch IngestError.waitingRoomFull { refused += 1 }
      }
      try transaction.settle()
    }
    return refused
  }

  @Test("whoever shows two hubs different feeds that do not count holds up nobody (promises 1 and 7)")
  func differentJunk() throws {
    let middle = try school.enrol("school/cs", by: root, roles: .all, person: "党总支")
    let rogue = try school.enrol("school/cs", by: root, person: "无权的")
    for office in [middle, rogue] { try school.synchronize(office, with: root) }
    let limit = StoreTransaction.unentitledFeedLimit
    let key = rogue.workspace.key
    #expect(try pour((0..<limit).map { try junk(key, $0) }, into: root) == 0)
    #expect(try pour((limit..<2 * limit).map { try junk(key, $0) }, into: middle) == 0)
    _ = try root.at(school.now()).addUnit("school/ee", name: "电子工程学院党总支", kind: .committee, type: nil)
    try school.synchronize(middle, with: root)
    #expect(try middle.directory().units == root.directory().units)
    #expect(try middle.directory().units.count == 3)
  }

  @Test("devices without authority have a room each, unknown ones one together, of so many bytes")
  func rooms() throws {
    let devices = try (0..<2).map { try school.enrol("school/cs", by: root, person: "无权的\($0)") }
    let full = String(repeating: "长", count: 60_000)
    let fitting = StoreTransaction.unentitledByteLimit / (full.utf8.count + 100)
    for key in devices.map(\.workspace.key) + [DeviceKey()] {
      #expect(try pour((0..<fitting + 2).map { try junk(key, $0, text: full) }, into: root) == 2)
      // Also by a later message.
      #expect(try pour([try junk(key, 1000, text: full)], into: root) == 1)
    }
    #expect(try pour([try junk(DeviceKey(), 1, text: full)], into: root) == 1)
  }

  @Test("a line is drawn however many feeds a device began: the longest are named")
  func cutOfManyFeeds() throws {
    struct Undone: Error {}
    let log = LogID(root.identity.unit, .notices)
    try school.synchronize(try school.enrol("school/cs", by: root), with: root)
    #expect(throws: Undone.self) {
      try root.workspace.store.write(wallMilliseconds: school.now()) { transaction in
        let engine = try transaction.engine(for: log)
        let honest = try #require(engine.strands.max { $0.stored < $1.stored })
        for number in 0..<FeedCut.placeLimit + 5 {
          var strand = Strand(
            replica: ReplicaID(high: 7, low: UInt64(number)), deviceKey: honest.deviceKey, genesis: honest.genesis,
            parent: nil)
          strand.stored = 1
          try engine.storage.insertStrand(strand, at: engine.strands.count + number)
        }
        let cut = try transaction.cut { $0.log == log }
        #expect(cut.count == FeedCut.placeLimit)
        #expect(cut.places[log]?.contains { $0.replica == honest.replica && $0.seq == honest.stored } == true)
        throw Undone()
      }
    }
  }

  @Test("a state folder that takes no marker refuses the write before anything is saved")
  func markerFolder() throws {
    let laptop = try school.enrol("school/cs", by: root)
    try school.synchronize(laptop, with: root)
    let blocked = school.folder + "/not-a-folder"
    #expect(FileManager.default.createFile(atPath: blocked, contents: Data()))
    let office = Office(
      try Workspace(opening: laptop.workspace.folder, stateFolder: blocked + "/state"), person: "乙",
      claimedMilliseconds: school.now())
    let before = try office.status().entries
    #expect(throws: WorkspaceError.stateFolder(path: blocked + "/state")) { try remark(office, "1.1", "存不下") }
    #expect(try office.status().entries == before)
  }
}
