import Foundation
import SyncEngine
import SyncModel
import SyncTesting
import Testing

/// Who said it, and what was settled, on the screens of real programs, with members who write what they like.
@Suite struct AttributionTests {
  let school: TestSchool
  let root: Office
  let zhang: Office
  let li: Office
  let hub: Daemon
  let log: LogID

  init() throws {
    school = try TestSchool()
    root = try school.found(person: "赵核定")
    _ = try root.at(school.now()).addUnit("school/cs", name: "计算机学院党总支", kind: .committee, type: nil)
    _ = try school.publishSheet(by: root)
    zhang = try school.enrol("school/cs", by: root, person: "张三", device: "cs-a")
    li = try school.enrol("school/cs", by: root, person: "李四", device: "cs-b")
    hub = try Daemon(data: root.workspace.folder, stateFolder: school.stateFolder)
    log = LogID(zhang.identity.unit, .answers)
    for office in [zhang, li] { try sync(office) }
  }

  @discardableResult
  private func run(_ office: Office, _ arguments: String...) throws -> Tool {
    let tool = try Tool(
      "unitcli", arguments + ["--data", office.workspace.folder, "--as", office.person], stateFolder: school.stateFolder
    )
    try #require(tool.code == 0, "\(arguments): \(tool.error)")
    return tool
  }

  @discardableResult
  private func sync(_ office: Office) throws -> Tool { try run(office, "sync", "--hub", hub.url) }

