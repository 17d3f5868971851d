import Foundation
import SyncModel
import SyncTesting
import Testing

@testable import SyncEngine

/// Whose word for an author's name is heard: that of the device which wrote the entry, and nobody else's (promises 1, 5 and 11).
@Suite("what authors are called")
struct PersonNameTests {
  let school: TestSchool
  let root: Office
  let campaign: Campaign
  let log: LogID

  init() throws {
    school = try TestSchool()
    root = try school.found()
    _ = try root.at(school.now()).addUnit("school/cs", name: "计算机学院党总支", kind: .committee, type: nil)
    campaign = try school.publishSheet(by: root)
    log = LogID(try root.unit("school/cs").path, .answers)
  }

  private func laptop(_ person: String, _ unit: String = "school/cs", _ roles: Roles = .reporter) throws -> Office {
    let office = try school.enrol(unit, by: root, roles: roles, person: person, device: "\(person)的电脑")
    try school.synchronize(office, with: root)
    return office
  }

  private func score(_ office: Office, _ item: String, _ hundredths: Int64 = 100) throws {
    _ = try office.at(school.now()).set(
      campaign, try office.item(item, of: campaign),
      fields: [.selfScore: .decimal(FixedDecimal(Score(hundredths: hundredths)))],
      unit: try office.unit("school/cs"), onBehalf: office.identity.unit != log.unit)
  }

  /// The workspace's own id for somebody.
  private func id(of name: String, at office: Office) throws -> PersonID {
    try office.workspace.store.write(wallMilliseconds: 0) { try $0.person(named: name).id }
  }

  private static func naming(_ person: PersonID, _ name: String) -> Change {
    Change(RegisterName(.person, SubjectID(person), .personName), .text(name))
  }

  /// Authors by item, as `show` and `log` have them.
  private func authors(_ office: Office) throws -> [String: PersonName] {
    let entries = try office.history(of: try office.unit("school/cs")).entries
    return entries.reduce(into: [:]) { found, entry in
      for change in entry.changes { found[change.item?.id ?? ""] = entry.origin.name }
    }
  }

  /// How often a device wrote a name for somebody.
  private func namings(of person: PersonID, by office: Office, at reader: Office) throws -> Int {
    try reader.workspace.store.read { snapshot in
      guard let row = try snapshot.rowID(of: log),
        let register = try snapshot.storage(row: row).storedRegisterID(
          RegisterName(.person, SubjectID(person), .personName))
      else { return 0 }
      let strands = try snapshot.strands(of: log)
      return try snapshot.storage(row: row).history(of: register).count {
        strands[Int($0.dot.strand)].deviceKey == office.identity.deviceKey
      }
    }
  }

  @Test("a colleague, and a reviewer above, who write another name over somebody's id rename nobody")
  func renamed() throws {
    let (zhang, li) = (try laptop("张三"), try laptop("李四"))
    try score(zhang, "1.1")
    try school.synchronize(zhang, with: root)
    try school.synchronize(li, with: root)
    let person = try id(of: "张三", at: zhang)
    try li.at(school.now()).workspace.write(
      [Self.naming(person, "王五")], to: log, as: "李四", claimedMilliseconds: school.now(), shownUpTo: .max)
    try school.synchronize(li, with: root)
    try root.workspace.write(
      [Self.naming(person, "王五")], to: log, as: "甲", claimedMilliseconds: school.now(), shownUpTo: .max)
    try school.synchronize(zhang, with: root)
    try score(zhang, "1.2")
    try school.synchronize(zhang, with: root)
    try school.synchronize(li, with: root)
    for office in [zhang, li, root] {
      // What stands in the register is what was written last; it is just not asked.
      let stands = try office.workspace.store.read {
        try $0.register(log, RegisterName(.person, SubjectID(person), .personName))?.values
      }
      #expect(stands == [.text("王五")])
      let authors = try authors(office)
      #expect(authors["1.1"] == .known("张三") && authors["1.2"] == .known("张三"))
      #expect(try office.deviceUses()[zhang.identity.device]?.people == ["张三"])
    }
    #expect(try namings(of: person, by: zhang, at: root) == 1, "its own word stands: there is nothing to write again")
  }

