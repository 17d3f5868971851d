import Foundation
import SyncModel
import Testing

@testable import unitcli

@Suite("fill and the menu")
struct FillTests {
  @Test("every answer is saved at once; Enter skips, q leaves")
  func walk() async throws {
    let desk = try await Desk.withCampaign()
    try await desk.join("cs", unit: "school/cs", person: "张三")
    let run = await desk.run("cs", "fill", "自查", input: ["2", "", "不适用", "q"])
    #expect(run.code == 0)
    #expect(run.out.hasPrefix("“自查”还有 44 项没有填。回车跳过，q 结束，每答一项立即保存。\n"))
    #expect(run.out.contains("[1/44] 第 1.1 项"))
    #expect(run.out.hasSuffix("这次填了 2 项，还有 42 项空着\n所涉党组织：计算机学院党总支（school/cs）\n已存本机，未送出 2 条\n"))
    let again = await desk.run("cs", "fill", "自查", input: [])
    #expect(again.out.contains("[1/42] 第 1.2 项"))
  }

  @Test("from a pipe a bad answer is left out and named, and the answers behind it keep their places")
  func piped() async throws {
    let desk = try await Desk.withCampaign()
    try await desk.join("cs", unit: "school/cs", person: "张三")
    let run = await desk.run("cs", "fill", "自查", "--json", input: ["9", "1", "q"])
    let json = try run.json
    #expect(json["saved"] as? Int == 1)
    #expect((json["refused"] as? [[String: Any]])?.first?["item"] as? String == "1.1")
    #expect(try await desk.item("cs", "1.2")?["filled"] as? Bool == true)
  }

  @Test("at a terminal a bad answer is explained and asked again")
  func asksAgain() async throws {
    let desk = try await Desk.withCampaign()
    try await desk.join("cs", unit: "school/cs", person: "张三")
    let run = await desk.run("cs", "fill", "自查", input: ["9", "1", "q"], interactive: true)
    #expect(run.out.contains("第 1.1 项分值 2，不能填 9。请填 0 到 2 之间的数"))
    #expect(try await desk.item("cs", "1.1")?["filled"] as? Bool == true)
  }

  @Test("without a command what is due is numbered, and a number does it")
  func menu() async throws {
    let desk = try await Desk.withCampaign()
    try await desk.join("cs", unit: "school/cs", person: "张三")
    let shown = await desk.run("cs")
    #expect(shown.out.contains(" 1. 填写“自查”：已填 0/44，9月30日截止，还有 2 天\n"))
    let chosen = await desk.run("cs", input: ["8", "1", "2", "q"], interactive: true)
    #expect(chosen.out.contains("请填 1 到 1 之间的编号。"))
    #expect(chosen.out.contains("这次填了 1 项，还有 43 项空着"))
  }
}
