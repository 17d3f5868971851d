import SyncEngine
import SyncModel
import SyncTesting
import Testing

/// The protocol over real stores, without a network.
@Suite struct ReplicationTests {
  let school: TestSchool
  let root: Office

  init() throws {
    school = try TestSchool()
    root = try school.found()
    _ = try root.at(school.now()).addUnit("school/cs", name: "计算机学院党总支", kind: .committee, type: nil)
    _ = try root.at(school.now()).addUnit("school/cs/b1", name: "教师一支部", kind: .branch, type: .teachers)
    _ = try root.at(school.now()).addUnit("school/cs/b2", name: "学生一支部", kind: .branch, type: .students)
  }

  private func publish() throws -> Campaign {
    return try school.publishSheet(by: root, to: ["school/*", "school/cs/*"])
  }

  private func score(_ office: Office, _ campaign: Campaign, _ item: String, _ value: Int64) throws {
    _ = try office.at(school.now()).set(
      campaign, try office.item(item, of: campaign),
      fields: [.selfScore: .decimal(FixedDecimal(Score(hundredths: value)))],
      unit: try office.unit(office.identity.unit.description), onBehalf: false)
  }

  @Test("a peer in step needs one round trip and no entry (protocol §7)")
  func inStep() throws {
    let laptop = try school.enrol("school/cs", by: root)
    let first = try school.synchronize(laptop, with: root)
    #expect(first.inSync)
    #expect(first.received > 0)
    let second = try school.synchronize(laptop, with: root)
    #expect(second.inSync && second.roundTrips == 1 && second.received == 0 && second.sent == 0)
    // It signs once for what it has now; from then on there is nothing to say.
    let third = try school.synchronize(laptop, with: root)
    #expect(third.inSync && third.roundTrips == 1)
    #expect(third.bytesSent < 200 && third.bytesReceived < 200)
  }

  @Test("a known peer brings and fetches what is new in one round trip")
  func knownPeer() throws {
    let campaign = try publish()
    let laptop = try school.enrol("school/cs", by: root)
    try school.synchronize(laptop, with: root)
    try score(laptop, campaign, "5.1", 150)
    _ = try root.at(school.now()).addUnit("school/ee", name: "电子学院党总支", kind: .committee, type: nil)
    let outcome = try school.synchronize(laptop, with: root)
    #expect(outcome.inSync && outcome.roundTrips == 1 && outcome.sent == 1 && outcome.received == 1)
    #expect(try laptop.status().unsentEntries == 0)
  }

