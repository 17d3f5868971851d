import Foundation
import SyncEngine
import SyncModel
import Testing

@testable import unitcli

@Suite("unitcli redact")
struct RedactTests {
  static let secret = "身份证一一〇一〇五一九四九一二三一〇〇二X"

  private func desk() async throws -> Desk {
    let desk = try await Desk.withCampaign()
    try await desk.join("cs", unit: "school/cs", person: "张三")
    try await desk.done("cs", "set", "自查", "5.1", "自评分=2", "备注=联系人\(Self.secret)")
    try await desk.done("cs", "set", "自查", "5.1", "备注=已开展4次")
    try desk.exchange("office", "cs")
    return desk
  }

  private func texts(_ desk: Desk, _ computer: String) throws -> Bool {
    try ["workspace.db", "workspace.db-wal"].contains { name in
      let url = URL(fileURLWithPath: desk.path(computer) + "/" + name)
      guard FileManager.default.fileExists(atPath: url.path) else { return false }
      return try Data(contentsOf: url).range(of: Data(Self.secret.utf8)) != nil
    }
  }

  @Test("a replaced value is shown with who and when, asked about, and gone from the file; what stays is said")
  func asks() async throws {
    let desk = try await desk()
    #expect(try texts(desk, "cs") && texts(desk, "office"))
    let refused = await desk.run("cs", "redact", "自查", "5.1", "备注", "--text", "身份证", "--reason", "误填证件号", input: ["n"])
    #expect(refused.code == 1 && refused.error.contains("没有保存"))
    #expect(try texts(desk, "cs"))
    let run = await desk.run(
      "cs", "redact", "自查", "5.1", "备注", "--text", "身份证", "--reason", "误填证件号", input: ["y"])
    #expect(run.code == 0, "\(run.error)")
    #expect(run.out.contains("备注：联系人\(Self.secret)（已被改掉，仍在记录里）"))
    #expect(run.out.contains("张三（cs），9月28日 09:00填"))
    #expect(run.out.contains("本机已删除 1 处") && run.out.contains("还有 2 种填法没有删除"))
    #expect(try !texts(desk, "cs") && texts(desk, "office"))
    try desk.exchange("office", "cs")
    #expect(try !texts(desk, "office"))
    for computer in ["cs", "office"] {
      let log = await desk.run(computer, "log", "--unit", "school/cs", "--item", "5.1", columns: 240).out
      #expect(log.contains("依规删除（张三（cs）") && log.contains("误填证件号") && !log.contains(Self.secret))
      let show = try await desk.done(computer, "show", "自查", "5.1", "--unit", "school/cs").out
      #expect(show.contains("已开展4次") && !show.contains("依规删除"))
      #expect(await desk.run(computer, "verify").code == 0)
    }
  }

  @Test("what stands is shown as redacted everywhere, in JSON with who and why")
  func shown() async throws {
    let desk = try await desk()
    let run = try await desk.done("cs", "redact", "自查", "5.1", "备注", "--reason", "误填", "--yes", "--json").json
    #expect(run["redacted"] as? Int == 2 && run["left"] as? Int == 1)
    let sheet = try await desk.done("cs", "show", "自查", "5.1", "--json").json
    let fields = try #require(((sheet["items"] as? [[String: Any]])?.first)?["fields"] as? [String: Any])
    let remark = try #require(fields["remark"] as? [String: Any])
    #expect(remark["value"] is NSNull && remark["conflict"] as? Bool == false)
    let redacted = try #require(remark["redacted"] as? [String: Any])
    #expect(redacted["reason"] as? String == "误填" && redacted["author"] as? String == "张三")
    let log = try await desk.done("cs", "log", "--item", "5.1", "--json").json
    let changes = try #require(log["entries"] as? [[String: Any]]).flatMap { $0["changes"] as? [[String: Any]] ?? [] }
    #expect(changes.count { ($0["redacted"] as? [String: Any])?["reason"] as? String == "误填" } == 2)
    #expect(try await desk.done("cs", "show", "自查").out.contains("备注：依规删除"))
    #expect(try await desk.done("cs", "report", "score").out.contains("依规删除 1 项"))
    #expect(try await desk.done("cs", "conflicts", "list").out.contains("没有填写不一致"))
    // It can be filled in again, and that is all that shows then.
    try await desk.done("cs", "set", "自查", "5.1", "备注=重新填写")
    let again = try await desk.done("cs", "show", "自查", "5.1").out
    #expect(again.contains("备注：重新填写") && !again.contains("依规删除"))
    #expect(try await desk.done("cs", "conflicts", "list").out.contains("没有填写不一致"))
  }