  @Test("the id that a colleague's device uses for itself is another person")
  func sharedID() throws {
    let (zhang, li) = (try laptop("张三"), try laptop("李四"))
    try score(zhang, "1.1")
    try school.synchronize(zhang, with: root)
    try school.synchronize(li, with: root)
    // 李四's laptop takes 张三's id for its own.
    let person = try id(of: "张三", at: zhang)
    try li.workspace.store.write(wallMilliseconds: 0) { transaction in
      _ = try transaction.person(named: "李四")
      try transaction.connection.run("UPDATE person SET id = ? WHERE name = ?", [.blob(person.bytes), .text("李四")])
    }
    try score(li, "1.2")
    try school.synchronize(li, with: root)
    try school.synchronize(zhang, with: root)
    for office in [zhang, li, root] {
      let authors = try authors(office)
      #expect(authors["1.1"] == .known("张三") && authors["1.2"] == .known("李四"))
    }
  }

  @Test("a name that others wrote before the device did is not taken for its own: it still writes it")
  func writtenFirstByAnother() throws {
    let (zhang, li) = (try laptop("张三"), try laptop("李四"))
    let person = try id(of: "张三", at: zhang)
    try li.workspace.write(
      [Self.naming(person, "王五")], to: log, as: "李四", claimedMilliseconds: school.now(), shownUpTo: .max)
    try school.synchronize(li, with: root)
    try school.synchronize(zhang, with: root)
    try score(zhang, "1.1")
    try school.synchronize(zhang, with: root)
    #expect(try namings(of: person, by: zhang, at: root) == 1)
    for office in [zhang, root] { #expect(try authors(office)["1.1"] == .known("张三")) }
  }

  @Test(
    "a folder that was set back goes on as the same device: its people keep their names, and nothing is written twice")
  func restored() throws {
    let laptop = Machine(school, try laptop("张三"))
    let li = try self.laptop("李四")
    try score(laptop.now, "1.1")
    try school.synchronize(laptop.office, with: root)
    let image = try laptop.image()
    try score(laptop.now, "1.2")
    try school.synchronize(laptop.office, with: root)
    try school.synchronize(li, with: root)
    let person = try id(of: "张三", at: laptop.office)
    try li.workspace.write(
      [Self.naming(person, "王五")], to: log, as: "李四", claimedMilliseconds: school.now(), shownUpTo: .max)
    try school.synchronize(li, with: root)
    try laptop.setBack(to: image, .folder)
    try score(laptop.now, "2.1")
    try school.synchronize(laptop.office, with: root)
    let strands = try root.workspace.store.read { try $0.strands(of: log) }
    #expect(strands.count { $0.deviceKey == laptop.office.identity.deviceKey } == 2, "another incarnation")
    for office in [laptop.office, root] {
      let authors = try authors(office)
      #expect(["1.1", "1.2", "2.1"].allSatisfy { authors[$0] == .known("张三") }, "\(authors)")
    }
    #expect(try namings(of: person, by: laptop.office, at: root) == 1)
  }

  /// Another program at one device's key: feeds, incarnations and twins of its own making.
  private final class Writer {
    let key: DeviceKey
    let engine: LogEngine<MemoryLog>
    let incarnation: Incarnation

    init(_ office: Office, _ log: LogID, incarnation: UInt64, storage: MemoryLog = MemoryLog()) throws {
      key = office.workspace.key
      engine = try LogEngine(school: office.identity.school, log: log, storage: storage)
      self.incarnation = Incarnation(high: 7, low: incarnation)
    }

    /// A twin that knows nothing of this one from here on.
    func twin(_ office: Office) throws -> Writer {
      try engine.flush()
      return try Writer(office, engine.log, incarnation: incarnation.low, storage: engine.storage.copy())
    }

    func write(_ changes: [Change], as person: PersonID, at milliseconds: UInt64) throws {
      _ = try engine.append(
        changes, by: Author(key: key, incarnation: incarnation, person: person, shownUpTo: .max), continues: nil,
        secret: .random(), time: HybridTime(milliseconds: milliseconds, counter: 0), wallMilliseconds: milliseconds)
      try engine.deliver(order: 1) { _, _ in Strand.Authority(.valid, validThrough: .max, dependableThrough: .max) }
      try engine.flush()
    }

    var segment: Segment {
      get throws {
        try engine.flush()
        return try #require(try engine.segment(on: 0, after: 0, byteLimit: 1 << 20))
      }
    }
  }

  private static func permutations<Element>(_ elements: [Element]) -> [[Element]] {
    if elements.count < 2 { return [elements] }
    return elements.indices.flatMap { index in
      var rest = elements
      let first = rest.remove(at: index)
      return permutations(rest).map { [first] + $0 }
    }
  }

  private func answer(_ ordinal: UInt32, _ value: Int64 = 1) -> Change {
    Change(Campaign.register(campaign.id, slot: 1, item: ordinal, .remark), .text("第\(value)次"))
  }

  @Test(
    "two incarnations, a twin and a colleague name one id in any order of arrival: one name, that of the device's latest word"
  )
  func permuted() throws {
    let (zhang, li) = (try laptop("张三"), try laptop("李四"))
    let (person, start) = (PersonID.random(), school.now())
    let first = try Writer(zhang, log, incarnation: 1)
    try first.write([Self.naming(person, "张三"), answer(1)], as: person, at: start)
    let twin = try first.twin(zhang)
    try first.write([answer(2)], as: person, at: start + 1000)
    // The latest word of the device, by a branch of its feed.
    try twin.write([Self.naming(person, "张三（乙机）"), answer(3)], as: person, at: start + 9000)
    let second = try Writer(zhang, log, incarnation: 2)
    try second.write([Self.naming(person, "张山"), answer(4)], as: person, at: start + 5000)
    // Later than everything, in everybody's sight, and nobody's business.
    let foreign = try Writer(li, log, incarnation: 3)
    try foreign.write([Self.naming(person, "王五"), answer(5)], as: .random(), at: start + 20_000)
    let segments = try [first, twin, second, foreign].map { try $0.segment }
    var readers: [Office] = []
    for order in Self.permutations(segments) {
      let reader = try school.enrol("school", by: root, roles: .all, person: "组织员", device: "阅览\(readers.count)")
      try school.synchronize(reader, with: root)
      for segment in order {
        _ = try reader.workspace.store.write(wallMilliseconds: start + 30_000) { try $0.ingest(segment) }
      }
      readers.append(reader)
      let names = try reader.history(of: try reader.unit("school/cs")).entries.map(\.origin)
        .filter { $0.device == zhang.identity.device }.map(\.name)
      #expect(names == Array(repeating: .known("张三（乙机）"), count: 4), "\(names)")
    }
    #expect(readers.count == 24)
  }

  @Test("of two words at one instant every replica takes the same, by the order of showing")
  func sameInstant() throws {
    let zhang = try laptop("张三")
    let (person, start) = (PersonID.random(), school.now())
    let writers = try (1...3).map { try Writer(zhang, log, incarnation: $0) }
    for (number, writer) in writers.enumerated() {
      try writer.write([Self.naming(person, "名\(number)"), answer(UInt32(number + 1))], as: person, at: start)
    }
    let replicas = writers.map {
      ReplicaID(school: root.identity.school, deviceKey: zhang.identity.deviceKey, incarnation: $0.incarnation)
    }
    let first = try #require(replicas.indices.min { replicas[$0] < replicas[$1] })
    for order in Self.permutations(try writers.map { try $0.segment }) {
      let reader = try school.enrol("school", by: root, roles: .all, person: "组织员", device: "阅览")
      try school.synchronize(reader, with: root)
      for segment in order {
        _ = try reader.workspace.store.write(wallMilliseconds: start + 30_000) { try $0.ingest(segment) }
      }
      let names = Set(try reader.history(of: try reader.unit("school/cs")).entries.map(\.origin.name))
      #expect(names == [.known("名\(first)")])
    }
  }

  @Test("a redacted name reads 依规删除 on every replica, and is not written again")
  func redacted() throws {
    let zhang = try laptop("张三")
    try score(zhang, "1.1")
    let person = try id(of: "张三", at: zhang)
    let target = try zhang.workspace.store.read { snapshot in
      let row = try #require(try snapshot.rowID(of: log))
      let storage = snapshot.storage(row: row)
      let register = try #require(
        try storage.storedRegisterID(RegisterName(.person, SubjectID(person), .personName)))
      let change = try #require(try storage.history(of: register).first)
      let origin = try #require(try snapshot.origin(log, of: change.dot))
      return RedactionTarget(
        log: log, place: FeedPlace(replica: origin.replica, seq: origin.seq, hash: origin.hash), change: change.change)
    }
    try zhang.workspace.write(
      target.changes(reason: "误填"), to: log, as: "张三", claimedMilliseconds: school.now())
    try score(zhang, "1.2")
    try school.synchronize(zhang, with: root)
    for office in [zhang, root] {
      let authors = try authors(office)
      #expect(authors["1.1"] == .redacted && authors["1.2"] == .redacted, "\(authors)")
    }
    #expect(try namings(of: person, by: zhang, at: root) == 1)
  }

