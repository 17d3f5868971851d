import Foundation
import SyncEngine
import SyncModel
import SyncTesting
import Testing

/// Redactions over real stores: who may, how they travel, and what is left in the files.
@Suite("redactions between stores")
struct RedactionSyncTests {
  let school: TestSchool
  let root: Office
  let campaign: Campaign
  /// Long enough to be found wherever it lies.
  static let secret = "身份证一一〇一〇五一九四九一二三一〇〇二X"

  init() throws {
    school = try TestSchool()
    root = try school.found()
    _ = try root.at(school.now()).addUnit("school/cs", name: "计算机学院党总支", kind: .committee, type: nil)
    _ = try root.at(school.now()).addUnit("school/ee", name: "电子学院党总支", kind: .committee, type: nil)
    campaign = try school.publishSheet(by: root)
  }

  private func laptop(_ unit: String = "school/cs", person: String = "张三", roles: Roles = .reporter) throws -> Office {
    let office = try school.enrol(unit, by: root, roles: roles, person: person, device: "\(person)的电脑")
    try school.synchronize(office, with: root)
    return office
  }

  private func remark(_ office: Office, _ text: String, item: String = "1.1") throws {
    _ = try office.at(school.now()).set(
      campaign, try office.item(item, of: campaign), fields: [.remark: .text(text)],
      unit: try office.ownUnit(), onBehalf: false)
    try office.workspace.endCommand(of: office.person)
  }

  private func recorded(_ office: Office, item: String = "1.1") throws -> [RecordedValue] {
    try office.recorded(campaign, try office.item(item, of: campaign), unit: try office.unit("school/cs")).values
  }

  private func redact(_ office: Office, containing text: String = secret, item: String = "1.1") throws {
    let chosen = try recorded(office, item: item).filter { $0.value.plainText.contains(text) }
    #expect(!chosen.isEmpty)
    _ = try office.at(school.now()).redact(chosen, of: try office.unit("school/cs"), reason: "误填")
  }

  private func register(_ office: Office, item: String = "1.1") throws -> Register {
    let sheet = try office.sheet(campaign, unit: try office.unit("school/cs"))
    return try #require(sheet.parts[0].registers[try office.item(item, of: campaign).item.ordinal]?[.remark])
  }

  /// The database with its write-ahead log, as somebody finds them who carries the disk away.
  private func files(_ office: Office) throws -> [UInt8] {
    try ["workspace.db", "workspace.db-wal"].flatMap { name in
      [UInt8](try Data(contentsOf: URL(fileURLWithPath: office.workspace.folder + "/" + name)))
    }
  }

  private func onDisk(_ office: Office, _ text: String = secret) throws -> Bool {
    Data(try files(office)).range(of: Data(text.utf8)) != nil
  }

  private func agree(_ offices: Office...) throws {
    for office in offices {
      #expect(try office.verify().ok)
      #expect(try office.status().owed == 0)
    }
  }

