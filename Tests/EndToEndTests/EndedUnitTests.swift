import Foundation
import SyncEngine
import SyncModel
import SyncTesting
import Testing

/// A unit that is merged while its laptop is away, with the real programs (promises 2 and 11).
@Suite struct EndedUnitTests {
  @Test("sync tells what became of the unit, in text and in JSON, and what was still on the laptop arrives")
  func synchronised() throws {
    let school = try TestSchool()
    let root = try school.found()
    for (path, name) in [("school/b1", "教师一支部"), ("school/b2", "教师二支部")] {
      _ = try root.at(school.now()).addUnit(path, name: name, kind: .branch, type: nil)
    }
    _ = try school.publishSheet(by: root)
    let laptop = try school.enrol("school/b1", by: root, person: "张三")
    try school.synchronize(laptop, with: root)
    let (data, state) = (laptop.workspace.folder, school.stateFolder)
    func unitcli(_ arguments: String...) throws -> Tool {
      let tool = try Tool("unitcli", arguments + ["--data", data, "--as", "张三"], stateFolder: state)
      try #require(tool.code == 0, "\(arguments): \(tool.error)")
      return tool
    }
    let hub = try Daemon(data: root.workspace.folder, stateFolder: state)
    let before = try unitcli("sync", "--hub", hub.url, "--json")
    #expect(before.text("unitStatus") == "active" && before.text("mergedInto") == nil)
    let away = try unitcli("set", "专项督查", "1.1", "备注=还没送出", "--json")
    #expect(away.text("unitStatus") == "active")
    try root.at(school.now()).merge(try root.unit("school/b1"), into: try root.unit("school/b2"))
    let told = try unitcli("sync")
    #expect(told.out.contains("本单位已并入“教师二支部”"), "\(told.out)")
    let json = try unitcli("sync", "--json")
    #expect(json.text("unitStatus") == "merged" && json.text("mergedInto") == "school/b2")
    let late = try unitcli("set", "专项督查", "1.2", "备注=并入以后", "--json")
    #expect(late.error.contains("注意：本单位已并入“教师二支部”") && late.text("mergedInto") == "school/b2")
    _ = try unitcli("sync")
    let shown = try Tool(
      "unitcli", ["show", "专项督查", "--unit", "school/b1", "--json", "--data", root.workspace.folder],
      stateFolder: state)
    #expect(shown.out.contains("还没送出") && shown.out.contains("并入以后"), "\(shown.error)")
    #expect(hub.stop() == 0)
  }
}
