import Foundation
import SyncEngine
import SyncModel
import SyncTesting
import Testing

/// Copies of one disk that both go on working (promises 1, 2 and 6).
@Suite struct CloneTests {
  let school: TestSchool
  let hub: Machine
  /// Another hub of the school, which exchanges with the first now and then.
  let secondHub: Machine
  let laptop: Machine
  let third: Machine
  let campaign: Campaign

  init() throws {
    school = try TestSchool()
    let root = try school.found()
    _ = try root.at(school.now()).addUnit("school/cs", name: "计算机学院党总支", kind: .committee, type: nil)
    campaign = try school.publishSheet(by: root)
    var offices: [Office] = []
    for (unit, roles, person) in [
      ("school", Roles.all, "组织员"), ("school/cs", .reporter, "张三"), ("school/cs", .reporter, "李四"),
    ] {
      offices.append(try school.enrol(unit, by: root, roles: roles, person: person, device: person + "的电脑"))
    }
    hub = Machine(school, root)
    secondHub = Machine(school, offices[0])
    laptop = Machine(school, offices[1])
    third = Machine(school, offices[2])
    // All were enrolled one after another: everybody learns of everybody.
    for machine in [secondHub, laptop, third] { _ = try machine.sync(with: hub) }
  }

  private func expect(_ machines: [Machine], _ expected: [String: Set<String>]) throws {
    for machine in machines {
      for (item, values) in expected { #expect(try machine.values(campaign, item) == values, "\(item)") }
      #expect(try machine.office.verify().ok)
      #expect(try machine.office.status().pending == 0)
    }
  }

  private func synced(_ machine: Machine, with hub: Machine) throws {
    let outcome = try machine.sync(with: hub)
    #expect(outcome.inSync)
  }

  @Test("a copied folder and its original work on and sync in turn: two replicas, two databases, both values")
  func alternately() throws {
    try laptop.score(campaign, "1.1", 100)
    #expect(try laptop.sync(with: hub).inSync)
    let copy = try laptop.copy(to: "copy")
    try copy.score(campaign, "1.2", 50)
    try laptop.score(campaign, "1.2", 150)
    #expect(try copy.office.replica() != laptop.office.replica())
    #expect(try copy.office.workspace.storeID() != laptop.office.workspace.storeID())
    for machine in [copy, laptop, copy, laptop] {
      #expect(try machine.sync(with: hub).inSync)
    }
    try expect([copy, laptop, hub], ["1.1": ["1"], "1.2": ["0.5", "1.5"]])
    // Once shown both, either may replace them, and the other sees it.
    try copy.look()
    try copy.score(campaign, "1.2", 200)
    for machine in [copy, laptop] { #expect(try machine.sync(with: hub).inSync) }
    try expect([copy, laptop, hub], ["1.2": ["2"]])
    #expect(try laptop.sync(with: hub).roundTrips == 1, "in step again")
    #expect(try copy.sync(with: hub).roundTrips == 1)
    #expect(try laptop.office.workspace.renewals().isEmpty, "the original never moved")
  }

  @Test("what one copy sent reaches the other by its place, though they once were one database")
  func ownEntriesOfTheOther() throws {
    let copy = try laptop.copy(to: "copy")
    #expect(try copy.sync(with: hub).inSync)
    try laptop.score(campaign, "1.1", 100)
    #expect(try laptop.sync(with: hub).inSync)
    let outcome = try copy.sync(with: hub)
    // The hub does not take it for the copy's own and hold it back.
    #expect(outcome.inSync && outcome.received == 1 && outcome.roundTrips == 1)
  }

  /// Two machines that nothing tells apart, marker, path, inode and all, with a hub each and a third laptop that builds on
  /// one of them.
  @Test(
    "identical machines go separate ways through hubs that meet later, a third laptop cites one: all converge",
    arguments: [true, false])
  func identicalMachines(_ hubsMeetFirst: Bool) throws {
    try laptop.score(campaign, "1.1", 100)
    #expect(try laptop.sync(with: hub).inSync)
    #expect(try secondHub.sync(with: hub).inSync)
    var (left, right) = (try laptop.image(), try laptop.image())
    let replica = try laptop.office.replica()

    for round: Int64 in 1...2 {
      try laptop.run(&left) { machine in
        try machine.score(campaign, "1.2", 50 * round)
        #expect(try machine.sync(with: hub).inSync)
      }
      try laptop.run(&right) { machine in
        try machine.score(campaign, "1.2", 150 + round)
        try machine.score(campaign, "1.3", 100 * round)
        #expect(try machine.sync(with: secondHub).inSync)
      }
      // The third laptop sees only the right one's values and replaces one of them knowingly.
      #expect(try third.sync(with: secondHub).inSync)
      try third.look()
      try third.score(campaign, "1.3", 250)
      #expect(try third.sync(with: secondHub).inSync)
    }
    if hubsMeetFirst { #expect(try secondHub.sync(with: hub).inSync) }
    try laptop.run(&left) { try synced($0, with: secondHub) }
    try laptop.run(&right) { try synced($0, with: hub) }
    for _ in 1...2 { #expect(try secondHub.sync(with: hub).inSync) }
    #expect(try third.sync(with: hub).inSync)

    // Round 2 of each replaced its own of round 1, knowingly; what the third replaced does not come back.
    let expected: [String: Set<String>] = ["1.1": ["1"], "1.2": ["1", "1.52"], "1.3": ["2.5"]]
    try laptop.run(&left) {
      try synced($0, with: hub); try expect([$0], expected)
    }
    try laptop.run(&right) {
      try synced($0, with: secondHub); try expect([$0], expected)
    }
    try expect([hub, secondHub, third], expected)
    #expect(try hub.office.conflicts().map(\.twoCopiesOf) == [laptop.office.identity.device])

    // Each has met the other's entries under its own name: from now on both have names of their own.
    var names: Set<ReplicaID> = [replica]
    try laptop.run(&left) {
      try $0.score(campaign, "1.4", 50)
      names.insert(try $0.office.replica())
      #expect(try $0.sync(with: hub).inSync)
    }
    try laptop.run(&right) {
      try $0.score(campaign, "1.4", 100)
      names.insert(try $0.office.replica())
      #expect(try $0.sync(with: hub).inSync)
    }
    #expect(names.count == 3)
    #expect(try hub.values(campaign, "1.4") == ["0.5", "1"])
  }

  @Test("a copy that is set back itself, while the original goes on, stays a third replica")
  func copySetBack() throws {
    try laptop.score(campaign, "1.1", 100)
    let copy = try laptop.copy(to: "copy")
    try copy.score(campaign, "1.2", 50)
    let image = try copy.image()
    try copy.score(campaign, "1.2", 100)
    #expect(try copy.sync(with: hub).inSync)
    try copy.setBack(to: image, .folderAndMarker)
    try copy.score(campaign, "1.2", 150)
    try laptop.score(campaign, "1.2", 200)
    for machine in [copy, laptop, copy] { #expect(try machine.sync(with: hub).inSync) }
    // 0.5 was replaced by both that had it.
    try expect([copy, laptop, hub], ["1.1": ["1"], "1.2": ["1", "1.5", "2"]])
    let line = try #require(try hub.office.devices().first { $0.device.id == laptop.office.identity.device })
    #expect(line.replicas.count == 3)
  }
}
