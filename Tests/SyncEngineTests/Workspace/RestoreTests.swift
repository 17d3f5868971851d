import Foundation
import SyncEngine
import SyncModel
import SyncTesting
import Testing

/// Laptops whose disk is set back (promises 2 and 6), on real files: with the machine's memory of them restored too and not,
/// noticed and unnoticed.
@Suite struct RestoreTests {
  let school: TestSchool
  let hub: Machine
  let laptop: Machine
  let campaign: Campaign
  let log: LogID

  init() throws {
    school = try TestSchool()
    let root = try school.found()
    _ = try root.at(school.now()).addUnit("school/cs", name: "计算机学院党总支", kind: .committee, type: nil)
    campaign = try school.publishSheet(by: root)
    let office = try school.enrol("school/cs", by: root, person: "张三")
    try school.synchronize(office, with: root)
    hub = Machine(school, root)
    laptop = Machine(school, office)
    log = LogID(office.identity.unit, .answers)
  }

  private func colleague() throws -> Machine {
    let office = try school.enrol("school/cs", by: hub.office, person: "李四", device: "二号机")
    let machine = Machine(school, office)
    #expect(try machine.sync(with: hub).inSync)
    return machine
  }

  /// Everybody ends alike, with what is expected of each item, and every chain holds.
  private func expect(_ machines: [Machine], _ expected: [String: Set<String>]) throws {
    for machine in machines {
      for (item, values) in expected { #expect(try machine.values(campaign, item) == values, "\(item)") }
      #expect(try machine.office.verify().ok)
      #expect(try machine.office.status().pending == 0)
    }
  }

  @Test(
    "a laptop set back that goes on working: what it had sent comes back, both values stand, what was replaced stays so",
    arguments: Machine.Extent.allCases)
  func goesOn(_ extent: Machine.Extent) throws {
    try laptop.score(campaign, "1.1", 100)
    try laptop.score(campaign, "1.2", 50)
    let image = try laptop.image()
    try laptop.score(campaign, "1.1", 200)
    try laptop.score(campaign, "1.2", 100)
    #expect(try laptop.sync(with: hub).inSync)

    let before = try laptop.office.replica()
    try laptop.setBack(to: image, extent)
    #expect(try laptop.office.workspace.isPastInDoubt() == extent.isNoticed)
    #expect(try laptop.score(campaign, "1.2", 150).newIncarnation == false, "told before the write, not by it")
    let isSame = try laptop.office.replica() == before
    #expect(isSame != extent.isNoticed)
    #expect(try laptop.sync(with: hub).inSync)
    // 1.1 had been 1 and was replaced knowingly by 2: the old disk does not bring it back.
    try expect([laptop, hub], ["1.1": ["2"], "1.2": ["1", "1.5"]])

    // Whoever was set back knows by now, and writes on under a name of its own; a value that was shown is replaced.
    try laptop.look()
    try laptop.score(campaign, "1.1", 300)
    #expect(try laptop.office.replica() != before)
    #expect(try laptop.sync(with: hub).inSync)
    try expect([laptop, hub], ["1.1": ["3"], "1.2": ["1", "1.5"]])
    #expect(try !laptop.office.workspace.settlePast(), "told once")
    let status = try laptop.office.status()
    #expect(status.renewals.count == 1)
    #expect(status.ownCopyConflicts == 1)
    #expect(try hub.office.conflicts().map(\.twoCopiesOf) == [laptop.office.identity.device])
    let line = try #require(try hub.office.devices().first { $0.device.id == laptop.office.identity.device })
    #expect(line.replicas.count == 2)
    #expect(line.replicas.last?.continues == before)
  }

  @Test(
    "un-sent entries lost with the disk come back later from a copy of them: concurrent, twice harmless (promise 4)",
    arguments: Machine.Extent.allCases)
  func lateSegments(_ extent: Machine.Extent) throws {
    try laptop.score(campaign, "1.1", 100)
    #expect(try laptop.sync(with: hub).inSync)
    let image = try laptop.image()
    try laptop.score(campaign, "1.1", 200)
    try laptop.score(campaign, "1.2", 100)
    let onStick = try laptop.ownSegments(of: log)

    try laptop.setBack(to: image, extent)
    try laptop.score(campaign, "1.1", 150)
    #expect(try laptop.sync(with: hub).inSync)
    try expect([laptop, hub], ["1.1": ["1.5"], "1.2": []])

    let other = try colleague()
    for _ in 1...2 {
      try other.take(onStick)
      #expect(try other.sync(with: hub).inSync)
      #expect(try laptop.sync(with: hub).inSync)
      try expect([laptop, hub, other], ["1.1": ["1.5", "2"], "1.2": ["1"]])
    }
    // And straight into the laptop that had lost them.
    try laptop.take(onStick)
    try laptop.score(campaign, "1.3", 100)
    for machine in [laptop, other] { #expect(try machine.sync(with: hub).inSync) }
    try expect([laptop, hub, other], ["1.1": ["1.5", "2"], "1.2": ["1"], "1.3": ["1"]])
  }

  @Test("two restores in a row from one image, with work and a sync after each", arguments: Machine.Extent.allCases)
  func twice(_ extent: Machine.Extent) throws {
    try laptop.score(campaign, "1.1", 100)
    #expect(try laptop.sync(with: hub).inSync)
    let image = try laptop.image()
    let other = try colleague()
    for value: Int64 in [50, 150] {
      try laptop.setBack(to: image, extent)
      try laptop.score(campaign, "1.2", value)
      #expect(try laptop.sync(with: hub).inSync)
      // A colleague who has seen it all builds on it.
      #expect(try other.sync(with: hub).inSync)
      try other.score(campaign, "1.\(value == 50 ? 3 : 4)", 100)
      #expect(try other.sync(with: hub).inSync)
    }
    #expect(try laptop.sync(with: hub).inSync)
    try expect(
      [laptop, hub, other], ["1.1": ["1"], "1.2": ["0.5", "1.5"], "1.3": ["1"], "1.4": ["1"]])
    let conflict = try #require(try other.office.conflicts().first)
    #expect(conflict.twoCopiesOf == laptop.office.identity.device)
    // A settlement that saw both replaces both, on every machine.
    _ = try other.now.resolve(conflict, value: .decimal(FixedDecimal(Score(hundredths: 150))), note: nil)
    for machine in [other, laptop] { #expect(try machine.sync(with: hub).inSync) }
    try expect([laptop, hub, other], ["1.2": ["1.5"]])
    #expect(try laptop.office.conflicts().isEmpty)
  }

  @Test("two people at one laptop are not two copies of it")
  func twoPeople() throws {
    try laptop.score(campaign, "1.1", 100)
    let other = laptop.now.at(school.now(), as: "王五")
    _ = try other.set(
      campaign, try other.item("1.1", of: campaign),
      fields: [.selfScore: .decimal(FixedDecimal(Score(hundredths: 50)))],
      unit: try other.unit("school/cs"), onBehalf: false, shownUpTo: 0)
    let conflict = try #require(try laptop.office.conflicts().first)
    #expect(conflict.twoCopiesOf == nil)
    #expect(try laptop.office.status().renewals.isEmpty)
  }

  @Test("the name of the database changes with the incarnation, at once for every process that has it open")
  func storeID() throws {
    let image = try laptop.image()
    try laptop.score(campaign, "1.1", 100)
    let first = try laptop.office.workspace.storeID()
    try laptop.setBack(to: image, .folder)
    let daemon = try Workspace(opening: laptop.folder, stateFolder: laptop.stateFolder)
    #expect(try daemon.storeID() == first)
    #expect(try laptop.office.workspace.settlePast())
    #expect(try daemon.storeID() != first)
    #expect(try daemon.storeID() == laptop.office.workspace.storeID())
    #expect(try !daemon.settlePast(), "settled once for all of them")
    let renewal = try #require(try daemon.renewals().first)
    #expect(renewal.reason == .copied)
    #expect(try renewal.replica == laptop.office.replica())
  }

  @Test("every acknowledged commit runs with synchronous=FULL (promise 3)")
  func durable() throws {
    #expect(try laptop.office.workspace.store.synchronousLevel == 2)
  }
}
