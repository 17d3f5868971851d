import Foundation
import Testing

@testable import unitcli

/// 报送包 and 本单位底稿 as people use them: two computers, no network.
@Suite struct BundleCommandTests {
  let desk: Desk

  init() async throws {
    desk = try await Desk.withCampaign()
    try await desk.join("cs", unit: "school/cs", person: "张三")
  }

  private func unsent(_ run: Desk.Run) throws -> [String: Int] { try #require(run.json["unsent"] as? [String: Int]) }

  @Test("out on a stick, taken in above, a receipt back: the laptop says what is on its way and then what arrived")
  func roundTrip() async throws {
    try await desk.done("cs", "set", "自查", "1.1", "自评分=2", "--as", "张三")
    let file = desk.path("报送.bundle")
    let made = try await desk.done("cs", "bundle", "export", file, "--json").json
    let entries = try #require(made["entries"] as? Int)
    #expect(made["for"] as? String == "school" && made["exported"] as? Int == 1)
    let status = try await desk.done("cs", "status", "--json")
    #expect(try unsent(status)["entries"] == 1 && unsent(status)["exported"] == 1)
    #expect(try await desk.done("cs", "status").out.contains("其中 1 条已导出待送达"))

    let taken = try await desk.done("office", "bundle", "import", file, "--json").json
    #expect(taken["entries"] as? Int == entries && (taken["new"] as? Int ?? 0) > 0)
    #expect((taken["refused"] as? [Any])?.isEmpty == true && taken["missingBefore"] as? Int == 0)
    let again = try await desk.done("office", "bundle", "import", file, "--json").json
    #expect(again["new"] as? Int == 0 && again["duplicates"] as? Int == entries)
    #expect(try await desk.done("office", "show", "自查", "1.1", "--unit", "school/cs").out.contains("2"))

    let receipt = desk.path("回执.receipt")
    try await desk.done("office", "bundle", "receipt", receipt)
    let back = try await desk.done("cs", "bundle", "import", receipt, "--json").json
    #expect(back["acknowledged"] as? Int == 1 && back["unsent"] as? Int == 0)
    let after = try await desk.done("cs", "status", "--json")
    #expect(try unsent(after)["entries"] == 0 && unsent(after)["exported"] == 0)
  }

  @Test("an export into a folder is named by itself; several files are taken in at once; status says what is only here")
  func several() async throws {
    try await desk.done("cs", "set", "自查", "1.1", "自评分=2", "--as", "张三")
    let here = try await desk.done("cs", "status", "--json").json["onlyHere"] as? [[String: Any]]
    #expect(
      here?.count == 1 && here?.first?["channel"] as? String == "answers" && here?.first?["exported"] as? Int == 0)
    #expect(try await desk.done("cs", "status").out.contains("只在本机：“计算机学院党总支”上报 1 条，最早"))
    let folder = desk.path("stick")
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let made = try await desk.done("cs", "bundle", "export", folder, "--part-size", "20MB", "--json").json
    let first = try #require((made["files"] as? [String])?.first)
    #expect(first == folder + "/报送包-计算机学院党总支-2026-09-28.bundle")
    #expect(try await desk.done("cs", "status").out.contains("上报 1 条，都已导出待送达"))
    try await desk.done("cs", "set", "自查", "1.2", "自评分=2")
    let second = folder + "/二.bundle"
    try await desk.done("cs", "bundle", "export", second, "--since-last")
    let receipt = folder + "/回执"
    // The later one first: it is kept until the earlier one has come.
    let early = try await desk.done("office", "bundle", "import", second, "--json").json
    #expect(early["kept"] as? Bool == true && early["missingBefore"] as? Int == 1 && early["new"] as? Int == 0)
    #expect(try await desk.done("office", "status").out.contains("有 1 个收下的报送包还在等更早的内容"))
    let both = try await desk.done("office", "bundle", "import", second, first, "--json").json
    #expect(both["new"] as? Int == 2 && (both["files"] as? [Any])?.count == 2)
    #expect(try await desk.done("office", "status", "--json").json["waitingBundles"] as? Int == 0)
    try await desk.done("office", "bundle", "receipt", receipt)
    let mixed = try await desk.done("cs", "bundle", "import", receipt, first, "--json").json
    #expect((mixed["files"] as? [[String: Any]])?.contains { $0["acknowledged"] as? Int == 2 } == true)
    #expect(try await desk.done("cs", "status", "--json").json["onlyHere"] as? [String] == [])
    let size = await desk.run("cs", "bundle", "export", desk.path("c"), "--part-size", "二十兆")
    #expect(size.code == 64 && size.error.contains("20MB"))
    let small = await desk.run("cs", "bundle", "export", desk.path("c"), "--all", "--part-size", "10KB", "--json")
    #expect(try small.code == 1 && small.failure["code"] as? String == "partTooSmall")
  }

