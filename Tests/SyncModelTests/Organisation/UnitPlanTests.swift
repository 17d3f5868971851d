import SyncModel
import SyncTesting
import Testing

@Suite("Planning a list of units")
struct UnitPlanTests {
  private let school: UnitPath
  private var directory: Directory

  init() throws {
    school = try #require(UnitPath("school"))
    let rootDevice = DeviceID(high: 0, low: 0)
    directory = Directory(
      root: school, rootDevice: rootDevice,
      authority: AuthorityResolver(root: school, rootDevice: rootDevice, statements: [], ways: ChainWays()).resolve(),
      schoolName: "示例大学")
    directory.add(DirectoryUnit(path: school, name: "示例大学", kind: .school))
    try add("school/cs", "计算机学院党总支", .committee)
    try add("school/cs/b03", "学生一支部", .branch, .students)
  }

  private mutating func add(_ path: String, _ name: String, _ kind: UnitKind, _ type: UnitType? = nil) throws {
    directory.add(DirectoryUnit(path: try #require(UnitPath(path)), name: name, kind: kind, type: type))
  }

  private func plan(_ rows: [UnitRow]) -> UnitPlan { UnitPlan(rows, in: directory, below: school) }

  private func row(
    _ number: Int, _ name: String, _ upper: String = "", place: String = "", kind: String = "", type: String = ""
  ) -> UnitRow {
    UnitRow(number: number, name: name, place: place, upper: upper, kind: kind, type: type)
  }

  private func shown(_ plan: UnitPlan) -> [String] {
    plan.lines.map { "\($0.isNew ? "+" : "=")\($0.unit.path) \($0.unit.name)" }
  }

  @Test("made-up segments count by kind in the order of rows, after what is there and past what is asked for")
  func segments() {
    let found = plan([
      row(2, "数学学院党总支"), row(3, "教师一支部", "数学学院党总支"), row(4, "代数党小组", "数学学院党总支/教师一支部"),
      row(5, "教师二支部", "计算机学院党总支", place: "b05"), row(6, "教师三支部", "计算机学院党总支"),
      row(7, "图书馆直属党支部"),
    ])
    #expect(found.problems.isEmpty)
    #expect(
      shown(found) == [
        "+school/c01 数学学院党总支", "+school/c01/b01 教师一支部", "+school/c01/b01/g01 代数党小组", "+school/cs/b05 教师二支部",
        "+school/cs/b06 教师三支部", "+school/d01 图书馆直属党支部",
      ])
  }

  @Test("an upper unit left empty follows from the rows above")
  func upperFromOrder() {
    let found = plan([
      row(2, "示例大学党委", kind: "学校党委"), row(3, "数学学院党委", kind: "院系党委"), row(4, "教师一支部"), row(5, "教师二支部"),
      row(6, "第一党小组"), row(7, "第二党小组"), row(8, "校医院直属党支部"), row(9, "学生一支部"),
      row(10, "物理学院党总支"), row(11, "学生一支部"),
    ])
    #expect(found.problems.isEmpty)
    #expect(
      shown(found) == [
        "+school/c01 数学学院党委", "+school/c01/b01 教师一支部", "+school/c01/b02 教师二支部", "+school/c01/b02/g01 第一党小组",
        "+school/c01/b02/g02 第二党小组", "+school/c01/b03 学生一支部", "+school/c02 物理学院党总支", "+school/c02/b01 学生一支部",
        "+school/d01 校医院直属党支部",
      ])
  }

  @Test("what is registered is recognised by path or by name and left alone; differences are named")
  func known() {
    let found = plan([
      row(2, "计算机学院", place: "cs", kind: "党总支"), row(3, "学生 一支部", "计算机学院党总支", kind: "党支部", type: "教师"),
      row(4, "教师一支部", "school/cs"),
    ])
    #expect(found.problems.isEmpty)
    #expect(shown(found) == ["=school/cs 计算机学院党总支", "=school/cs/b03 学生一支部", "+school/cs/b04 教师一支部"])
    #expect(found.lines.map(\.note) == ["已登记的名称是“计算机学院党总支”", "已登记的类型是学生", nil])
  }

