import SyncModel
import SyncTesting
import Testing

@testable import SyncEngine

/// The school's zone is what its founding entry says, on every replica, whatever came first (promises 1 and 10).
@Suite struct FoundingEntryTests {
  let school: TestSchool
  let log: LogID

  init() throws {
    school = try TestSchool()
    log = LogID(try #require(UnitPath("school")), .notices)
  }

  private func zone(_ minutes: Int) throws -> SchoolZone { try #require(SchoolZone(minutesEast: minutes)) }

  private func subject(of key: DeviceKey) -> SubjectID {
    let id = SchoolID(rootKey: key.publicKey, rehearsal: true)
    return SubjectID(high: id.high, low: id.low)
  }

  private func change(_ key: DeviceKey, _ field: Field, _ value: Value) -> Change {
    Change(RegisterName(.school, subject(of: key), field), value)
  }

  /// A workspace that begins with an entry of the root key which had seen nothing and says `changes`.
  private func open(_ key: DeviceKey, _ folder: String, saying changes: [Change]) throws -> Office {
    try Office.open(
      in: school.folder + "/" + folder, rootKey: key, path: log.unit, rehearsal: true,
      saying: changes + Office.description(of: DirectoryUnit(path: log.unit, name: "示例大学", kind: .school)), person: "甲",
      deviceName: "电脑", claimedMilliseconds: school.now(), stateFolder: school.stateFolder, keepsRootKey: false)
  }

  private func found(_ key: DeviceKey, _ folder: String, zone: Value?) throws -> Office {
    try open(
      key, folder,
      saying: [change(key, .schoolName, .text("示例大学"))] + (zone.map { [change(key, .schoolZone, $0)] } ?? []))
  }

  /// A word of the root key's in a workspace that has seen what stands there.
  private func say(_ changes: [Change], by key: DeviceKey, at office: Office) throws {
    try office.workspace.locked { transaction, _, _ in
      let person = try transaction.person(named: office.person)
      _ = try transaction.append(
        changes, to: log, by: Author(key: key, incarnation: .random(), person: person.id, shownUpTo: .max),
        continues: nil, secret: .random(), claimedMilliseconds: school.now())
    }
  }

  private func segments(of office: Office) throws -> [Segment] {
    try office.workspace.store.write(wallMilliseconds: 0) { transaction in
      let engine = try transaction.engine(for: log)
      return try engine.strands.indices.compactMap { try engine.segment(on: $0, after: 0, byteLimit: 1 << 20) }
    }
  }

  @Test(
    "a founding entry without a zone, or with nonsense for one, means +08:00; any other within bounds is its own"
  )
  func values() throws {
    let cases: [(value: Value?, minutes: Int)] = [
      (nil, 480), (.integer(0), 0), (.integer(-720), -720), (.integer(840), 840), (.integer(841), 480),
      (.integer(-721), 480), (.integer(.max), 480), (.integer(.min), 480), (.text("+09:00"), 480), (.nothing, 480),
      (.list([.integer(0)]), 480),
    ]
    for (number, (value, minutes)) in cases.enumerated() {
      let office = try found(DeviceKey(), "school-\(number)", zone: value)
      #expect(try office.zone().minutesEast == minutes, "\(value.debugDescription)")
    }
  }

  @Test("syncd's own founding writes the zone only where it differs, so that other schools' bytes stay as they were")
  func written() throws {
    for (minutes, isWritten) in [(480, false), (-300, true)] {
      let office = try Office.foundSchool(
        in: school.folder + "/founded\(minutes)", name: "示例大学", root: "school", rehearsal: true,
        zone: try zone(minutes),
        person: "甲", deviceName: "电脑", claimedMilliseconds: school.now(), stateFolder: school.stateFolder)
      let stands = try office.read { try $0.registers(log, kind: .school) }.map(\.name.field)
      #expect(stands == (isWritten ? [.schoolName, .schoolZone] : [.schoolName]))
      #expect(try office.zone().minutesEast == minutes)
    }
  }

  @Test("a founding entry whose zone a relay left out means +08:00 until the value comes")
  func owed() throws {
    let key = DeviceKey()
    let root = try found(key, "root", zone: .integer(-300))
    let founding = try #require(try segments(of: root).first)
    let invitation = try root.at(school.now()).invite(
      try root.unit("school"), roles: .reporter, hub: "", validMilliseconds: 86_400_000)
    let office = try Office.join(
      invitation, in: school.folder + "/reader", person: "乙", deviceName: "笔记本", claimedMilliseconds: school.now(),
      stateFolder: school.stateFolder)
    for (segment, minutes) in [(try founding.stripped { _, _ in true }, 480), (founding, -300)] {
      try office.workspace.store.write(wallMilliseconds: school.now()) { _ = try $0.ingest(segment) }
      #expect(try office.zone().minutesEast == minutes)
    }
  }

  @Test("later writes of the zone count for nothing, whoever makes them and in whatever order everything arrives")
  func permuted() throws {
    let key = DeviceKey()
    let root = try found(key, "root", zone: .integer(-300))
    // By an administrator's device, which supersedes the register; by the root key, with a name and without; by the
    // root key on a machine that had seen nothing, later and as a recovery does, which names no school.
    _ = try root.at(school.now()).write([change(key, .schoolZone, .integer(60))], to: log)
    try say([change(key, .schoolZone, .integer(120))], by: key, at: root)
    try say([change(key, .schoolName, .text("改名大学")), change(key, .schoolZone, .integer(180))], by: key, at: root)
    let later = try found(key, "later", zone: .integer(240))
    let recovered = try open(key, "recovered", saying: [change(key, .schoolZone, .integer(300))])
    let all = try segments(of: root) + segments(of: later) + segments(of: recovered)
    try #require(all.count == 6)
    #expect(try root.zone().minutesEast == -300)
    let invitation = try root.at(school.now()).invite(
      try root.unit("school"), roles: .reporter, hub: "", validMilliseconds: 86_400_000)
    var generator = SeededGenerator(seed: 28)
    for round in 0..<24 {
      let office = try Office.join(
        invitation, in: school.folder + "/reader-\(round)", person: "乙", deviceName: "笔记本",
        claimedMilliseconds: school.now(), stateFolder: school.stateFolder)
      #expect(try office.zone() == .standard, "before anything is known")
      var order = all.shuffled(using: &generator)
      // The founding entry first, and last, for certain.
      if round < 2, let founding = order.firstIndex(of: all[0]) {
        order.insert(order.remove(at: founding), at: round == 0 ? 0 : order.count)
      }
      var zones: [Int] = []
      for segment in order {
        try office.workspace.store.write(wallMilliseconds: school.now()) { _ = try $0.ingest(segment) }
        zones.append(try office.zone().minutesEast)
      }
      #expect(zones.last == -300, "round \(round): \(zones)")
      #expect(try office.directory() == root.readAfter(all, at: school.now()), "round \(round)")
    }
  }
}

extension Office {
  /// The directory once `segments` are here as well.
  fileprivate func readAfter(_ segments: [Segment], at milliseconds: UInt64) throws -> Directory {
    try workspace.store.write(wallMilliseconds: milliseconds) { transaction in
      for segment in segments { _ = try transaction.ingest(segment) }
    }
    return try directory()
  }
}
