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
}