  @Test("a file that is no bundle, is cut off, exists already or would be empty is refused with the next step")
  func refusals() async throws {
    try await desk.done("cs", "set", "自查", "1.1", "自评分=2", "--as", "张三")
    let file = desk.path("a.bundle")
    try await desk.done("cs", "bundle", "export", file)
    let exists = await desk.run("cs", "bundle", "export", file, "--json")
    #expect(try exists.code == 1 && exists.failure["code"] as? String == "fileExists")
    let whole = try #require(FileManager.default.contents(atPath: file))
    try whole.dropLast(3).write(to: URL(fileURLWithPath: desk.path("cut.bundle")))
    let cut = await desk.run("office", "bundle", "import", desk.path("cut.bundle"), "--json")
    #expect(try cut.code == 1 && cut.failure["code"] as? String == "bundleCutOff")
    #expect(try (cut.failure["hint"] as? String)?.isEmpty == false)
    let other = await desk.run("office", "bundle", "import", desk.path("cs.invitation"), "--json")
    #expect(try other.code == 1 && other.failure["code"] as? String == "notABundle")
    let both = await desk.run("cs", "bundle", "export", desk.path("b"), "--all", "--since-last")
    #expect(both.code == 64)
    let empty = await desk.run("cs", "bundle", "export", desk.path("b"), "--since-last", "--json")
    #expect(try empty.code == 1 && empty.failure["code"] as? String == "nothingNew")
    #expect(!FileManager.default.fileExists(atPath: desk.path("b")))
  }

  @Test("a note stays with the unit: its second computer reads it once somebody has confirmed it, the office never")
  func notes() async throws {
    try await desk.join("second", unit: "school/cs", person: "李四")
    try desk.exchange("office", "cs")
    let added = try await desk.done("cs", "note", "add", "与李四谈心：要点", "--as", "张三", "--json").json
    let stranger = try #require((added["notAdmitted"] as? [String])?.first)
    #expect(try await desk.done("cs", "status").out.contains("还不能读本单位底稿，请确认"))
    try desk.exchange("cs", "office")
    try desk.exchange("office", "second")
    #expect(try await desk.done("second", "note", "list", "--json").json["unreadable"] as? Int == 1)
    #expect(try await desk.done("second", "status").out.contains("本机还读不了"))
    #expect(try await desk.done("office", "note", "list").out.contains("没有能读的底稿"))

    try await desk.done("cs", "device", "admit", String(stranger.prefix(8)))
    try desk.exchange("cs", "office")
    try desk.exchange("office", "second")
    #expect(try await desk.done("second", "note", "list").out.contains("与李四谈心：要点"))
    #expect(try await desk.done("cs", "status", "--json").out.contains(#""notAdmitted":[]"#))
    let unknown = await desk.run("cs", "device", "admit", "没有这台", "--json")
    #expect(try unknown.code == 1 && unknown.failure["code"] as? String == "unknownDevice")
    let empty = await desk.run("cs", "note", "add", "  ", "--json")
    #expect(try empty.code == 1 && empty.failure["code"] as? String == "emptyNote")
  }

  @Test("two computers change one note apart: both texts stand until somebody writes one")
  func noteConflict() async throws {
    try await desk.join("second", unit: "school/cs", person: "李四")
    try desk.exchange("office", "cs")
    for (one, other) in [("cs", "second"), ("second", "cs")] {
      let list = try await desk.done(one, "device", "list", "--json", "--as", one == "cs" ? "张三" : "李四").json
      let devices = try #require(list["devices"] as? [[String: Any]])
      let device = try #require(devices.first { $0["name"] as? String == other }?["device"] as? String)
      try await desk.done(one, "device", "admit", device)
    }
    let id = try #require(try await desk.done("cs", "note", "add", "原文", "--json").json["note"] as? String)
    func relay() throws {
      try desk.exchange("cs", "office")
      try desk.exchange("office", "second")
      try desk.exchange("office", "cs")
    }
    try relay()
    try await desk.done("cs", "note", "list")
    try await desk.done("second", "note", "list")
    try await desk.done("cs", "note", "add", "甲改", "--replace", id)
    try await desk.done("second", "note", "add", "乙改", "--replace", String(id.prefix(6)))
    try relay()
    let shown = try await desk.done("cs", "note", "list").out
    #expect(shown.contains("甲改") && shown.contains("乙改") && shown.contains("⚠") && !shown.contains("原文"))
    try await desk.done("cs", "note", "add", "合成一条", "--replace", id)
    try relay()
    let settled = try await desk.done("second", "note", "list").out
    #expect(settled.contains("合成一条") && !settled.contains("⚠"))
  }
}
