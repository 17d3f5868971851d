import SyncEngine
import SyncModel
import SyncTesting
import Testing

/// Devices that are stopped, and what they wrote (promises 1, 2 and 7), on real stores.
@Suite struct RevocationTests {
  let school: TestSchool
  let root: Office
  let campaign: Campaign
  let laptop: Office
  let other: Office

  init() throws {
    school = try TestSchool()
    root = try school.found()
    _ = try root.at(school.now()).addUnit("school/cs", name: "计算机学院党总支", kind: .committee, type: nil)
    campaign = try school.publishSheet(by: root)
    laptop = try school.enrol("school/cs", by: root, person: "张三")
    other = try school.enrol("school/cs", by: root, person: "李四")
    for office in [laptop, other] { try school.synchronize(office, with: root) }
  }

  private func remark(_ office: Office, _ item: String, _ text: String) throws {
    _ = try office.at(school.now()).set(
      campaign, try office.item(item, of: campaign), fields: [.remark: .text(text)],
      unit: try office.unit("school/cs"), onBehalf: false)
  }

  private func remarks(_ office: Office) throws -> Set<String> {
    let part = try #require(try office.sheet(campaign, unit: try office.unit("school/cs")).parts.first)
    return Set(part.registers.values.flatMap { $0[.remark]?.values ?? [] }.map(\.plainText))
  }

  private func device(_ office: Office, at root: Office) throws -> DirectoryDevice {
    try #require(try root.directory().devices[office.identity.device])
  }

  /// Hands entries over without asking whether the sender may still exchange: a colleague who got them, a bundle.
  private func carry(from: Office, to: Office) throws {
    let log = LogID(laptop.identity.unit, .answers)
    let segments = try from.workspace.store.write(wallMilliseconds: 0) { transaction in
      let engine = try transaction.engine(for: log)
      return try engine.strands.indices.compactMap { try engine.segment(on: $0, after: 0, byteLimit: 1 << 20) }
    }
    try to.workspace.store.write(wallMilliseconds: school.now()) { transaction in
      for segment in segments { _ = try transaction.ingest(segment) }
    }
  }

  @Test("what was held when a device was stopped stays; what it wrote later is aside until the line is drawn anew")
  func revoked() throws {
    try remark(laptop, "1.1", "停用前")
    try school.synchronize(laptop, with: root)
    try remark(laptop, "1.2", "未送出")
    try root.at(school.now()).revoke(try device(laptop, at: root), reason: "遗失")
    #expect(try remarks(root) == ["停用前"])
    try carry(from: laptop, to: root)
    #expect(try remarks(root) == ["停用前"])
    try school.synchronize(other, with: root)
    #expect(try remarks(other) == ["停用前"])
    try root.at(school.now()).acceptLater(of: try device(laptop, at: root), reason: "已核对")
    try school.synchronize(other, with: root)
    for office in [root, other] { #expect(try remarks(office) == ["停用前", "未送出"]) }
    #expect(try root.verify().ok)
  }

  @Test("a stopped device supersedes nothing: what it overwrote beyond the line stands again")
  func nothingSuperseded() throws {
    try remark(laptop, "1.1", "原来的")
    try school.synchronize(laptop, with: root)
    try remark(laptop, "1.1", "改坏的")
    try carry(from: laptop, to: other)
    #expect(try remarks(other) == ["改坏的"])
    try root.at(school.now()).revoke(try device(laptop, at: root), reason: "遗失")
    try school.synchronize(other, with: root)
    for office in [root, other] { #expect(try remarks(office) == ["原来的"]) }
    try root.at(school.now()).reinstate(try device(laptop, at: root), reason: "已找回")
    try school.synchronize(other, with: root)
    for office in [root, other] { #expect(try remarks(office) == ["改坏的"]) }
  }

  @Test("revocation before or after the entries: the same view in the end, on every replica (promise 1)")
  func anyOrder() throws {
    try remark(laptop, "1.1", "一")
    try school.synchronize(laptop, with: root)
    try remark(laptop, "1.2", "二")
    try root.at(school.now()).revoke(try device(laptop, at: root), reason: "遗失")
    // One learns of the revocation first, one of the entries first.
    let late = try school.enrol("school/cs", by: root, person: "王五")
    try school.synchronize(late, with: root)
    try carry(from: laptop, to: late)
    try carry(from: laptop, to: other)
    try school.synchronize(other, with: root)
    try school.synchronize(late, with: root)
    for office in [late, other, root] { #expect(try remarks(office) == ["一"]) }
  }

  @Test("a stopped device writes no more once it knows, and is told what is needed")
  func knows() throws {
    try root.at(school.now()).revoke(try device(laptop, at: root), reason: "离任")
    try carryNotices(to: laptop)
    #expect(throws: WorkspaceError.self) { try remark(laptop, "1.1", "还想写") }
    #expect(try laptop.status().roles.isEmpty)
  }

  private func carryNotices(to office: Office) throws {
    let log = LogID(laptop.identity.unit, .notices)
    let segments = try root.workspace.store.write(wallMilliseconds: 0) { transaction in
      let engine = try transaction.engine(for: log)
      return try engine.strands.indices.compactMap { try engine.segment(on: $0, after: 0, byteLimit: 1 << 20) }
    }
    try office.workspace.store.write(wallMilliseconds: school.now()) { transaction in
      for segment in segments { _ = try transaction.ingest(segment) }
    }
  }

  @Test("one role is taken and the others stay; what the role wrote before goes on counting")
  func singleRole() throws {
    let admin = try school.enrol("school/cs", by: root, roles: [.reporter, .admin], person: "赵六")
    try school.synchronize(admin, with: root)
    _ = try admin.at(school.now()).addUnit("school/cs/b1", name: "教师一支部", kind: .branch, type: nil)
    try school.synchronize(admin, with: root)
    try root.at(school.now()).revoke(try device(admin, at: root), roles: .admin, reason: "换届")
    try school.synchronize(admin, with: root)
    #expect(try device(admin, at: root).roles == .reporter)
    #expect(try root.directory().units[try #require(UnitPath("school/cs/b1"))] != nil)
    #expect(throws: WorkspaceError.self) {
      try admin.at(school.now()).addUnit("school/cs/b2", name: "教师二支部", kind: .branch, type: nil)
    }
    try remark(admin, "1.1", "仍可填报")
    try school.synchronize(admin, with: root)
    #expect(try remarks(root) == ["仍可填报"])
  }
}