  private func object(_ tool: Tool) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(tool.out.utf8)) as? [String: Any])
  }

  /// What `show --json` says of one field of one item of the committee's.
  private func field(_ office: Office, _ item: String, _ name: String) throws -> [String: Any] {
    let shown = try object(run(office, "show", "专项督查", item, "--unit", "school/cs", "--json"))
    let items = try #require(shown["items"] as? [[String: Any]])
    return try #require((items.first?["fields"] as? [String: [String: Any]])?[name])
  }

  @Test("a colleague who writes another name over somebody's id changes no screen of any computer (promises 5, 11)")
  func renamed() throws {
    try run(zhang, "set", "专项督查", "1.1", "自评分=1")
    for office in [zhang, li] { try sync(office) }
    // The id stands in every entry; the colleague's own program writes another name for it, and signs it well.
    let person = try #require(
      try li.history(of: try li.ownUnit()).entries.first { $0.origin.device == zhang.identity.device }?.origin.person)
    try li.workspace.write(
      [Change(RegisterName(.person, SubjectID(high: person.high, low: person.low), .personName), .text("王五"))],
      to: log, as: "李四", claimedMilliseconds: school.now(), shownUpTo: .max)
    for office in [li, zhang] { try sync(office) }
    try run(zhang, "set", "专项督查", "1.2", "自评分=1")
    for office in [zhang, li] { try sync(office) }
    for office in [root, zhang, li] {
      for item in ["1.1", "1.2"] {
        let siblings = try #require(try field(office, item, "selfScore")["siblings"] as? [[String: Any]])
        #expect(siblings.map { $0["author"] as? String } == ["张三"])
        #expect(siblings.map { $0["device"] as? String } == ["cs-a"])
      }
      let entries = try #require(
        try object(run(office, "log", "--unit", "school/cs", "--json"))["entries"] as? [[String: Any]])
      let told = entries.map { "\($0["author"] as? String ?? "?")（\($0["device"] as? String ?? "?")）" }
      #expect(told == ["张三（cs-a）", "李四（cs-b）", "张三（cs-a）"], "\(told)")
      #expect(try run(office, "verify", "--json").out.contains("\"ok\":true"))
    }
    #expect(hub.stop() == 0)
  }

  @Test(
    "a value set after the reviewer settled another reads 核定后改动 on every screen and paper, counts, and goes back to the reviewer (promises 11, 12)"
  )
  func settled() throws {
    try run(zhang, "set", "专项督查", "1.1", "自评分=1.5")
    try run(li, "set", "专项督查", "1.1", "自评分=2")
    for office in [zhang, li, zhang] { try sync(office) }
    let open = try #require(
      try object(run(root, "conflicts", "list", "--all", "--json"))["conflicts"] as? [[String: Any]])
    let id = try #require(open.first?["id"] as? String)
    let shown = try object(run(root, "conflicts", "show", id, "--json"))
    let siblings = try #require(shown["siblings"] as? [[String: Any]])
    let number = try #require(siblings.first { $0["value"] as? Double == 1.5 }?["number"] as? Int)
    try run(root, "conflicts", "resolve", id, "--take", "\(number)", "--note", "按会议记录核定")
    let brought = try sync(li).out
    #expect(brought.contains("第 1.1 项 自评分：赵核定（组织部电脑） 核定为 1.5：按会议记录核定"), "\(brought)")
    try sync(zhang)
    for office in [root, zhang, li] {
      let settlement = try #require(try field(office, "1.1", "selfScore")["settlement"] as? [String: Any])
      #expect(settlement["state"] as? String == "settled" && settlement["value"] as? Double == 1.5)
    }

    // 张三 saw the decision and writes another value.
    try run(zhang, "set", "专项督查", "1.1", "自评分=2")
    for office in [zhang, li] { try sync(office) }
    for office in [root, zhang, li] {
      let score = try field(office, "1.1", "selfScore")
      #expect(score["value"] as? Double == 2 && score["conflict"] as? Bool == false)
      let settlement = try #require(score["settlement"] as? [String: Any])
      #expect(settlement["state"] as? String == "changed" && settlement["value"] as? Double == 1.5)
      #expect(settlement["author"] as? String == "赵核定" && settlement["note"] as? String == "按会议记录核定")
      let detail = try run(office, "show", "专项督查", "1.1", "--unit", "school/cs").out
      #expect(detail.contains("⚠ 核定后改动，原由 赵核定（组织部电脑）"), "\(detail)")
      #expect(try run(office, "show", "专项督查", "--unit", "school/cs").out.contains("⚠ 2 核定后改动"))
      for format in ["csv", "html"] {
        let path = school.folder + "/\(office.person).\(format)"
        try run(office, "report", "sheet", "--campaign", "专项督查", "--unit", "school/cs", "-o", path)
        let paper = String(decoding: try #require(FileManager.default.contents(atPath: path)), as: UTF8.self)
        #expect(
          paper.contains("注：核定后改动，以后来填的为准：第 1.1 项自评分（赵核定原核定为 1.5：按会议记录核定）。"), "\(paper)")
      }
    }
    let report = try object(run(root, "report", "score", "--campaign", "专项督查", "--json"))
    let unit = try #require((report["units"] as? [[String: Any]])?.first { $0["unit"] as? String == "school/cs" })
    #expect(unit["low"] as? Double == 2 && unit["high"] as? Double == 2, "the later value counts")

    // Back to who settled, and to nobody else.
    func queue(_ office: Office) throws -> [[String: Any]] {
      try #require(
        try object(run(office, "conflicts", "list", "--json"))["changedAfterSettling"] as? [[String: Any]])
    }
    #expect(try queue(root).map { $0["id"] as? String } == [id])
    #expect(try queue(zhang).isEmpty)
    #expect(try object(run(root, "status", "--json"))["changedAfterSettling"] as? Int == 1)
    #expect(try run(root, "status").out.contains("⚠ 核定后改动 1 处"))
    try run(root, "conflicts", "resolve", id, "--take", "1", "--note", "补充材料已核")
    for office in [zhang, li] { try sync(office) }
    for office in [root, zhang, li] {
      let settlement = try #require(try field(office, "1.1", "selfScore")["settlement"] as? [String: Any])
      #expect(settlement["state"] as? String == "settled" && settlement["note"] as? String == "补充材料已核")
      let entries = try #require(
        try object(run(office, "log", "--unit", "school/cs", "--json"))["entries"] as? [[String: Any]])
      let notes = entries.flatMap { $0["changes"] as? [[String: Any]] ?? [] }.filter { $0["settled"] as? Bool == true }
        .map { $0["note"] as? String }
      #expect(notes == ["按会议记录核定", "补充材料已核"])
      #expect(try run(office, "verify", "--json").out.contains("\"ok\":true"))
    }
    #expect(try queue(root).isEmpty)
    #expect(hub.stop() == 0)
  }
}