  @Test("the founding and the recovering device name their people beside the root key, each for itself")
  func recovered() throws {
    let notices = LogID(root.identity.rootUnit, .notices)
    let second = try laptop("丙", "school", .all)
    let fresh = try Office.recoverSchool(
      in: school.folder + "/fresh", rootSeed: try #require(try root.workspace.rootSeed), root: "school",
      rehearsal: true,
      person: "丁", deviceName: "新电脑", claimedMilliseconds: school.now(), stateFolder: school.stateFolder)
    try school.synchronize(second, with: root)
    try school.synchronize(second, with: fresh)
    try school.synchronize(second, with: root)
    for (office, path) in [(fresh, "school/ee"), (second, "school/math")] {
      _ = try office.at(school.now()).addUnit(path, name: path, kind: .committee, type: nil)
      try school.synchronize(second, with: fresh)
      try school.synchronize(second, with: root)
    }
    // Somebody with every role writes over what the root key and the founding device call their people.
    let persons = try [(root, "甲"), (fresh, "丁")].map { try id(of: $1, at: $0) }
    try second.workspace.write(
      persons.map { Self.naming($0, "王五") }, to: notices, as: "丙", claimedMilliseconds: school.now(), shownUpTo: .max)
    for office in [root, fresh] { try school.synchronize(second, with: office) }
    let expected: Set<[String]> = [
      ["root", "甲"], ["root", "丁"], ["组织部电脑", "甲"], ["丙的电脑", "丙"], ["新电脑", "丁"],
    ]
    for office in [root, second, fresh] {
      let found = try office.workspace.store.read { snapshot in
        let rootKey = DeviceID(key: office.identity.rootKey)
        return Set(
          try snapshot.strands(of: notices).indices.flatMap { strand in
            try stride(from: 1, through: try snapshot.strands(of: notices)[strand].applied, by: 1).map { seq in
              let origin = try #require(try snapshot.origin(notices, of: Dot(strand: strand, seq: seq)))
              return [origin.device == rootKey ? "root" : origin.deviceName, origin.personName ?? "?"]
            }
          })
      }
      #expect(found == expected, "\(found)")
    }
  }

