import Foundation
import Testing

/// The programs themselves, on one workspace: what they answer, what they leave on the disk.
@Suite("figures, as the programs print them")
struct FigureProgramTests {
  private let folder = NSTemporaryDirectory() + "unitsync-figures-\(UUID().uuidString)"

  private var state: String { folder + "/state" }

  private func unitcli(_ arguments: String...) throws -> Tool {
    try Tool(
      "unitcli", arguments + ["--data", folder + "/office", "--now", "2026-09-28T09:00:00+08:00"], stateFolder: state)
  }

  private func done(_ arguments: String...) throws {
    let tool = try Tool(
      "unitcli", arguments + ["--data", folder + "/office", "--now", "2026-09-28T09:00:00+08:00"], stateFolder: state)
    try #require(tool.code == 0, "\(arguments) \(tool.error)")
  }

  private func json(_ tool: Tool) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(tool.out.utf8)) as? [String: Any], "\(tool.error)")
  }

  @Test("promise 12: cleared is 未填; a name does not lie; one name of two books is refused; doubtful numbers stay here")
  func programs() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let founded = try Tool(
      "syncd", ["init", "--data", folder + "/office", "--name", "示例大学", "--id", "school", "--rehearsal"],
      stateFolder: state)
    try #require(founded.code == 0, "\(founded.error)")
    try done("unit", "add", "school/cs", "--name", "计算机学院党总支", "--kind", "committee", "--as", "组织员")
    try done("template", "import", "--bundled", "score-sheet-100")
    try done("template", "import", "--bundled", "meeting-record")
    let days = ["--fill", "2026-09-26..2026-09-30", "--covers", "2026-01-01..2026-08-31"]
    for (name, sheet) in [("自查", "党建工作责任自查评分表（二级党组织）"), ("三会一课督查", "会议记录")] {
      let tool = try Tool(
        "unitcli",
        ["campaign", "publish", name, "--template", sheet, "--units", "school/cs", "school"] + days
          + ["--data", folder + "/office", "--now", "2026-09-28T09:00:00+08:00"], stateFolder: state)
      try #require(tool.code == 0, "\(tool.error)")
    }
    try done("set", "自查", "5.1", "自评分=2", "--unit", "school/cs", "--on-behalf")
    try done("set", "自查", "5.1", "自评分=", "--unit", "school/cs", "--on-behalf")
    let report = try json(try unitcli("report", "score", "--campaign", "自查", "--json"))
    let unit = try #require((report["units"] as? [[String: Any]])?.last)
    #expect(unit["zeros"] as? Int == 0 && unit["filled"] as? Int == 0 && unit["state"] as? String == "empty")
    let tables = try json(try unitcli("report", "progress", "--campaign", "三会一课督查", "--json"))
    #expect((tables["rollups"] as? [[String: Any]])?.first?["complete"] as? Int == 0)

    let files = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    let lie = try unitcli("report", "progress", "--campaign", "自查", "-o", folder + "/x.pdf", "--json")
    #expect(lie.code == 64 && lie.out.isEmpty && lie.errorCode == "usage")
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == files)

    let meeting = [
      "会议类别=支委会", "时间=2026-09-26", "地点=会议室", "主持人=甲", "出席人员=甲、乙", "记录人=乙", "议题=一", "内容=讨论了",
    ]
    func entries() throws -> Int? { try json(try unitcli("status", "--json"))["entries"] as? Int }
    let before = try entries()
    let refused = try Tool(
      "unitcli", ["ledger", "add", "会议记录"] + meeting + ["--data", folder + "/office", "--json"], stateFolder: state)
    #expect(refused.code == 1 && refused.out.isEmpty && refused.errorCode == "ambiguousLedger")
    #expect(try entries() == before)

    for _ in 0..<2 {
      try done("ledger", "add", "党费收缴登记簿", "月份=2026-09", "姓名=甲", "应交（元）=20", "实交（元）=20", "情况=按月交清")
    }
    let written = try entries()
    let counts = try unitcli("ledger", "counts", "党费收缴登记簿", "--send")
    #expect(counts.code == 1 && counts.error.contains("--send --checked"))
    #expect(try entries() == written)
  }
}
