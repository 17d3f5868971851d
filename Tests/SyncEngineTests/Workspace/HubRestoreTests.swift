import Foundation
import SyncEngine
import SyncModel
import SyncTesting
import Testing

/// Hubs set back to an earlier state while their clients went on (promises 3 and 6).
@Suite struct HubRestoreTests {
  let school: TestSchool
  let hub: Machine
  let laptops: [Machine]
  let campaign: Campaign

  init() throws {
    school = try TestSchool()
    let root = try school.found()
    _ = try root.at(school.now()).addUnit("school/cs", name: "计算机学院党总支", kind: .committee, type: nil)
    campaign = try school.publishSheet(by: root)
    hub = Machine(school, root)
    laptops = try ["张三", "李四"].map { [school] person in
      Machine(school, try school.enrol("school/cs", by: root, person: person, device: person + "的电脑"))
    }
    for laptop in laptops { _ = try laptop.sync(with: hub) }
  }

  @Test(
    "a hub set back is refilled by its clients, its own later entries included; nothing acknowledged is lost",
    arguments: Machine.Extent.allCases)
  func refilled(_ extent: Machine.Extent) throws {
    try laptops[0].score(campaign, "1.1", 100)
    for laptop in laptops { #expect(try laptop.sync(with: hub).inSync) }
    let image = try hub.image()
    let store = try hub.office.workspace.storeID()

    // Everybody goes on: answers, and what the hub itself wrote, a unit and a device's enrolment.
    try laptops[0].score(campaign, "1.2", 100)
    try laptops[1].score(campaign, "1.3", 100)
    _ = try hub.now.addUnit("school/cs/b1", name: "教师一支部", kind: .branch, type: .teachers)
    for laptop in laptops + laptops { #expect(try laptop.sync(with: hub).inSync) }
    let late = Machine(school, try school.enrol("school/cs", by: hub.office, person: "王五", device: "王五的电脑"))
    #expect(try late.sync(with: hub).inSync)
    try late.score(campaign, "1.4", 100)
    #expect(try late.sync(with: hub).inSync)
    #expect(try laptops[0].sync(with: hub).inSync)
    #expect(try laptops[0].office.unsentEntries() == 0)

    try hub.setBack(to: image, extent)
    #expect(try hub.office.directory().units.count == 2)
    if !extent.isNoticed {
      // Nothing on it can tell, but its clients remember more: they exchange nothing until somebody says what happened.
      #expect(throws: SessionError.peerSetBack()) { try laptops[0].sync(with: hub) }
      try hub.office.workspace.announceRestore()
    }
    if extent.isNoticed {
      // It only serves, and still says that its past is not what its clients remember.
      #expect(try laptops[0].sync(with: hub, stopAfter: 1).inSync == false)
      #expect(try hub.office.workspace.storeID() != store)
      #expect(try laptops[0].office.unsentEntries() > 0, "what the hub had acknowledged counts as un-sent again")
    }
    // Busy: the hub writes before it has been refilled.
    _ = try hub.now.addUnit("school/ee", name: "电子工程学院党总支", kind: .committee, type: nil)
    try laptops[1].score(campaign, "1.5", 100)
    for machine in laptops + [late] + laptops { #expect(try machine.sync(with: hub).inSync) }
    #expect(try late.sync(with: hub).inSync)

    for machine in laptops + [late, hub] {
      for item in ["1.1", "1.2", "1.3", "1.4", "1.5"] { #expect(try machine.values(campaign, item) == ["1"]) }
      #expect(try machine.office.verify().ok)
      #expect(try machine.office.status().pending == 0)
      #expect(try machine.office.unsentEntries() == 0)
    }
    let units = try hub.office.directory().units.keys.map(\.description).sorted()
    #expect(units == ["school", "school/cs", "school/cs/b1", "school/ee"])
    #expect(try hub.office.directory().devices.count == 4)
    // Nothing that the hub wrote twice from one place stands alone: its next entry is under a name of its own.
    _ = try hub.now.addUnit("school/mm", name: "数学学院党总支", kind: .committee, type: nil)
    #expect(try hub.office.verify().ok)
    for laptop in laptops { #expect(try laptop.sync(with: hub).inSync) }
  }

  @Test("a hub on a machine that was set back as a whole says so when told to, and is refilled in full")
  func announced() throws {
    let image = try hub.image()
    try laptops[0].score(campaign, "1.1", 100)
    #expect(try laptops[0].sync(with: hub).inSync)
    try hub.setBack(to: image, .wholeMachine)
    #expect(try !hub.office.workspace.settlePast(), "nothing can tell")
    let store = try hub.office.workspace.storeID()
    try hub.office.workspace.announceRestore()
    #expect(try hub.office.workspace.storeID() != store)
    #expect(try hub.office.workspace.renewals().map(\.reason) == [.announced])
    #expect(try laptops[0].sync(with: hub).inSync)
    #expect(try hub.values(campaign, "1.1") == ["1"])
  }

  @Test("a hub that is reached at another address is not taken for one that was set back; one that was, is")
  func otherAddress() throws {
    let image = try hub.image()
    try laptops[0].score(campaign, "1.1", 100)
    try laptops[1].score(campaign, "1.2", 100)
    for laptop in laptops { #expect(try laptop.sync(with: hub).inSync) }
    #expect(try school.synchronize(laptops[0].office, with: hub.office, address: "test://moved").inSync)
    try hub.setBack(to: image, .wholeMachine)
    #expect(throws: SessionError.peerSetBack()) {
      try school.synchronize(laptops[1].office, with: hub.office, address: "test://moved")
    }
  }

  @Test("a middle hub set back between branches and school: what it had passed up comes down again")
  func middle() throws {
    _ = try hub.now.addUnit("school/cs/b1", name: "教师一支部", kind: .branch, type: .teachers)
    let middle = Machine(
      school, try school.enrol("school/cs", by: hub.office, roles: [.admin, .reporter], person: "赵六", device: "学院主机"))
    #expect(try middle.sync(with: hub).inSync)
    let image = try middle.image()
    let branch = Machine(school, try school.enrol("school/cs/b1", by: middle.office, person: "孙七", device: "支部电脑"))
    #expect(try branch.sync(with: middle).inSync)
    try middle.score(campaign, "1.1", 100)
    #expect(try middle.sync(with: hub).inSync)

    try middle.setBack(to: image, .folder)
    #expect(try middle.sync(with: hub).inSync)
    #expect(try middle.values(campaign, "1.1") == ["1"], "its own answers come back from above")
    #expect(try branch.sync(with: middle).inSync)
    #expect(try branch.sync(with: middle).roundTrips == 1)
    for machine in [middle, branch, hub] { #expect(try machine.office.verify().ok) }
    #expect(try branch.office.status().enrolled)
  }
}