  @Test("an administrator above redacts a unit's value; values that are not open are told by who and when")
  func above() async throws {
    let desk = try await Desk.withCampaign(drafts: "closed")
    try await desk.join("cs", unit: "school/cs", person: "张三")
    try await desk.done("cs", "set", "自查", "5.1", "备注=\(Self.secret)")
    try desk.exchange("office", "cs")
    let run = try await desk.done(
      "office", "redact", "自查", "5.1", "--unit", "school/cs", "--reason", "上级抽查发现", "--yes")
    #expect(run.out.contains("（上报前不公开）") && run.out.contains("张三（cs），9月28日填") && !run.out.contains(Self.secret))
    try desk.exchange("office", "cs")
    #expect(try !texts(desk, "office") && !texts(desk, "cs"))
    #expect(try await desk.done("cs", "show", "自查", "5.1").out.contains("上级抽查发现"))
  }

  @Test("what is missing, ambiguous or not allowed is refused with the next step, and nothing is removed")
  func refusals() async throws {
    let desk = try await desk()
    try await desk.join("maths", unit: "school/maths", person: "王五")
    func code(_ computer: String, _ arguments: String...) async throws -> String? {
      let run = await desk.run(computer, ["redact"] + arguments + ["--json", "--yes"])
      #expect(run.code != 0)
      return try run.failure["code"] as? String
    }
    #expect(try await code("cs", "自查", "5.1", "备注") == "noReason")
    #expect(try await code("cs", "自查", "5.1", "备注", "--reason", " ") == "noReason")
    #expect(try await code("cs", "自查", "5.1", "备注", "--reason", "已开展4次不能写") == "reasonRepeats")
    #expect(try await code("cs", "自查", "5.1", "备注", "--reason", String(repeating: "长", count: 201)) == "reasonTooLong")
    #expect(try await code("cs", "自查", "5.1", "没有", "--reason", "误填") == "unknownField")
    #expect(try await code("cs", "自查", "5.1", "--version", "9", "--reason", "误填") == "usage")
    #expect(try await code("cs", "自查", "5.2", "--reason", "误填") == "nothingToRedact")
    #expect(try await code("maths", "自查", "5.1", "备注", "--unit", "school/cs", "--reason", "误填") == "notAllowed")
    let several = await desk.run("cs", "redact", "自查", "5.1", "--reason", "误填", "--yes")
    #expect(several.code == 64 && several.out.contains("1．自评分：2") && several.error.contains("--version"))
    #expect(try texts(desk, "cs"))
    let chosen = try await desk.done("cs", "redact", "自查", "5.1", "--version", "2", "--reason", "误填", "--yes").out
    #expect(chosen.contains("联系人") && !chosen.contains("自评分"))
    #expect(try !texts(desk, "cs"))
  }

  @Test("a value that has not come is shown as such, on the screen and in JSON")
  func owed() async throws {
    let desk = try await desk()
    let (office, log) = (try desk.office("office"), LogID(try desk.office("cs").identity.unit, .answers))
    try await desk.done("cs", "set", "自查", "5.2", "备注=路上丢了")
    let segment = try #require(
      try desk.office("cs").workspace.store.write(wallMilliseconds: 0) { transaction in
        let engine = try transaction.engine(for: log)
        return try engine.segment(on: 0, after: engine.strands[0].stored - 1, byteLimit: 1 << 20)
      })
    guard case .plain(let secret, let entries)? = segment.runs.last, let entry = entries.last else {
      Issue.record("an entry as written")
      return
    }
    var stripped = segment
    let seq = segment.from + 1
    let slots = try SealedBox(entry, secret: secret, seq: seq).slots.map { slot -> Segment.ValueSlot in
      guard case .present(let salt, let value) = slot else { return slot }
      return .absent(Chain.valueDigest(value, salt: salt))
    }
    stripped.runs = [.explicit(entries: [Segment.ExplicitEntry(header: entry.header, slots: slots)])]
    _ = try office.workspace.store.write(wallMilliseconds: 1_790_600_000_000) { try $0.ingest(stripped) }
    #expect(try await desk.done("office", "show", "自查", "5.2", "--unit", "school/cs").out.contains("备注：内容未到"))
    #expect(try await desk.done("office", "status").out.contains("有 1 处内容未到"))
    let sheet = try await desk.done("office", "show", "自查", "5.2", "--unit", "school/cs", "--json").json
    let fields = try #require(((sheet["items"] as? [[String: Any]])?.first)?["fields"] as? [String: Any])
    #expect((fields["remark"] as? [String: Any])?["owed"] as? Bool == true)
    #expect(try await desk.done("office", "status", "--json").json["owed"] as? Int == 1)
    try desk.exchange("cs", "office")
    #expect(try await desk.done("office", "show", "自查", "5.2", "--unit", "school/cs").out.contains("路上丢了"))
    #expect(try await desk.done("office", "status", "--json").json["owed"] as? Int == 0)
  }
}