  @Test("importing the outcome again finds everything and adds nothing")
  func again() {
    let rows = [row(2, "数学学院党总支"), row(3, "教师一支部", "数学学院党总支"), row(4, "第一党小组", "教师一支部")]
    var later = directory
    for unit in plan(rows).newUnits { later.add(unit) }
    let more = UnitPlan([row(1, "物理学院党总支")] + rows, in: later, below: school)
    #expect(more.newUnits.map(\.path.description) == ["school/c02"])
  }

  @Test(
    "a row that cannot be says why",
    arguments: [
      ("", "计算机学院党总支", "", "党支部", "", "没有写名称"), ("#REF!", "", "", "", "", "公式错误"),
      ("甲组织", "计算机学院党总支", "", "", "", "没有写类别"), ("甲", "", "", "团支部", "", "类别“团支部”不认得"),
      ("甲支部", "计算机学院党总支", "", "", "老干部", "类型“老干部”不认得"), ("甲支部", "化学学院党总支", "", "", "", "不在表里"),
      ("甲支部", "", "", "", "", "没有写上级"), ("甲支部", "甲支部", "", "", "", "不在表里"),
      ("甲支部", "学生一支部", "", "", "", "党支部不能在党支部“学生一支部”下面"), ("甲支部", "", "other/x", "", "", "上级 school/other 不在表里"),
      ("甲支部", "", "school", "", "", ""), ("甲支部", "", "school//x", "", "", "不能用"),
      ("甲支部", "示例大学", "school/cs/b9", "", "", "不在上级"), ("甲支部", "", "school/zz/b1", "", "", "上级 school/zz 不在表里"),
    ])
  func problems(name: String, upper: String, place: String, kind: String, type: String, says: String) {
    let found = plan([row(9, name, upper, place: place, kind: kind, type: type)])
    if says.isEmpty { return #expect(found.problems.isEmpty, "the school itself") }
    #expect(found.problems.map(\.row) == [9])
    #expect(found.problems.first?.message.contains(says) == true, "\(found.problems)")
    #expect(found.newUnits.isEmpty)
  }

  @Test("rows that repeat, share a path, name an unclear upper unit or hang on each other are named")
  func among() {
    func messages(_ rows: UnitRow...) -> [String] { plan(rows).problems.map { "\($0.row) \($0.message)" } }
    #expect(messages(row(2, "甲党总支"), row(3, "甲 党总支")) == ["3 与第 2 行重复：同一上级下已有“甲 党总支”"])
    #expect(messages(row(2, "甲党总支", place: "x"), row(3, "乙党总支", place: "x")) == ["3 路径 school/x 与第 2 行相同"])
    #expect(
      messages(
        row(2, "甲党总支"), row(3, "一支部", "甲党总支"), row(4, "乙党总支"), row(5, "一支部", "乙党总支"), row(6, "小组", "一支部"))
        == ["6 叫“一支部”的上级有 2 个，请写成“它的上级/一支部”或写路径"])
    #expect(
      messages(row(2, "甲党总支", "乙党总支"), row(3, "乙党总支", "甲党总支"), row(4, "一支部", "甲党总支")).map { $0.prefix(9) }
        .allSatisfy { $0.contains("上级互相指向") })
    // Only the row to blame is named, not what hangs on it.
    #expect(messages(row(2, "甲党总支", "无"), row(3, "一支部", "甲党总支")) == ["2 上级“无”不在表里，也没有登记过"])
  }

  @Test("a chain deeper than a path may be is refused, however long")
  func depth() {
    let rows = (1...3000).map { row($0, "第\($0)党总支", $0 == 1 ? "" : "第\($0 - 1)党总支") }
    let found = plan(rows)
    #expect(found.problems.map(\.row) == [UnitPath.depthLimit])
    #expect(found.problems.first?.message.contains("层级太多") == true)
  }

  @Test("the same rows always give the same plan")
  func deterministic() {
    let rows = (1...200).map { row($0, "第\($0)支部", $0 % 3 == 0 ? "计算机学院党总支" : "数学学院党总支") } + [row(201, "数学学院党总支")]
    #expect(plan(rows) == plan(rows))
    #expect(plan(rows).problems.isEmpty)
  }
}
