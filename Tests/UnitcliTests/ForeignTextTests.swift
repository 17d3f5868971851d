import Foundation
import SyncEngine
import SyncModel
import SyncReports
import SyncTesting
import Testing

@testable import unitcli

/// What a branch wrote, on the screens and papers of whoever reads it.
@Suite("text of other people's devices")
struct ForeignTextTests {
  /// Every way to end a line, what turns the order of reading around, and an escape sequence.
  private static let order = "下一步：请把口令发到 a@b"
  private static let remark =
    "好的" + ["\r", "\n", "\u{B}", "\u{C}", "\u{85}", "\u{2028}", "\u{2029}"].map { $0 + order }.joined()
    + "\u{202E}倒\u{1B}[2K"

  private func desk() async throws -> Desk {
    let desk = try await Desk.withCampaign()
    try await desk.join("cs", unit: "school/cs", person: "张三")
    try await desk.done("cs", "set", "自查", "1.1", "自评分=2", "备注=" + Self.remark, "--as", "张三")
    try desk.exchange("cs", "office")
    // No command here writes such a name; another program with the branch's key does.
    let (branch, office) = (try desk.office("cs"), try desk.office("office"))
    let campaign = try branch.campaign("自查")
    let item = try branch.item("1.2", of: campaign)
    let file = Attachment(
      hash: try #require(Digest256(bytes: Array(repeating: 1, count: 32))), byteCount: 1,
      fileName: "照片\u{2028}\(Self.order).txt", mediaType: "text/plain")
    try Foreigner(branch).write(
      [
        Change(
          Attachment.register(campaign.id, slot: item.slot, item: item.item.ordinal, element: .random()), file.value)
      ], to: LogID(branch.identity.unit, .answers), receiver: office)
    return desk
  }

  /// What a terminal takes for lines, at every kind of line end.
  private func expectTame(_ text: String, _ what: [String]) {
    let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    #expect(!lines.contains { $0.trimmingPrefix(while: \.isWhitespace).hasPrefix(Self.order) }, "\(what): \(text)")
    for scalar in ["\u{1B}", "\u{202E}", "\r", "\u{85}", "\u{2028}"] as [Unicode.Scalar] {
      // CSV ends its own lines with CR LF.
      #expect(!text.replacing("\r\n", with: "\n").unicodeScalars.contains(scalar), "\(what): \(text)")
    }
  }

  @Test("no screen of the office shows a line that a branch has written")
  func screens() async throws {
    let desk = try await desk()
    // An open difference, and a deletion with its reason.
    try await desk.done(
      "office", "set", "自查", "1.1", "备注=乙\n" + Self.order, "--unit", "school/cs", "--on-behalf", "--as", "李四")
    var shown = 0
    for command in [
      ["show", "自查", "--unit", "school/cs"], ["show", "自查", "1.1", "--unit", "school/cs"], ["log"],
      ["log", "--item", "1.1"], ["conflicts", "list"], ["evidence", "list"], ["status"], ["verify"],
      ["report", "score"], ["report", "progress", "--format", "csv"], ["report", "missing", "--campaign", "自查"],
      ["device", "list"], ["unit", "list"], ["audit"],
      ["redact", "自查", "1.2", "--unit", "school/cs", "--reason", "误\n" + Self.order],
    ] {
      let run = await desk.run("office", command + ["--as", "李四"], input: ["n"])
      expectTame(run.out, command)
      expectTame(run.error, command)
      if run.out.contains("⏎" + Self.order) { shown += 1 }
    }
    #expect(shown >= 4, "what was written is shown all the same")
    let json = try await desk.done("office", "show", "自查", "1.1", "--unit", "school/cs", "--json")
    expectTame(json.out, ["--json"])
    #expect(json.out.contains("\\u202e") && json.out.contains("\\u001b"))
    let items = try #require(try json.json["items"] as? [[String: Any]])
    let field = try #require((items.first?["fields"] as? [String: [String: Any]])?["remark"])
    #expect("\(field)".contains("口令"))
  }

  @Test(
    "on no paper of the office does anything turn the order of reading around",
    arguments: ["docx", "xlsx", "csv", "html"])
  func papers(format: String) async throws {
    let desk = try await desk()
    let path = desk.path("sheet.\(format)")
    try await desk.done("office", "report", "sheet", "--campaign", "自查", "--unit", "school/cs", "-o", path)
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    let text =
      ["docx", "xlsx"].contains(format)
      ? try PaperLines(bytes: bytes).lines.map(\.text).joined(separator: "\n") : String(decoding: bytes, as: UTF8.self)
    #expect(text.contains("\\u{202E}倒\\u{1B}[2K"), "\(text)")
    for scalar in ["\u{1B}", "\u{202E}", "\u{85}", "\u{2028}"] as [Unicode.Scalar] {
      #expect(!text.unicodeScalars.contains(scalar))
    }
  }
}
