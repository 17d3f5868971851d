import SyncEngine
import SyncModel
import SyncTesting
import Testing

/// Units that are renamed, moved, merged and retired: no work that is still on a laptop is lost (promises 2 and 7).
@Suite struct MovedUnitTests {
  let school: TestSchool
  let root: Office
  let campaign: Campaign
  let first: Office
  let second: Office
  let branch: Office

  init() throws {
    school = try TestSchool()
    root = try school.found()
    for (path, name) in [("school/cs", "计算机学院党总支"), ("school/ee", "电子学院党总支")] {
      _ = try root.at(school.now()).addUnit(path, name: name, kind: .committee, type: nil)
    }
    _ = try root.at(school.now()).addUnit("school/cs/b1", name: "教师一支部", kind: .branch, type: nil)
    _ = try root.at(school.now()).addUnit("school/ee/b2", name: "教师二支部", kind: .branch, type: nil)
    campaign = try school.publishSheet(by: root, to: ["school/**"])
    first = try school.enrol("school/cs", by: root, roles: [.reporter, .reviewer, .admin], person: "甲")
    second = try school.enrol("school/ee", by: root, roles: [.reporter, .reviewer, .admin], person: "乙")
    branch = try school.enrol("school/cs/b1", by: root, person: "丙")
    for office in [first, second] { try school.synchronize(office, with: root) }
    try school.synchronize(branch, with: first)
  }

  private func remark(_ office: Office, _ item: String, _ text: String, unit: String = "school/cs/b1") throws {
    let unit = try office.unit(unit)
    _ = try office.at(school.now()).set(
      campaign, try office.item(item, of: campaign), fields: [.remark: .text(text)], unit: unit,
      onBehalf: unit.path != office.identity.unit)
  }

  private func remarks(_ office: Office, unit: String = "school/cs/b1") throws -> Set<String> {
    let part = try #require(try office.sheet(campaign, unit: try office.unit(unit)).parts.first)
    return Set(part.registers.values.flatMap { $0[.remark]?.values ?? [] }.map(\.plainText))
  }

  private func move() throws {
    try root.at(school.now()).move(try root.unit("school/cs/b1"), under: try root.unit("school/ee"))
  }

