import Foundation
import SyncEngine
import SyncModel
import SyncTemplates
import SyncTesting
import Testing

@Suite("What is never written is stopped before anything is stored")
struct OwnWriteTests {
  private let school: TestSchool
  private let root: Office
  private let campaign: Campaign
  private static let number = "11010519491231002X"

  init() throws {
    school = try TestSchool()
    root = try school.found()
    _ = try root.addUnit("school/cs", name: "计算机学院党总支", kind: .committee, type: nil)
    campaign = try school.publishSheet(by: root)
  }

  private func state(_ office: Office) throws -> [String] {
    try office.workspace.store.read { try $0.logs().map { "\($0.log) \($0.entries)" } }
  }

  private func refusal(_ office: Office, _ body: () throws -> Void) throws -> PrivacyError {
    let before = try state(office)
    let error = try #require(throws: PrivacyError.self) { try body() }
    #expect(try state(office) == before)
    #expect(!error.message.contains(Self.number) && !error.hint.isEmpty)
    return error
  }

  @Test("answers, names of units, devices and people, campaigns and deliverables are all looked at")
  func everyField() throws {
    let item = try root.item("1.1", of: campaign)
    let laptop = try school.enrol("school/cs", by: root)
    try school.synchronize(laptop, with: root)
    let unit = try laptop.unit("school/cs")
    #expect(
      try refusal(laptop) {
        _ = try laptop.at(school.now()).set(
          campaign, item, fields: [.remark: .text("组织者张三\(Self.number)")], unit: unit, onBehalf: false)
      }.field == "备注")
    #expect(
      try refusal(laptop) {
        _ = try laptop.at(school.now(), as: Self.number).set(
          campaign, item, fields: [.remark: .text("好")], unit: unit, onBehalf: false)
      }.field == "姓名")
    #expect(
      try refusal(root) {
        _ = try root.addUnit("school/x", name: "机密★1年", kind: .branch, type: nil)
      }.rule == .secrecyMark)
    #expect(
      try refusal(root) {
        _ = try root.publish(
          Office.Publication(
            name: "自查", templates: try root.templates(), units: [unit.path],
            deliverables: [
              Campaign.Deliverable(
                title: "名册（机密）", due: try #require(CalendarDate(year: 2026, month: 9, day: 30)), units: [])
            ]))
      }.field == "报送材料名称")
    let invitation = try root.invite(unit, roles: .reporter, hub: "", validMilliseconds: 86_400_000)
    let key = DeviceKey()
    #expect(
      try refusal(root) {
        try root.confirm(
          invitation: invitation.id, secret: invitation.secret, deviceKey: key.publicKey,
          agreement: key.agreementCertificate(school: root.identity.school, unit: unit.path).bytes,
          deviceName: Self.number)
      }.field == "设备名称")
  }

  @Test("a school or a workspace under such a name leaves no folder behind")
  func noFolder() throws {
    let folder = school.folder + "/refused"
    let invitation = try root.invite(
      try root.unit("school/cs"), roles: .reporter, hub: "", validMilliseconds: 86_400_000)
    for (person, device) in [(Self.number, "电脑"), ("甲", "6222021234567890128")] {
      #expect(throws: PrivacyError.self) {
        _ = try Office.join(
          invitation, in: folder, person: person, deviceName: device, claimedMilliseconds: school.now(),
          stateFolder: school.stateFolder)
      }
      #expect(throws: PrivacyError.self) {
        _ = try Office.foundSchool(
          in: folder, name: "示例大学", root: "school", rehearsal: true, person: person, deviceName: device,
          claimedMilliseconds: school.now(), stateFolder: school.stateFolder)
      }
      #expect(!FileManager.default.fileExists(atPath: folder))
    }
  }

  @Test("a template is read through although it is stored as bytes, also where a chunk ends inside a number")
  func documents() throws {
    var template = try #require(BundledTemplate.named("branch-guide-27")).template
    template.note = String(repeating: "说明", count: Entry.chunkByteLimit / 6) + Self.number
    let error = try refusal(root) { _ = try root.store(template) }
    #expect(error.rule == .residentID && error.field.contains(template.title))
  }

  @Test("registers of a private kind are written in 本单位底稿 only")
  func privateKinds() throws {
    let unit = try root.ownUnit().path
    let dues = Change(RegisterName(.dues, .random(), Field(rawValue: 1)), .integer(20))
    func write(_ change: Change, _ channel: Channel) throws {
      try root.workspace.write([change], to: LogID(unit, channel), as: "甲", claimedMilliseconds: school.now())
    }
    try write(dues, .internal)
    for channel in [Channel.answers, .notices] {
      let before = try state(root)
      #expect(throws: ChannelRuleError.self) { try write(dues, channel) }
      #expect(try state(root) == before)
    }
    let count = RegisterName(.count, .random(), Field(rawValue: 1))
    try write(Change(count, .integer(12)), .answers)
    #expect(throws: ChannelRuleError.notACount(kind: "统计数")) { try write(Change(count, .text("12")), .answers) }
  }

  @Test("what others wrote before this rule, or without it, arrives and is shown: it is signed history (promise 2)")
  func arrivals() throws {
    let laptop = try school.enrol("school/cs", by: root)
    try school.synchronize(laptop, with: root)
    let item = try laptop.item("1.1", of: campaign)
    let log = LogID(try laptop.unit("school/cs").path, .answers)
    let name = Campaign.register(campaign.id, slot: item.slot, item: item.item.ordinal, .remark)
    // As a version that knows no such rule writes: past the place that checks.
    try laptop.workspace.locked { transaction, incarnation, _ in
      let now = school.now()
      _ = try transaction.engine(for: log).append(
        [Change(name, .text(Self.number))],
        by: Author(
          key: laptop.workspace.key, incarnation: incarnation, person: PersonID(high: 1, low: 1), shownUpTo: .max),
        continues: nil, secret: .random(), time: HybridTime(milliseconds: now, counter: 0), wallMilliseconds: now)
    }
    #expect(try school.synchronize(laptop, with: root).inSync)
    let value = try root.workspace.store.read { try $0.register(log, name)?.value }
    #expect(value == .text(Self.number))
  }
}
