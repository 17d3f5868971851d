import Foundation
import SyncEngine
import SyncHTTP
import SyncModel
import SyncReports
import Testing

@testable import unitcli

@Suite("attach, detach, evidence: files on the command line")
struct EvidenceCommandTests {
  private func desk() async throws -> Desk {
    let desk = try await Desk.withCampaign()
    try await desk.join("cs", unit: "school/cs", person: "张三")
    return desk
  }

  private func file(_ desk: Desk, _ name: String, _ text: String) throws -> String {
    let path = desk.path(name)
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    return path
  }

  @Test("attach says what was attached and what is not yet sent, and status counts the files")
  func attach() async throws {
    let desk = try await desk()
    let run = try await desk.done("cs", "attach", "自查", "5.1", file(desk, "会议记录.pdf", "一二三"))
    #expect(
      run.out == """
        第 5.1 项 佐证材料：会议记录.pdf（9 字节）
        所涉党组织：计算机学院党总支（school/cs）
        已存本机，未送出 1 条
        未送出的佐证材料 1 个（9 字节），下次同步时送出

        """)
    let status = try await desk.done("cs", "status", "--json").json["unsent"] as? [String: Any]
    #expect(status?["files"] as? Int == 1 && status?["entries"] as? Int == 1)
    #expect(try await desk.done("cs", "status").out.contains("  只在本机：佐证材料 1 个文件（9 字节），同步时送出\n"))
  }

  @Test("show and evidence list name the files with who attached them; JSON has what scripts need")
  func shown() async throws {
    let desk = try await desk()
    let json = try await desk.done("cs", "attach", "自查", "5.1", file(desk, "会议记录.pdf", "一二三"), "--json").json
    let attached = try #require((json["files"] as? [[String: Any]])?.first)
    #expect((json["entry"] as? String)?.hasSuffix(":1") == true && attached["cleaned"] as? Bool == false)
    let id = try #require(attached["id"] as? String)
    let item = try #require(try await desk.item("cs", "5.1"))
    let shown = try #require((item["evidence"] as? [[String: Any]])?.first)
    #expect(shown["id"] as? String == id && shown["name"] as? String == "会议记录.pdf" && shown["here"] as? Bool == true)
    #expect(item["evidenceCount"] as? Int == 1 && item["filled"] as? Bool == false, "evidence alone fills nothing in")
    let detail = try await desk.done("cs", "show", "自查", "5.1").out
    #expect(detail.contains("  佐证材料：\n    1．会议记录.pdf（9 字节），张三（cs），"))
    #expect(try await desk.done("cs", "show", "自查").out.contains("佐证 1 份"))
    let list = try await desk.done("cs", "evidence", "list", "自查", "--json").json["files"] as? [[String: Any]]
    #expect(list?.count == 1 && list?.first?["item"] as? String == "5.1" && list?.first?["author"] as? String == "张三")
    #expect(await desk.run("cs", "log", columns: 200).out.contains("佐证材料：会议记录.pdf（9 字节）"))
    let log = try await desk.done("cs", "log", "--json").json["entries"] as? [[String: Any]]
    let change = try #require((log?.first?["changes"] as? [[String: Any]])?.first)
    #expect(change["field"] as? String == "evidence" && change["item"] as? String == "5.1")
  }

  @Test("detach takes names and numbers, says so, and leaves the rest; what is not attached is refused")
  func detach() async throws {
    let desk = try await desk()
    try await desk.done("cs", "attach", "自查", "5.1", file(desk, "甲.txt", "一"), file(desk, "乙.txt", "二"))
    let run = try await desk.done("cs", "detach", "自查", "5.1", "甲.txt")
    #expect(run.out.hasPrefix("第 5.1 项 已撤下：甲.txt\n"))
    let again = await desk.run("cs", "detach", "自查", "5.1", "甲.txt", "--json")
    #expect(try again.code == 1 && again.failure["code"] as? String == "notAttached")
    try await desk.done("cs", "detach", "自查", "5.1", "1")
    #expect(try await desk.done("cs", "evidence", "list").out == "没有佐证材料。\n")
  }

  @Test("above the unit, evidence of a campaign with closed drafts is counted and not named")
  func closedDrafts() async throws {
    let desk = try await Desk.withCampaign(drafts: "closed")
    try await desk.join("cs", unit: "school/cs", person: "张三")
    try await desk.done("cs", "attach", "自查", "5.1", file(desk, "会议记录.pdf", "一二三"))
    try desk.exchange("office", "cs")
    let list = try await desk.done("office", "evidence", "list", "--unit", "school/cs", "--json").json
    #expect((list["files"] as? [Any])?.isEmpty == true && list["closed"] as? Int == 1)
    let shown = try await desk.done("office", "show", "自查", "5.1", "--unit", "school/cs").out
    #expect(!shown.contains("会议记录") && shown.contains("佐证材料：1 份（上报前不公开）"))
  }

  @Test("redact takes a wrongly attached file away at once")
  func redact() async throws {
    let desk = try await desk()
    try await desk.done("cs", "attach", "自查", "5.1", file(desk, "误附.txt", "一"))
    let run = try await desk.done("cs", "redact", "自查", "5.1", "佐证材料", "--reason", "误附", "--yes")
    #expect(run.out.contains("佐证材料：误附.txt（3 字节）"))
    #expect(try desk.office("cs").workspace.files.hashes().isEmpty)
    #expect(try await desk.done("cs", "evidence", "list").out == "没有佐证材料。\n")
  }

  @Test(
    "doctor and verify find a damaged file by its name; verify puts it aside, so that it can come again (promise 5)")
  func damaged() async throws {
    let desk = try await desk()
    let attached = try await desk.done("cs", "attach", "自查", "5.1", file(desk, "甲.txt", "一"), "--json").json["files"]
    let id = try #require((attached as? [[String: Any]])?.first?["id"] as? String)
    #expect(try await desk.done("cs", "verify").out.contains("佐证材料 1 个文件完好。"))
    try "二".write(toFile: desk.path("cs/files/\(id.prefix(2))/\(id)"), atomically: false, encoding: .utf8)
    let doctor = await desk.run("cs", "doctor", "--json", now: nil)
    let checks = try #require(try doctor.json["checks"] as? [[String: Any]])
    #expect(checks.contains { $0["check"] as? String == "files" && $0["state"] as? String == "bad" })
    let verify = await desk.run("cs", "verify", "--json")
    #expect(try verify.code == 1 && verify.json["damagedFiles"] as? [String] == [id])
    #expect(verify.error.contains("甲.txt"))
    #expect(try desk.office("cs").workspace.files.hashes().isEmpty)
    // Told once; then the file is one that is not here.
    #expect(await desk.run("cs", "verify").code == 0)
  }

  @Test("verify names a file that is gone from the folder and forgets it (promise 5)")
  func gone() async throws {
    let desk = try await desk()
    let attached = try await desk.done("cs", "attach", "自查", "5.1", file(desk, "甲.txt", "一"), "--json").json["files"]
    let id = try #require((attached as? [[String: Any]])?.first?["id"] as? String)
    try FileManager.default.removeItem(atPath: desk.path("cs/files/\(id.prefix(2))/\(id)"))
    let verify = await desk.run("cs", "verify", "--json")
    #expect(try verify.code == 1 && verify.json["lostFiles"] as? [String] == [id])
    #expect(try verify.json["ok"] as? Bool == false && verify.error.contains("甲.txt"))
    #expect(await desk.run("cs", "verify").code == 0)
  }

  @Test("the scope of what is fetched ahead is remembered")
  func scope() async throws {
    let desk = try await desk()
    #expect(try await desk.done("cs", "evidence", "scope").out == "同步时预先取回佐证材料：用到时再取\n")
    try await desk.done("cs", "evidence", "scope", "own")
    #expect(try await desk.done("cs", "evidence", "scope", "--json").json["scope"] as? String == "own")
    #expect(await desk.run("cs", "evidence", "scope", "some").code == 64)
  }

  @Test(
    "the line of a transfer never exceeds the terminal, counted in columns, however long and wide the name",
    arguments: [20, 40, 60, 80, 120],
    ["a.pdf", "二〇二六年度支部委员会会议记录和现场照片汇总（第一稿）.pdf", String(repeating: "x", count: 200)])
  func line(width: Int, name: String) {
    var rate = TransferRate()
    rate.add(0, at: 0)
    rate.add(1_000_000, at: 1000)
    let progress = FileProgress(
      hash: Digest256(a: 1, b: 2, c: 3, d: 4), isSending: true, done: 1_000_000, byteCount: 3_000_000, number: 1,
      count: 2)
    let line = TransferBar.line(progress, name: name, rate: rate, width: width)
    #expect(DisplayWidth.of(line) < width)
    if width >= 80 { #expect(line.contains(" 33%  1.0 MB/s 剩余 2 秒") && line.hasPrefix("送出 1/2 ")) }
  }

  @Test("a rate speaks of the last seconds, and of nothing that was there before")
  func rate() {
    var rate = TransferRate()
    rate.add(50_000_000, at: 1000)
    #expect(rate.bytesPerSecond == nil, "what an interrupted transfer had already took no time")
    rate.add(50_001_000, at: 1100)
    #expect(rate.bytesPerSecond == nil, "too short to tell")
    for second in 1...60 { rate.add(50_000_000 + second * 2000, at: 1000 + UInt64(second) * 1000) }
    #expect(rate.bytesPerSecond == 2000 && rate.secondsLeft(10_001) == 6)
    #expect([5, 61, 7265].map(DurationText.text) == ["5 秒", "1 分 1 秒", "2 小时 1 分"])
  }
}
