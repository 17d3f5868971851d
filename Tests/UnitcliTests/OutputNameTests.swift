import Foundation
import SyncEngine
import Testing

@testable import unitcli

@Suite("the name of a file that is written does not lie")
struct OutputNameTests {
  let desk: Desk

  init() async throws {
    desk = try await Desk.withCampaign()
    try await desk.join("cs", unit: "school/cs", person: "张三")
    try await desk.done(
      "cs", "ledger", "add", "问题整改台账", "问题来源=自查", "问题=记录不全", "整改措施=补齐", "责任人=张三", "期限=2026-10-31", "进展=整改中")
  }

  /// Every command that writes a file under a name that people choose.
  static let commands: [[String]] = [
    ["report", "progress"], ["report", "score", "--campaign", "自查"],
    ["report", "score", "--campaign", "自查", "--format", "csv"],
    ["report", "progress", "--campaign", "自查", "--format", "xlsx"], ["report", "progress", "--format", "table"],
    ["report", "progress", "--format", "json"], ["report", "missing", "--campaign", "自查"],
    ["report", "missing", "--campaign", "自查", "--format", "docx"],
    ["report", "sheet", "--campaign", "自查"], ["report", "sheet", "--campaign", "自查", "--format", "html"],
    ["report", "ledger", "问题整改台账"], ["report", "ledger", "问题整改台账", "--records"], ["report", "problems"],
    ["report", "self", "--campaign", "自查"], ["form", "export", "自查"],
  ]

  @Test(
    "an ending that the command cannot write is refused with those that it can, and nothing is written",
    arguments: commands)
  func refused(command: [String]) async throws {
    for ending in ["pdf", "doc", "XLS", "jpg", ""] {
      let path = desk.path("文件.\(ending)")
      let run = await desk.run("cs", command + ["-o", path, "--json"])
      #expect(run.code == 64 && run.out.isEmpty, "\(command) \(ending): \(run.error)")
      let failure = try run.failure
      #expect(failure["message"] as? String == "不能写成“.\(ending.lowercased())”文件")
      #expect((failure["hint"] as? String)?.hasPrefix("可选：.") == true)
      #expect(!FileManager.default.fileExists(atPath: path))
    }
  }

  @Test("a format that is not the name's is refused")
  func contradiction() async throws {
    for (format, ending) in [("csv", "docx"), ("docx", "xlsx"), ("table", "csv"), ("json", "txt")] {
      let path = desk.path("文件.\(ending)")
      let run = await desk.run("cs", "report", "progress", "--campaign", "自查", "--format", format, "-o", path)
      #expect(run.code == 64 && !FileManager.default.fileExists(atPath: path), "\(format) \(ending)")
    }
    for name in ["表.txt", "表.json", "表.csv", "表.docx", "表.xlsx", "表.HTML", "表"] {
      try await desk.done("cs", "report", "progress", "--campaign", "自查", "-o", desk.path(name))
      #expect(FileManager.default.fileExists(atPath: desk.path(name)))
    }
    let json = try Data(contentsOf: URL(fileURLWithPath: desk.path("表.json")))
    #expect((try JSONSerialization.jsonObject(with: json) as? [String: Any])?["report"] as? String == "progress")
  }

  @Test("a picture keeps an ending of its kind")
  func pictures() async throws {
    let source = desk.path("照片.png")
    // 1 × 1.
    let png = try #require(
      Data(
        base64Encoded:
          "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="))
    try png.write(to: URL(fileURLWithPath: source))
    for ending in ["pdf", "jpg", "txt"] {
      let path = desk.path("清.\(ending)")
      let run = await desk.run("cs", "photo", "clean", source, "-o", path)
      #expect(run.code == 64 && run.error.contains("可选：.png") && !FileManager.default.fileExists(atPath: path))
    }
    try await desk.done("cs", "photo", "clean", source, "-o", desk.path("清.PNG"))
  }

  @Test("an invitation is a text, its code a picture; nobody is invited by a command that is refused")
  func invitations() async throws {
    for arguments in [["--out", "邀请.pdf"], ["--out", "邀请.png"], ["--qr-file", "码.pdf"], ["--qr-file", "码"]] {
      let run = await desk.run(
        "office", ["invite", "school/cs", "--role", "reporter", arguments[0], desk.path(arguments[1])])
      #expect(run.code == 64 && !FileManager.default.fileExists(atPath: desk.path(arguments[1])), "\(arguments)")
    }
    #expect(try await desk.done("office", "invite", "list", "--json").out.contains("邀请.pdf") == false)
    try await desk.done("office", "invite", "school/cs", "--role", "reporter", "--out", desk.path("邀请.txt"))
    try await desk.done("office", "invite", "--under", "school", "--out", desk.path("各.单位"))
  }
}
