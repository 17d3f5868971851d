import Foundation
import Testing

@testable import unitcli

@Suite("The command line stops on 密级, identity and card numbers, and cleans photos")
struct PrivacyTests {
  private static let number = "11010519491231002X"

  @Test("nothing is stored, the number is not repeated, and the next step is said")
  func set() async throws {
    let desk = try await Desk.withCampaign()
    try await desk.join("laptop", unit: "school/cs", person: "乙")
    let before = try await desk.done("laptop", "verify", "--json").json["entries"] as? Int
    for (arguments, code, says) in [
      (["备注=组织者 \(Self.number)"], "residentID", "“备注”第 5 字起像是公民身份号码（11**************2X）"),
      (["自评分=2", "备注=（机密）名册"], "secrecyMark", "密级标志"),
      (["完成情况=党费转 6222 0212 3456 7890 128"], "bankCard", "银行卡号（62***************28）"),
      (["备注=好", "--as", Self.number], "residentID", "“姓名”"),
    ] {
      let run = await desk.run("laptop", ["set", "自查", "5.1"] + arguments + ["--json"])
      #expect(run.code == 1 && run.out.isEmpty)
      #expect(try run.failure["code"] as? String == code)
      #expect((try run.failure["message"] as? String)?.contains(says) == true, "\(run.error)")
      #expect((try run.failure["hint"] as? String)?.isEmpty == false)
      #expect(!run.error.contains(Self.number) && !run.error.contains("6222"))
    }
    #expect(try await desk.done("laptop", "verify", "--json").json["entries"] as? Int == before)
    let status = await desk.run("laptop", "status", "--as", Self.number)
    #expect(status.code == 1 && !status.error.contains(Self.number))
    try await desk.done("laptop", "set", "自查", "5.1", "备注=开展保密工作学习，联系电话13812345678")
  }

  @Test("a settlement's note is looked at, and so are the names of units and devices")
  func names() async throws {
    let desk = try await Desk.withCampaign()
    try await desk.join("laptop", unit: "school/cs", person: "乙")
    try await desk.done("office", "set", "自查", "5.1", "自评分=1", "--unit", "school/cs", "--on-behalf")
    try await desk.done("laptop", "set", "自查", "5.1", "自评分=2")
    try desk.exchange("office", "laptop")
    let listed = try await desk.done("laptop", "conflicts", "list", "--json").json["conflicts"] as? [[String: Any]]
    let id = try #require(listed?.first?["id"] as? String)
    let settled = await desk.run("laptop", "conflicts", "resolve", id, "--take", "1", "--note", "按 \(Self.number)")
    #expect(settled.code == 1 && settled.error.contains("核定说明"))
    #expect((try await desk.done("laptop", "conflicts", "list", "--json").json["conflicts"] as? [Any])?.count == 1)
    let unit = await desk.run("office", "unit", "add", "school/x", "--name", "【秘密】支部", "--kind", "branch")
    #expect(unit.code == 1 && unit.error.contains("单位名称"))
    let invitation = try await desk.done("office", "invite", "school/cs", "--role", "reporter", "--json")
    let text = try #require(invitation.json["invitation"] as? String)
    let join = await desk.run("other", "join", text, "--device-name", Self.number)
    #expect(join.code == 1 && join.error.contains("设备名称"))
    #expect(!FileManager.default.fileExists(atPath: desk.path("other")))
  }

  @Test("a photo is saved anew without its place; what is there is never overwritten, what cannot be cleaned is told")
  func photo() async throws {
    let desk = try Desk()
    // A comment segment with a place in it, and no picture data to speak of.
    let plain: [UInt8] = [0xff, 0xd8, 0xff, 0xda, 0, 2, 1, 2, 3, 0xff, 0xd9]
    let photo = Array(plain[..<2]) + [0xff, 0xfe, 0, 7] + Array("38.87".utf8) + Array(plain[2...])
    let (source, target) = (desk.path("a.jpg"), desk.path("b.jpg"))
    try Data(photo).write(to: URL(fileURLWithPath: source))
    let run = try await desk.done("nobody", "photo", "clean", source, "-o", target, "--json", now: nil)
    #expect(try run.json["changed"] as? Bool == true)
    #expect(FileManager.default.contents(atPath: target) == Data(plain))
    #expect(FileManager.default.contents(atPath: source) == Data(photo))
    #expect(await desk.run("nobody", "photo", "clean", source, "-o", target, now: nil).code == 1)
    try Data("GIF89a".utf8).write(to: URL(fileURLWithPath: source))
    let refused = await desk.run("nobody", "photo", "clean", source, "-o", desk.path("c.gif"), "--json", now: nil)
    #expect(try refused.failure["code"] as? String == "photoFormat")
    #expect(!FileManager.default.fileExists(atPath: desk.path("c.gif")))
  }
}
