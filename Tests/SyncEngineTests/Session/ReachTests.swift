import SyncModel
import SyncTesting
import Testing

@testable import SyncEngine

/// What an exchange gives and takes where a device was stopped, and where much is refused (promises 7 and 8).
@Suite struct ReachTests {
  let school: TestSchool
  let root: Office
  let campaign: Campaign
  let laptop: Office

  init() throws {
    school = try TestSchool()
    root = try school.found()
    _ = try root.at(school.now()).addUnit("school/cs", name: "计算机学院党总支", kind: .committee, type: nil)
    _ = try root.at(school.now()).addUnit("school/cs/b1", name: "教师一支部", kind: .branch, type: nil)
    campaign = try school.publishSheet(by: root, to: ["school/**"])
    laptop = try school.enrol("school/cs", by: root, person: "张三")
    try school.synchronize(laptop, with: root)
  }

  private func remark(_ office: Office, _ text: String, unit: String = "school/cs") throws {
    _ = try office.at(school.now()).set(
      campaign, try office.item("1.1", of: campaign), fields: [.remark: .text(text)],
      unit: try office.unit(unit), onBehalf: unit != office.identity.unit.description)
  }

  /// The segments that a hub gives to a peer who holds nothing.
  private func given(_ office: Office, _ reach: ExchangeReach, bringing segments: [[UInt8]] = []) throws -> Exchange {
    var request = Exchange(
      hello: .init(
        school: office.identity.school, store: StoreID(high: 7, low: 7), unit: office.identity.unit,
        clockMilliseconds: 0),
      summary: .init(digest: FrontierDigest.scope([:]), logs: 0, entries: 0, arrival: 0))
    request.ranges = .init(salt: 1, [.init(high: [], content: .items([]))])
    request.segments = segments
    return try ReplicationServer(store: root.workspace.store)
      .answer(request, peer: office.identity.unit, reach: reach, wallMilliseconds: school.now())
  }