  @Test("a reason that somebody else writes under a redaction is not shown as the redactor's")
  func reason() throws {
    let (zhang, li) = (try laptop("张三"), try laptop("李四"))
    _ = try zhang.at(school.now()).set(
      campaign, try zhang.item("1.1", of: campaign), fields: [.remark: .text("写错的")],
      unit: try zhang.ownUnit(), onBehalf: false)
    let values = try zhang.recorded(
      campaign, try zhang.item("1.1", of: campaign), unit: try zhang.ownUnit()
    ).values
    _ = try zhang.at(school.now()).redact(values, of: try zhang.ownUnit(), reason: "误填")
    try school.synchronize(zhang, with: root)
    try school.synchronize(li, with: root)
    let subject = try #require(values.first?.targets.first?.subject)
    try li.workspace.write(
      [Change(RegisterName(.redaction, subject, .redactionReason), .text("销毁证据"))], to: log, as: "李四",
      claimedMilliseconds: school.now(), shownUpTo: .max)
    try school.synchronize(li, with: root)
    let sheet = try root.sheet(campaign, unit: try root.unit("school/cs"))
    let register = try #require(sheet.parts[0].registers.values.compactMap { $0[.remark] }.first)
    let version = try #require(try root.versions(of: [register]).first?.first)
    guard case .redacted(let redaction?)? = version.absence else {
      Issue.record("\(version)")
      return
    }
    #expect(redaction.author.origin.personName == "张三" && redaction.reason == "误填")
  }

  @Test("a device that was named anew keeps what it was called beside its name, on every replica")
  func formerNames() throws {
    let zhang = try laptop("张三")
    let admin = try laptop("王五", "school/cs", [.admin, .reporter])
    try score(zhang, "1.1")
    try school.synchronize(zhang, with: root)
    try school.synchronize(admin, with: root)
    #expect(try root.deviceUses()[zhang.identity.device]?.formerNames == [])
    try admin.workspace.write(
      [Change(RegisterName(.device, SubjectID(zhang.identity.device), .deviceName), .text("李四的电脑"))],
      to: LogID(log.unit, .notices), as: "王五", claimedMilliseconds: school.now(), shownUpTo: .max)
    for office in [admin, zhang] { try school.synchronize(office, with: root) }
    for office in [root, admin, zhang] {
      let origin = try #require(try office.history(of: try office.unit("school/cs")).entries.first?.origin)
      #expect(origin.deviceName == "李四的电脑" && origin.formerNames == ["张三的电脑"], "\(origin)")
      #expect(try office.deviceUses()[zhang.identity.device]?.formerNames == ["张三的电脑"])
    }
  }
}