  @Test("two laptops of one unit disagree, the school sees both, the settlement reaches both (promises 1, 2)")
  func conflictTravels() throws {
    let campaign = try publish()
    let one = try school.enrol("school/cs", by: root, person: "张三", device: "一号机")
    let two = try school.enrol("school/cs", by: root, person: "李四", device: "二号机")
    for office in [one, two] { try school.synchronize(office, with: root) }
    try score(one, campaign, "5.1", 300)
    try score(two, campaign, "5.1", 400)
    for office in [one, two, one] { try school.synchronize(office, with: root) }
    let seen = try root.conflicts()
    #expect(seen.count == 1)
    #expect(try one.conflicts().map(\.id) == seen.map(\.id))
    let summary = try #require(try root.report(campaign).units.first?.summary)
    #expect(summary.low == Score(hundredths: 300) && summary.high == Score(hundredths: 400))
    _ = try root.at(school.now()).resolve(
      seen[0], value: try #require(seen[0].alternatives.first?.value), note: "以记录为准")
    for office in [one, two] { try school.synchronize(office, with: root) }
    for office in [root, one, two] { #expect(try office.conflicts().isEmpty) }
    for office in [root, one, two] { #expect(try office.verify().ok) }
  }

  @Test("a value that its author was not shown stands beside the new one (promise 2)")
  func unseenStands() throws {
    let campaign = try publish()
    let laptop = try school.enrol("school/cs", by: root, person: "张三")
    try school.synchronize(laptop, with: root)
    try score(laptop, campaign, "5.1", 100)
    try laptop.workspace.endCommand(of: "张三")
    try score(laptop.at(school.now(), as: "李四"), campaign, "5.1", 200)
    #expect(try laptop.conflicts().count == 1)
    try laptop.workspace.endCommand(of: "李四")
    try score(laptop.at(school.now(), as: "李四"), campaign, "5.1", 300)
    #expect(try laptop.conflicts().isEmpty)
  }

  @Test("an exchange cut off at any answer goes on from there, in small frames too (promise 9)")
  func resumes() throws {
    let campaign = try publish()
    let laptop = try school.enrol("school/cs", by: root)
    try school.synchronize(laptop, with: root)
    let text = String(repeating: "认真落实，", count: 1500)
    for item in 1...40 {
      let leaf = try #require(try laptop.item("1.1", of: campaign).template.leaves[safe: item])
      _ = try laptop.at(school.now()).set(
        campaign, try laptop.item(leaf.id, of: campaign), fields: [.remark: .text("\(item)" + text)],
        unit: try laptop.unit("school/cs"), onBehalf: false)
    }
    var rounds = 0
    while try !school.synchronize(laptop, with: root, frameBytes: 1 << 20, stopAfter: 1).inSync {
      rounds += 1
      try #require(rounds < 50)
    }
    let fresh = try school.enrol("school/cs", by: root, person: "丙")
    let outcome = try school.synchronize(fresh, with: root, frameBytes: 1 << 20)
    #expect(outcome.inSync && outcome.roundTrips > 1)
    #expect(try fresh.verify().entries == (try laptop.verify().entries) + 2)
  }

  @Test("a branch reads its own logs and the notices above it, and nothing of its neighbour (promise 7)")
  func scope() throws {
    let campaign = try publish()
    let one = try school.enrol("school/cs/b1", by: root)
    let two = try school.enrol("school/cs/b2", by: root)
    for office in [one, two] { try school.synchronize(office, with: root) }
    try score(one, campaign, "1.1", 100)
    for office in [one, two] { try school.synchronize(office, with: root) }
    let held = try two.workspace.store.read { try $0.logs().filter { $0.entries > 0 }.map(\.log.description) }
    #expect(held == ["school#notices", "school/cs#notices", "school/cs/b2#notices"])
  }

  @Test("more logs than a page holds are compared page by page, and a difference on the last page is found")
  func manyLogs() throws {
    let office = try school.enrol("school", by: root, roles: .reviewer)
    func write(_ numbers: ClosedRange<Int>, _ text: String) throws {
      let key = root.workspace.key
      try root.workspace.locked { transaction, incarnation, _ in
        for number in numbers {
          let path = try #require(UnitPath("school/unit-\(number)"))
          _ = try transaction.append(
            [Change(RegisterName(.person, SubjectID(high: 1, low: 1), .personName), .text(text))],
            to: LogID(path, .notices),
            by: Author(key: key, incarnation: incarnation, person: PersonID(high: 1, low: 1), shownUpTo: .max),
            continues: nil, secret: .random(), claimedMilliseconds: school.now())
        }
      }
    }
    try write(1...1200, "一")
    #expect(try school.synchronize(office, with: root).inSync)
    try write(998...999, "二")
    let outcome = try school.synchronize(office, with: root, address: "test://elsewhere")
    #expect(outcome.inSync && outcome.received == 2 && outcome.sent == 0)
    #expect(outcome.roundTrips > 1)
  }

  @Test("a peer's impossible cursor is answered like an unknown one (promise 8)")
  func hostileCursor() throws {
    let laptop = try school.enrol("school/cs", by: root)
    var session = ReplicationSession(store: laptop.workspace.store, address: "test://hub")
    var request = try session.start(wallMilliseconds: school.now())
    request.cursor = Exchange.Cursor(store: try root.workspace.storeID(), arrival: .max)
    request.summary.arrival = .max
    let answer = try ReplicationServer(store: root.workspace.store)
      .answer(request, peer: laptop.identity.unit, wallMilliseconds: school.now())
    #expect(answer.segments.isEmpty)
    #expect(try school.synchronize(laptop, with: root).inSync)
  }

  @Test("what a branch wrote climbs through its committee's hub to the school, and the school's notices come down")
  func transitive() throws {
    let campaign = try publish()
    let committee = try school.enrol("school/cs", by: root, roles: [.admin, .reviewer])
    try school.synchronize(committee, with: root)
    let branch = try school.enrol("school/cs/b1", by: committee)
    try school.synchronize(branch, with: committee)
    try score(branch, campaign, "2.1", 200)
    try school.synchronize(branch, with: committee)
    #expect(try school.synchronize(committee, with: root).inSync)
    let line = try #require(try root.report(campaign).units.first { $0.unit.path.description == "school/cs/b1" })
    #expect(line.summary.filled == 1)
  }
}

extension Array {
  fileprivate subscript(safe index: Int) -> Element? { indices.contains(index) ? self[index] : nil }
}