  @Test("a stopped device is given the notices of its unit and those above, no others, and nothing is taken of it")
  func noticesOnly() throws {
    try remark(laptop, "已送出")
    try school.synchronize(laptop, with: root)
    let branch = try school.enrol("school/cs/b1", by: root, person: "丙")
    try school.synchronize(branch, with: root)
    try remark(branch, "支部所填", unit: "school/cs/b1")
    try school.synchronize(branch, with: root)
    func logs(_ answer: Exchange) throws -> Set<String> {
      Set(try answer.segments.map { try Segment(bytes: $0).log.description })
    }
    let whole = try logs(given(laptop, .whole))
    let notices = try logs(given(laptop, .notices))
    #expect(whole.contains { $0.contains("b1") } && whole.count > notices.count)
    let allowed = try ["school", "school/cs"].map { LogID(try #require(UnitPath($0)), .notices).description }
    #expect(notices == Set(allowed).intersection(whole) && !notices.isEmpty)

    try remark(laptop, "没有送出")
    let unsent = try laptop.workspace.store.write(wallMilliseconds: 0) { transaction in
      let engine = try transaction.engine(for: LogID(laptop.identity.unit, .answers))
      return try engine.strands.indices.compactMap {
        try engine.segment(on: $0, after: 0, byteLimit: 1 << 20)?.bytes
      }
    }
    let before = try root.status().entries
    _ = try given(laptop, .notices, bringing: unsent)
    #expect(try root.status().entries == before)
    _ = try given(laptop, .whole, bringing: unsent)
    #expect(try root.status().entries == before + 1)
  }

  @Test("refusals of one answer are bounded, name each feed once, and say that there is more")
  func boundedRefusals() throws {
    try remark(laptop, "样本")
    let sample = try laptop.workspace.store.write(wallMilliseconds: 0) { transaction in
      try #require(
        try transaction.engine(for: LogID(laptop.identity.unit, .answers)).segment(on: 0, after: 0, byteLimit: 1 << 20))
    }
    let feeds = (0..<(Exchange.refusalLimit + 200)).map { number -> [UInt8] in
      var segment = sample
      segment.replica = ReplicaID(high: 1, low: UInt64(number))
      return segment.bytes
    }
    let answer = try given(laptop, .whole, bringing: feeds + feeds + Array(repeating: [1, 2], count: 60_000))
    #expect(answer.more)
    #expect(answer.refusals.count <= Exchange.refusalLimit && answer.refusals.count > 100)
    #expect(Set(answer.refusals.map { $0.replica }).count == answer.refusals.count)
    #expect(answer.bytes.count < Exchange.frameByteLimit)
    let few = try given(laptop, .whole, bringing: Array(feeds.prefix(3)) + Array(repeating: [1, 2], count: 5))
    #expect(few.refusals.count == 4 && !few.more)
  }

  @Test("a client that brings many refused feeds learns of all of them, a few an answer, and the rest gets in")
  func manyRefused() throws {
    let admin = try school.enrol("school/cs/b1", by: root, person: "丁")
    try school.synchronize(admin, with: root)
    // Feeds that the laptop takes for good and this hub does not.
    let strange = try (1...30).map { number -> ReplicaID in
      let engine = try LogEngine(
        school: root.identity.school, log: LogID(root.identity.unit, .notices), storage: MemoryLog())
      _ = try engine.append(
        [Change(RegisterName(.unit, SubjectID(high: 1, low: UInt64(number)), .unitName), .text("别处来的"))],
        by: Author(
          key: DeviceKey(), incarnation: Incarnation(high: 9, low: UInt64(number)), person: PersonID(high: 1, low: 1),
          shownUpTo: .max), continues: nil, secret: BatchSecret(high: 1, low: 1),
        time: HybridTime(milliseconds: 1_790_000_000_000, counter: 0), wallMilliseconds: 1_790_000_000_000)
      let segment = try #require(try engine.segment(on: 0, after: 0, byteLimit: 1 << 20))
      try laptop.workspace.store.write(wallMilliseconds: school.now()) { _ = try $0.ingest(segment) }
      return segment.replica
    }
    try remark(laptop, "要送到的")
    let server = ReplicationServer(store: root.workspace.store)
    var session = ReplicationSession(store: laptop.workspace.store, address: TestSchool.address(of: root))
    var message = try session.start(wallMilliseconds: school.now())
    var outcome: SyncOutcome?
    while outcome == nil {
      try #require(session.outcome.roundTrips < 60)
      let refused = try message.segments.map { try Segment(bytes: $0) }.filter { strange.contains($0.replica) }
      message.segments = try message.segments.filter { !strange.contains(try Segment(bytes: $0).replica) }
      var answer = try server.answer(message, peer: laptop.identity.unit, wallMilliseconds: school.now())
      // As a hub that has room for three refusals in an answer.
      answer.refusals = refused.prefix(3).map {
        Exchange.Refusal(log: $0.log, replica: $0.replica, seq: $0.from + 1, reason: .room)
      }
      answer.more = answer.more || refused.count > 3
      switch try session.receive(answer, wallMilliseconds: school.now()) {
      case .send(let next): message = next
      case .finished(let end): outcome = end
      }
    }
    #expect(outcome?.refusals.count == strange.count && outcome?.inSync == false)
    #expect(try laptop.status().unsentEntries == 1, "nothing counts as sent while something was refused")
    let sheet = try root.sheet(campaign, unit: try root.unit("school/cs"))
    #expect(sheet.parts.contains { $0.registers.values.contains { $0[.remark]?.value == .text("要送到的") } })
  }

  @Test(
    "segments that the runner takes out of a message do not count as sent, and asking without them ends, again and again",
    arguments: [ExchangeReach.whole, .notices])
  func withheld(reach: ExchangeReach) throws {
    try remark(laptop, "留在本机")
    let server = ReplicationServer(store: root.workspace.store)
    for _ in 1...3 {
      var session = ReplicationSession(store: laptop.workspace.store, address: TestSchool.address(of: root))
      var message = try session.start(wallMilliseconds: school.now())
      var isOver = false
      while !isOver {
        try #require(session.outcome.roundTrips < 6)
        session.withholdSegments(of: &message)
        #expect(message.segments.isEmpty)
        let answer = try server.answer(
          message, peer: laptop.identity.unit, reach: reach, wallMilliseconds: school.now())
        switch try session.receive(answer, wallMilliseconds: school.now()) {
        case .send(let next): message = next
        case .finished: isOver = true
        }
      }
      #expect(session.outcome.sent == 0 && !session.outcome.inSync)
      #expect(try laptop.status().unsentEntries == 1)
    }
    #expect(try school.synchronize(laptop, with: root).inSync)
    #expect(try laptop.status().unsentEntries == 0)
  }
}