  @Test("what a moved branch had not yet sent arrives through its new place and is shown there")
  func unsent() throws {
    try remark(branch, "1.1", "移动前未送出")
    try move()
    for office in [first, second] { try school.synchronize(office, with: root) }
    try school.synchronize(branch, with: second)
    #expect(try branch.status().unsentEntries == 0)
    try school.synchronize(second, with: root)
    for office in [second, root] { #expect(try remarks(office) == ["移动前未送出"]) }
    let report = try second.report(campaign)
    #expect(report.units.map(\.unit.path.description).contains("school/cs/b1"))
    #expect(try first.report(campaign).units.allSatisfy { $0.unit.path.description != "school/cs/b1" })
  }

  @Test("what the former place took in before it knew is handed on upward, and nothing new flows back to it")
  func handedOn() throws {
    try remark(branch, "1.1", "交给原党总支")
    try school.synchronize(branch, with: first)
    try move()
    try school.synchronize(first, with: root)
    #expect(try remarks(root) == ["交给原党总支"])
    try school.synchronize(second, with: root)
    try school.synchronize(branch, with: second)
    try remark(branch, "1.2", "新的")
    try school.synchronize(branch, with: second)
    try school.synchronize(second, with: root)
    try school.synchronize(first, with: root)
    #expect(try remarks(root) == ["交给原党总支", "新的"])
    #expect(try remarks(first) == ["交给原党总支"])
  }

  @Test(
    "after the move the new place reviews and administers; the old one's earlier entries stay, later ones do not count")
  func authority() throws {
    try remark(first, "1.1", "代填在先")
    try school.synchronize(first, with: root)
    try move()
    try school.synchronize(second, with: root)
    try remark(second, "1.2", "新上级代填")
    try remark(first, "1.3", "不知已移动")
    try school.synchronize(second, with: root)
    try school.synchronize(first, with: root)
    #expect(try remarks(root) == ["代填在先", "新上级代填"])
    #expect(throws: WorkspaceError.self) { try remark(first, "1.4", "已知移动") }
  }

  @Test("devices that the former place enrolled, and what they built on it, count at the new one")
  func enrolledByFormerPlace() throws {
    let laptop = try school.enrol("school/cs/b1", by: first, person: "丁")
    try remark(first, "1.1", "原上级代填")
    try school.synchronize(laptop, with: first)
    try remark(laptop, "1.1", "同一项")
    try school.synchronize(first, with: root)
    try move()
    // The former place does not know yet, and its next entry is seen by the branch.
    try remark(first, "1.2", "不知已移动")
    try school.synchronize(laptop, with: first)
    try remark(laptop, "1.3", "看过之后的")
    for office in [first, second] { try school.synchronize(office, with: root) }
    try school.synchronize(laptop, with: second)
    for office in [first, second] { try school.synchronize(office, with: root) }
    let newcomer = try school.enrol("school/cs/b1", by: second, person: "戊")
    try school.synchronize(newcomer, with: second)
    for office in [root, second, newcomer] { #expect(try remarks(office) == ["原上级代填", "看过之后的", "同一项"]) }
  }

  @Test("the former place's administrator neither takes a moved unit back nor stops its devices (promise 7)")
  func notTakenBack() throws {
    let laptop = try school.enrol("school/cs/b1", by: first, person: "丁")
    try school.synchronize(first, with: root)
    try move()
    let unit = try first.unit("school/cs/b1")
    let notices = LogID(first.identity.unit, .notices)
    let device = SubjectID(branch.identity.device)
    let back = AuthorityStatement.Move(
      unit: unit.path, generation: 9, parent: first.identity.unit, cut: FeedCut())
    for change in [
      Change(
        RegisterName(.unit, SubjectID(unit: unit.path), .unitMove),
        .list([
          .integer(Int64(back.generation)), .text(back.unit.description), .text("school/cs/b2"), .bytes(back.cut.bytes),
        ])),
      Change(
        RegisterName(.device, device, .revocation),
        .list([
          .integer(1), .integer(Int64(Roles.all.rawValue)), .bytes(FeedCut().bytes), .text("不服"),
        ])),
    ] {
      try first.workspace.write([change], to: notices, as: first.person, claimedMilliseconds: school.now())
    }
    try school.synchronize(first, with: root)
    for office in [root, first] {
      let directory = try office.directory()
      #expect(directory.tree.parent(of: unit.path) == second.identity.unit)
      for id in [branch.identity.device, laptop.identity.device] { #expect(directory.devices[id]?.roles == .reporter) }
    }
  }

  @Test(
    "of two moves of one unit made at once every replica follows the same, though it reads only some notices (promise 1)"
  )
  func movedTwiceAtOnce() throws {
    _ = try root.at(school.now()).addUnit("school/cs/b3", name: "教师三支部", kind: .branch, type: nil)
    let other = try school.enrol("school", by: root, roles: .all, person: "丁")
    for office in [other, first, second] { try school.synchronize(office, with: root) }
    // Within the committee, and out of it to another one that does not read the first one's notices.
    try root.at(school.now()).move(try root.unit("school/cs/b1"), under: try root.unit("school/cs/b3"))
    try other.at(school.now()).move(try other.unit("school/cs/b1"), under: try other.unit("school/ee"))
    for office in [other, first, second, branch] { try school.synchronize(office, with: root) }
    let unit = try root.unit("school/cs/b1").path
    for office in [root, other, first, second, branch] {
      #expect(try office.directory().tree.parent(of: unit)?.description == "school/cs/b3")
    }
  }

  @Test(
    "a hub that refuses in one answer what it is about to learn belongs to it is told the rest all the same (promise 9)"
  )
  func refusedBeforeTheMoveIsKnown() throws {
    _ = try first.at(school.now()).addUnit("school/cs/b3", name: "教师三支部", kind: .branch, type: nil)
    let below = try first.unit("school/cs/b3")
    _ = try school.enrol("school/cs/b3", by: first, person: "丁")
    try school.synchronize(first, with: root)
    // One notice goes by before the branch may read it, so the next one leaves a gap.
    try first.at(school.now()).rename(below, to: "教师四支部")
    #expect(try school.synchronize(branch, with: first).inSync)
    try first.at(school.now()).rename(below, to: "教师五支部")
    try root.at(school.now()).move(try root.unit("school/cs/b3"), under: try root.unit("school/cs/b1"))
    #expect(try school.synchronize(branch, with: root).inSync)
    let outcome = try school.synchronize(branch, with: first)
    #expect(outcome.refusals.contains { $0.log == LogID(below.path, .notices) })
    #expect(try school.synchronize(branch, with: first).inSync)
    #expect(try branch.unit("school/cs/b3") == first.unit("school/cs/b3"))
  }

  @Test("a merged branch comes under the other, takes nothing new, and its laptop's work still arrives there")
  func merged() throws {
    try remark(branch, "1.1", "并入前未送出")
    try root.at(school.now()).merge(try root.unit("school/cs/b1"), into: try root.unit("school/ee/b2"))
    try school.synchronize(second, with: root)
    try school.synchronize(branch, with: second)
    try school.synchronize(second, with: root)
    #expect(try remarks(root) == ["并入前未送出"])
    let unit = try root.unit("school/cs/b1")
    #expect(unit.status == .merged)
    #expect(try root.directory().tree.parent(of: unit.path) == root.unit("school/ee/b2").path)
    #expect(try !root.units(matching: ["school/**"]).contains(unit.path))
  }

  @Test("a new name reaches everybody, the path stays; a retired unit's laptop still hands in")
  func renamedAndRetired() throws {
    try root.at(school.now()).rename(try root.unit("school/cs/b1"), to: "教师联合党支部")
    try remark(branch, "1.1", "撤销前")
    try root.at(school.now()).retire(try root.unit("school/cs/b1"))
    try school.synchronize(first, with: root)
    try school.synchronize(branch, with: first)
    try school.synchronize(first, with: root)
    for office in [root, first, branch] {
      let unit = try office.unit("教师联合党支部")
      #expect(unit.path.description == "school/cs/b1")
      #expect(unit.status == .retired)
    }
    #expect(try remarks(root) == ["撤销前"])
  }
}
