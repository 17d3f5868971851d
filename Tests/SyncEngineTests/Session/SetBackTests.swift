import SyncModel
import SyncTesting
import Testing

@testable import SyncEngine

/// Stores that show less than they did, or something else, and the school's receipts (promises 5 and 6).
@Suite struct SetBackTests {
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

  private func remark(_ office: Office, _ item: String, _ text: String) throws {
    _ = try office.at(school.now()).set(
      campaign, try office.item(item, of: campaign), fields: [.remark: .text(text)], unit: try office.ownUnit(),
      onBehalf: false)
  }

  @Test(
    "a hub that shows less under the same name is refused and nothing is exchanged; once it says so, it is refilled")
  func hubSetBack() throws {
    let before = try school.snapshot(of: root)
    try remark(laptop, "1.1", "一")
    #expect(try school.synchronize(laptop, with: root).inSync)
    let back = try school.setBack(root, to: before)
    try remark(laptop, "1.2", "二")
    #expect(throws: SessionError.peerSetBack()) { try school.synchronize(laptop, with: back) }
    #expect(try laptop.status().unsentEntries > 0)
    // Also after it has grown beyond where it was.
    for number in 1...8 {
      _ = try back.at(school.now()).addUnit("school/x\(number)", name: "新\(number)", kind: .branch, type: nil)
    }
    #expect(throws: SessionError.peerSetBack()) { try school.synchronize(laptop, with: back) }

    try back.workspace.announceRestore()
    #expect(try school.synchronize(laptop, with: back).inSync)
    let sheet = try back.sheet(campaign, unit: try back.unit("school/cs"))
    #expect(
      Set(sheet.parts.flatMap { $0.registers.values.compactMap { $0[.remark]?.value?.textValue } }) == ["一", "二"])
  }

  @Test("a laptop set back as a whole learns it from the hub at its first exchange, before anything diverges further")
  func laptopSetBack() throws {
    let before = try school.snapshot(of: laptop)
    try remark(laptop, "1.1", "还原前")
    try school.synchronize(laptop, with: root)
    let back = try school.setBack(laptop, to: before)
    let (store, replica) = (try back.workspace.storeID(), try back.replica())
    #expect(try school.synchronize(back, with: root).inSync)
    #expect(try back.workspace.storeID() != store)
    #expect(try back.replica() != replica)
    try remark(back, "1.1", "还原后")
    #expect(try school.synchronize(back, with: root).inSync)
    for office in [back, root] {
      let sheet = try office.sheet(campaign, unit: try office.unit("school/cs"))
      #expect(
        sheet.parts.contains { $0.registers.values.contains { $0[.remark]?.values.contains(.text("还原后")) == true } })
      #expect(try office.verify().ok)
    }
  }

  @Test("a hub that says a laptop was set back and cannot show its signature is not believed, however often it says so")
  func unprovenClaim() throws {
    try remark(laptop, "1.1", "一")
    var vouched: Exchange.Vouchers?
    try school.synchronize(laptop, with: root) { bytes in
      // Also a signature that the laptop has really made, for another mark.
      if let own = (try? Exchange(bytes: bytes))?.vouchers?.own { vouched = Exchange.Vouchers(remembered: own) }
    }
    #expect(vouched != nil)
    let (store, replica) = (try laptop.workspace.storeID(), try laptop.replica())
    try remark(laptop, "1.2", "二")
    for vouchers in [nil, vouched, Exchange.Vouchers(remembered: Array(repeating: 0, count: 64))] {
      var session = ReplicationSession(
        store: laptop.workspace.store, address: TestSchool.address(of: root), signer: laptop.workspace.key)
      let message = try session.start(wallMilliseconds: school.now())
      var answer = try ReplicationServer(store: root.workspace.store).answer(
        message, peer: laptop.identity.unit, device: laptop.identity.device, wallMilliseconds: school.now())
      answer.history?.remembered = Exchange.Remembered(
        store: message.hello.store,
        mark: Exchange.Mark(arrival: 1_000_000, digest: answer.summary.digest))
      answer.vouchers = vouchers
      let claim = answer
      #expect(throws: SessionError.unprovenClaim) { try session.receive(claim, wallMilliseconds: school.now()) }
      #expect(try !laptop.workspace.settlePast())
    }
    #expect(try laptop.workspace.storeID() == store && laptop.replica() == replica)
    #expect(try laptop.workspace.renewals().isEmpty && !SessionError.unprovenClaim.retry)
    #expect(try school.synchronize(laptop, with: root).inSync)
  }

  @Test("the school's receipts come down through the tier between, and what that tier keeps back shows")
  func receipts() throws {
    let branch = try school.enrol("school/cs/b1", by: root, person: "丙")
    try school.synchronize(branch, with: laptop)
    try remark(branch, "1.1", "一")
    try school.synchronize(branch, with: laptop)
    #expect(try branch.status().delivery?.underway == 1)
    #expect(try branch.status().delivery?.receipt == nil)
    #expect(try root.at(school.now()).issueReceipts().signed == 0, "the tier between has passed nothing on")
    try school.synchronize(laptop, with: root)
    #expect(try root.at(school.now()).issueReceipts().signed == 1)
    #expect(try root.at(school.now()).issueReceipts().signed == 0, "nothing new, nothing signed")
    try school.synchronize(laptop, with: root)
    try school.synchronize(branch, with: laptop)
    let delivery = try #require(try branch.status().delivery)
    #expect(delivery.receipt != nil)
    #expect(delivery.underway == 0)
    try remark(branch, "1.2", "二")
    #expect(try branch.status().delivery?.underway == 0, "unsent is not underway")
    try school.synchronize(branch, with: laptop)
    #expect(try branch.status().delivery?.underway == 1)
  }

  @Test("a tier between cannot make a receipt of its own (promise 7)")
  func forgedReceipt() throws {
    let office = try school.enrol("school/cs", by: root, roles: [.reporter, .admin], person: "丁")
    let branch = try school.enrol("school/cs/b1", by: root, person: "丙")
    try school.synchronize(office, with: root)
    try school.synchronize(branch, with: office)
    try remark(branch, "1.1", "一")
    try school.synchronize(branch, with: office)
    let path = branch.identity.unit
    let name = RegisterName(.receipt, SubjectID(unit: path), .receipt)
    let tips = try office.workspace.store.write(wallMilliseconds: 0) { try $0.engine(for: LogID(path, .answers)).tips }
    try office.workspace.write(
      [
        Change(
          name,
          .list([
            .integer(Int64(school.now())), .bytes([UInt8](repeating: 0, count: 32)),
            .bytes(FeedCut([LogID(path, .answers): tips]).bytes),
          ]))
      ], to: LogID(path, .notices), as: "丁", claimedMilliseconds: school.now())
    try school.synchronize(branch, with: office)
    #expect(try branch.status().delivery?.receipt == nil)
    #expect(try branch.status().delivery?.underway == 1)
  }

  @Test(
    "a tier between that writes over the school's receipt, its digest included, does not silence the school (promise 7)"
  )
  func overwrittenReceipt() throws {
    let office = try school.enrol("school/cs", by: root, roles: [.reporter, .admin], person: "丁")
    let branch = try school.enrol("school/cs/b1", by: root, person: "丙")
    try school.synchronize(office, with: root)
    func handIn(_ text: String) throws {
      try school.synchronize(branch, with: office)
      try remark(branch, "1.1", text)
      try school.synchronize(branch, with: office)
      try school.synchronize(office, with: root)
    }
    try handIn("一")
    #expect(try root.at(school.now()).issueReceipts().signed == 1)
    try handIn("二")
    let path = branch.identity.unit
    let digest = try root.workspace.store.read { snapshot in
      try snapshot.logs().first { $0.log == LogID(path, .answers) }?.digest
    }
    try office.workspace.write(
      [
        Change(
          Receipt.register(path),
          Receipt.value(
            milliseconds: school.now(), digest: try #require(digest), cut: FeedCut(), store: .random(), mark: nil))
      ], to: LogID(path, .notices), as: "丁", claimedMilliseconds: school.now(), shownUpTo: .max)
    try school.synchronize(office, with: root)
    #expect(try root.at(school.now()).issueReceipts().signed == 1)
    #expect(try root.at(school.now()).issueReceipts().signed == 0)
    try school.synchronize(office, with: root)
    try school.synchronize(branch, with: office)
    #expect(try branch.status().delivery?.underway == 0)
  }

  @Test("a unit whose receipt cannot be written is named and keeps no other unit from theirs")
  func failingReceipt() throws {
    let branch = try school.enrol("school/cs/b1", by: root, person: "丙")
    func handIn(_ text: String) throws {
      for office in [laptop, branch] {
        try school.synchronize(office, with: root)
        try remark(office, "1.1", text)
        try school.synchronize(office, with: root)
      }
    }
    try handIn("一")
    #expect(try root.at(school.now()).issueReceipts() == IssuedReceipts(signed: 2))
    try handIn("二")
    // The school's own feed in those notices has come to its end, which no test can write its way to.
    let notices = LogID(laptop.identity.unit, .notices)
    try root.workspace.store.write(wallMilliseconds: 0) { transaction in
      let row = try #require(try transaction.rowID(of: notices))
      try transaction.connection.run(
        "UPDATE strand SET stored = ?, applied = ? WHERE log = ? AND device_key = ?",
        [SQLValue(UInt32.max), SQLValue(UInt32.max), .integer(row), .blob(root.identity.deviceKey)])
    }
    let issued = try root.at(school.now()).issueReceipts()
    #expect(issued == IssuedReceipts(signed: 1, failed: [laptop.identity.unit]))
    #expect(try root.at(school.now()).issueReceipts().failed == [laptop.identity.unit], "tried again")
    try school.synchronize(branch, with: root)
    #expect(try branch.status().delivery?.underway == 0)
  }

  @Test("a receipt names at most so many feeds: what counts before what does not, long feeds before short ones")
  func boundedReceipt() throws {
    let stranger = try school.enrol("school/cs/b1", by: root, person: "丙")
    for text in ["一", "二"] { try remark(laptop, "1.1", text) }
    try school.synchronize(laptop, with: root)
    let log = LogID(laptop.identity.unit, .answers)
    // Feeds of a device that may not write there, longer than those that count.
    for _ in 1...3 {
      let feed = try LogEngine(school: root.identity.school, log: log, storage: MemoryLog())
      let author = Author(
        key: stranger.workspace.key, incarnation: .random(), person: PersonID(high: 1, low: 1), shownUpTo: 0)
      for number: Int64 in 1...9 {
        _ = try feed.append(
          [Change(Desk.register(1), .integer(number))], by: author, continues: nil, secret: .random(),
          time: HybridTime(milliseconds: UInt64(number), counter: 0), wallMilliseconds: UInt64(number))
        try feed.deliver(order: UInt64(number)) { _, _ in Strand.Authority(.valid) }
      }
      let segment = try #require(try feed.segment(on: 0, after: 0, byteLimit: 1 << 20))
      _ = try root.workspace.store.write(wallMilliseconds: school.now()) { try $0.ingest(segment) }
    }
    let cut = try root.workspace.store.write(wallMilliseconds: school.now()) { try $0.receiptCut(of: log, limit: 2) }
    let own = try laptop.replica()
    #expect(cut.count == 2 && cut.places[log]?.contains { $0.replica == own } == true)
    #expect(
      try root.workspace.store.write(wallMilliseconds: school.now()) { try $0.receiptCut(of: log).count } == 4)
  }
}