  @Test(
    "a unit's redaction reaches every replica that syncs: the value is in no file, the chains verify (promises 1, 5)")
  func travels() throws {
    let (one, two) = (try laptop(), try laptop(person: "李四"))
    try remark(one, "开展学习，\(Self.secret)")
    // Replaced since, and in the log all the same; the third value stays.
    try remark(one, "开展学习")
    try remark(one, "进度正常", item: "1.2")
    for office in [one, two] { try school.synchronize(office, with: root) }
    for office in [one, two, root] { #expect(try onDisk(office)) }
    let before = try root.workspace.store.read { try $0.strands(of: LogID(one.identity.unit, .answers)) }

    try redact(one)
    #expect(try !onDisk(one))
    #expect(try recorded(one).map(\.value) == [.text("开展学习")])
    for office in [one, two] { #expect(try school.synchronize(office, with: root).inSync) }
    for office in [one, two, root] {
      #expect(try !onDisk(office))
      #expect(try register(office).value == .text("开展学习") && !register(office).inConflict)
      #expect(try register(office, item: "1.2").value == .text("进度正常"))
      let shown = try office.history(of: try office.unit("school/cs"), item: "1.1").entries.flatMap(\.changes)
      guard case .redacted(let redaction?)? = shown.first?.absence else {
        Issue.record("the history says that it was redacted")
        continue
      }
      #expect(redaction.reason == "误填" && redaction.author.origin.personName == "张三")
    }
    try agree(one, two, root)
    let after = try root.workspace.store.read { try $0.strands(of: LogID(one.identity.unit, .answers)) }
    #expect(after[0].stored > before[0].stored && after[0].genesis == before[0].genesis)
    let again = try school.synchronize(one, with: root)
    #expect(again.inSync && again.roundTrips == 1 && again.sent == 0 && again.received == 0)
  }

  @Test("values that come after their redaction never reach the disk, and a newcomer gets only digests")
  func comesLater() throws {
    let one = try laptop()
    try remark(one, Self.secret)
    try school.synchronize(one, with: root)
    try redact(root)
    #expect(try !onDisk(root))
    // The laptop has not heard of it and hands its own whole copy on, to the hub and to a newcomer that has.
    let two = try laptop(person: "李四")
    let segments = try one.workspace.store.write(wallMilliseconds: school.now()) { transaction in
      try transaction.engine(for: LogID(one.identity.unit, .answers)).segment(on: 0, after: 0, byteLimit: 1 << 20)
    }
    let whole = try #require(segments)
    for office in [root, two] {
      _ = try office.workspace.store.write(wallMilliseconds: school.now()) { try $0.ingest(whole) }
      #expect(try !onDisk(office))
      #expect(try register(office).isRedacted)
    }
    #expect(try school.synchronize(one, with: root).inSync)
    #expect(try !onDisk(one) && register(one).isRedacted)
    try agree(one, two, root)
  }

  @Test("an administrator above redacts through the unit's notices; others have no effect (promise 7)")
  func authority() throws {
    let (one, other) = (try laptop(), try laptop("school/ee", person: "王五"))
    let reviewer = try laptop("school", person: "赵六", roles: [.reviewer])
    try remark(one, Self.secret)
    try school.synchronize(one, with: root)
    try school.synchronize(reviewer, with: root)
    let unit = try root.unit("school/cs")
    let answers = LogID(unit.path, .answers)
    let targets = try recorded(reviewer).flatMap(\.targets)
    #expect(throws: WorkspaceError.self) { try reviewer.redact(recorded(reviewer), of: unit, reason: "误填") }
    // A reviewer above may write into the unit's answers, but a redaction there is not the unit's own.
    try reviewer.workspace.write(
      targets[0].changes(reason: "越权"), to: answers, as: "赵六", claimedMilliseconds: school.now())
    #expect(throws: WorkspaceError.self) { try other.redactionLog(for: unit) }
    for office in [reviewer, one] { try school.synchronize(office, with: root) }
    for office in [one, root, reviewer] {
      #expect(try onDisk(office) && register(office).value == .text(Self.secret))
    }
    try redact(root)
    for office in [one, reviewer] { #expect(try school.synchronize(office, with: root).inSync) }
    for office in [one, root, reviewer] { #expect(try !onDisk(office) && register(office).isRedacted) }
    try agree(one, root, reviewer)
  }

  @Test("what was written about a unit in its inspection is removed by those above it, not by its own (promises 5, 7)")
  func inspection() throws {
    let unit = try root.unit("school/cs")
    let admin = try laptop(person: "本单位管理员", roles: [.reporter, .admin])
    let log = LogID(unit.path, .inspection)
    let score = RegisterName(.answer, SubjectID(high: 7, low: 7), Field(rawValue: 5))
    // The first entry says who writes, too.
    try root.workspace.write([Change(score, .text("初评"))], to: log, as: "甲", claimedMilliseconds: school.now())
    let written = try root.workspace.write(
      [Change(score, .text(Self.secret))], to: log, as: "甲", claimedMilliseconds: school.now())
    // The place stands in the cut of a revocation, say.
    let target = RedactionTarget(log: log, place: written.place, change: 0)
    try admin.workspace.write(
      target.changes(reason: "不服"), to: LogID(unit.path, .notices), as: admin.person,
      claimedMilliseconds: school.now())
    #expect(try school.synchronize(admin, with: root).inSync)
    func value() throws -> Value? { try root.workspace.store.read { try $0.register(log, score)?.value } }
    #expect(try value() == .text(Self.secret) && onDisk(root))
    // A colleague above who takes both in at once.
    let inspector = try laptop("school", person: "督查人", roles: [.inspector, .admin])
    #expect(try inspector.workspace.store.read { try $0.register(log, score)?.value } == .text(Self.secret))
    try inspector.workspace.write(
      target.changes(reason: "误填"), to: LogID(unit.path, .notices), as: inspector.person,
      claimedMilliseconds: school.now())
    #expect(try !onDisk(inspector))
    #expect(try school.synchronize(inspector, with: root).inSync)
    #expect(try value() != .text(Self.secret) && !onDisk(root))
    try agree(root, inspector)
  }

  @Test("what a redaction's author loses in authority is owed again and comes back from whoever has it (promises 1, 2)")
  func revoked() throws {
    let (one, two) = (try laptop(), try laptop(person: "李四"))
    try remark(one, Self.secret)
    for office in [one, two] { try school.synchronize(office, with: root) }
    let admin = try laptop("school", person: "管理员", roles: .all)
    try redact(admin)
    // A laptop hears of it directly, the school's office does not, and stops the administrator's device.
    try school.synchronize(two, with: admin)
    #expect(try !onDisk(two) && register(two).isRedacted)
    try remark(two, "改写")
    #expect(try register(two).value == .text("改写") && !register(two).inConflict)
    let device = try #require(try root.directory().devices[admin.identity.device])
    _ = try root.at(school.now()).revoke(device, reason: "调离")
    #expect(try onDisk(root))
    for office in [two, one, two] { #expect(try school.synchronize(office, with: root).inSync) }
    for office in [one, two, root] {
      #expect(try Set(register(office).values) == [.text(Self.secret), .text("改写")])
    }
    try agree(one, two, root)
  }

  /// Sends `one`'s answers to `root` by a relay that takes out the values at these seqs.
  private func relay(_ one: Office, to office: Office, without seqs: Set<UInt32>) throws {
    let whole = try one.workspace.store.write(wallMilliseconds: school.now()) { transaction in
      try transaction.engine(for: LogID(one.identity.unit, .answers)).segment(on: 0, after: 0, byteLimit: 1 << 20)
    }
    let segment = try #require(whole).stripped { seq, _ in seqs.contains(seq) }
    _ = try office.workspace.store.write(wallMilliseconds: school.now()) { try $0.ingest(segment) }
  }

  @Test("two replicas that owe different values heal each other in one session (promise 2)")
  func healing() throws {
    let (one, two) = (try laptop(), try laptop(person: "李四"))
    for number in 1...6 { try remark(one, "第\(number)条", item: "1.\(number % 2 + 1)") }
    try relay(one, to: root, without: [1, 3, 5])
    try relay(one, to: two, without: [2, 4, 6])
    #expect(try root.status().owed > 0 && two.status().owed > 0)
    let outcome = try school.synchronize(two, with: root)
    #expect(outcome.inSync && outcome.roundTrips < 12)
    try agree(two, root)
    let log = LogID(one.identity.unit, .answers)
    let digests = try [one, two, root].map { office in
      try office.workspace.store.read { try $0.logs().first { $0.log == log }?.digest }
    }
    #expect(Set(digests).count == 1)
  }

  @Test("where nobody has a value the session ends as it should, and equal debts are no difference")
  func nobodyHas() throws {
    let (one, two, three) = (try laptop(), try laptop(person: "李四"), try laptop(person: "王五"))
    for number in 1...40 { try remark(one, "第\(number)条", item: "1.\(number % 2 + 1)") }
    try relay(one, to: root, without: Set(1...40))
    try relay(one, to: two, without: Set(1...40))
    try relay(one, to: three, without: Set(stride(from: 2, through: 40, by: 2)))
    #expect(try root.status().owed == two.status().owed)
    let equal = try school.synchronize(two, with: root)
    #expect(equal.inSync && equal.roundTrips == 1)
    let partly = try school.synchronize(three, with: root)
    #expect(partly.inSync, "what one of them has both have")
    #expect(try root.status().owed == three.status().owed && root.status().owed > 0)
    let unequal = try school.synchronize(two, with: root)
    #expect(unequal.inSync && unequal.roundTrips < 80)
    #expect(try school.synchronize(one, with: root).inSync)
    try agree(one, root)
  }

  @Test("what stays owed makes scores an interval over all that the item takes (promise 12)")
  func honestNumbers() throws {
    let one = try laptop()
    let item = try one.item("5.1", of: campaign)
    _ = try one.at(school.now()).set(
      campaign, item, fields: [.selfScore: .decimal(FixedDecimal(Score(hundredths: 150)))], unit: try one.ownUnit(),
      onBehalf: false)
    try relay(one, to: root, without: [1])
    let owing = try #require(try root.report(campaign, under: try root.unit("school/cs").path).units.first?.summary)
    #expect(owing.low == .zero && owing.high == item.item.node.points && owing.owed == 1 && owing.filled == 1)
    try school.synchronize(one, with: root)
    let whole = try #require(try root.report(campaign, under: try root.unit("school/cs").path).units.first?.summary)
    #expect(whole.low == whole.high && whole.owed == 0)
    _ = try root.at(school.now()).redact(
      root.recorded(campaign, item, unit: try root.unit("school/cs")).values, of: try root.unit("school/cs"),
      reason: "误填")
    let redacted = try #require(try root.report(campaign, under: try root.unit("school/cs").path).units.first?.summary)
    #expect(redacted.high == .zero && redacted.redacted == 1 && redacted.filled == 0 && redacted.owed == 0)
  }

  @Test("a redacted value gives way on the screen to what is written next, and is superseded by nobody (promise 2)")
  func writtenAgain() throws {
    let one = try laptop()
    try remark(one, Self.secret)
    try redact(one)
    #expect(try register(one).isRedacted && one.conflicts().isEmpty)
    try school.synchronize(one, with: root)
    _ = try root.at(school.now()).set(
      campaign, try root.item("1.1", of: campaign), fields: [.remark: .text("改好")], unit: try root.unit("school/cs"),
      onBehalf: true)
    try school.synchronize(one, with: root)
    for office in [one, root] {
      #expect(try register(office).value == .text("改好") && office.conflicts().isEmpty)
      #expect(try register(office).siblings.count == 2)
    }
    #expect(throws: OfficeError.reasonRepeats) {
      try one.redact(recorded(one), of: try one.unit("school/cs"), reason: "写了改好两字")
    }
  }

  @Test("what was interrupted between the commit and the cleaning of the file is cleaned at the next opening")
  func scrubLater() throws {
    let one = try laptop()
    for number in 0..<100 { try remark(one, "\(number)号\(Self.secret)", item: "1.\(number % 2 + 1)") }
    for item in ["1.1", "1.2"] { try redact(one, item: item) }
    #expect(try !onDisk(one))
    try one.workspace.store.write(wallMilliseconds: 0) { try $0.setSetting("scrubDue", [1]) }
    _ = try Workspace(opening: one.workspace.folder, stateFolder: school.stateFolder)
    #expect(try one.workspace.store.read { try $0.setting("scrubDue") } == nil)
    try agree(one)
  }
}
