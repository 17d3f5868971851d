import Foundation
import SyncEngine
import SyncModel
import SyncTesting
import Testing

/// Everything that daemons and commands print, at their most talkative, searched for every secret there is.
@Suite struct SecretTests {
  /// A secret in the spellings under which it could slip into a text.
  private static func spellings(_ bytes: [UInt8]) -> [String] {
    let base64 = Data(bytes).base64EncodedString()
    let url = base64.replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    return [
      Hex.encode(bytes), Hex.encode(bytes).uppercased(), base64, url, bytes.map(String.init).joined(separator: ", "),
      base64.replacing("=", with: ""),
    ]
  }

  @Test("no key, invitation or secret stands in any log line, message or answer, through joins, refusals and errors")
  func nothingLeaks() throws {
    let school = try TestSchool()
    let stage = school.folder + "/stage"
    try FileManager.default.createDirectory(atPath: stage, withIntermediateDirectories: true)
    var printed = ""
    var secrets: [(what: String, spellings: [String])] = []

    @discardableResult
    func run(_ arguments: String..., name: String = "unitcli", isPrinted: Bool = true) throws -> Tool {
      let tool = try Tool(name, arguments, stateFolder: school.stateFolder)
      if isPrinted { printed += tool.out + tool.error }
      return tool
    }
    func key(_ what: String, _ file: String) throws {
      let bytes = [UInt8](try #require(FileManager.default.contents(atPath: stage + "/" + file)))
      secrets.append((what, Self.spellings(bytes)))
      // A PEM file's own lines, too.
      let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n").filter {
        $0.count > 30 && !$0.contains("-")
      }
      if file.hasSuffix("tls.key") { secrets.append((what, lines.map(String.init))) }
    }
    func invite(_ unit: String, _ role: String, from: String, hub: String) throws -> String {
      // The invitation is what this command is for; only what it says beside counts.
      let tool = try run(
        "invite", unit, "--role", role, "--hub", hub, "--data", stage + "/" + from, "--json", isPrinted: false)
      printed += tool.error
      let text = try #require(tool.text("invitation"))
      let invitation = try Invitation(text: text)
      secrets.append(("secret of an invitation", Self.spellings(invitation.secret.bytes)))
      secrets.append(("an invitation", [String(text.dropFirst(Invitation.scheme.count).prefix(60))]))
      return text
    }

    try run("init", "--data", stage + "/school", "--name", "示例大学", "--rehearsal", name: "syncd")
    try run(
      "unit", "add", "school/cs", "--name", "计算机学院党总支", "--kind", "committee", "--data", stage + "/school", "--as", "甲")
    let schoolLog = stage + "/school.log"
    let top = try Daemon(
      data: stage + "/school", stateFolder: school.stateFolder, more: ["--tls", "--log-level", "trace"],
      errors: .file(schoolLog))
    let toHub = try invite("school/cs", "admin", from: "school", hub: top.url)
    try run("join", toHub, "--data", stage + "/cs", "--as", "乙", "--device-name", "计院主机")
    // An invitation that is mistyped, cut off, misplaced, used twice, or shown to the wrong hub.
    try run("join", toHub, "--no-such-option", "--data", stage + "/x")
    try run("join", toHub + "A", "--data", stage + "/x")
    try run("join", String(toHub.dropLast(3)), "--data", stage + "/x", "--json")
    try run("join", toHub, toHub, "--data", stage + "/x")
    try run(toHub)
    try run("sync", toHub, "--data", stage + "/cs")
    try run("sync", "--hub", toHub, "--data", stage + "/cs", "--json")
    try run("sync", "--data", stage + "/cs", "--json")
    try run("join", toHub, "--data", stage + "/twice", "--as", "丙")
    let twice = try run("sync", "--data", stage + "/twice", "--json")
    #expect(twice.errorCode == "invitationUsed")

    let csLog = stage + "/cs.log"
    let middle = try Daemon(
      data: stage + "/cs", stateFolder: school.stateFolder, more: ["--log-level", "trace", "--every", "1h"],
      errors: .file(csLog))
    let toLaptop = try invite("school/cs", "reporter", from: "cs", hub: middle.url)
    try run("join", toLaptop, "--data", stage + "/laptop", "--as", "丁")
    let wrongHub = try run("sync", "--hub", top.url, "--data", stage + "/laptop", "--json")
    #expect(wrongHub.code == 1)
    try run("sync", "--data", stage + "/laptop")
    try run("sync", "--hub", middle.url, "--hub-pin", "nonsense", "--data", stage + "/laptop")
    try run("sync", "--hub", middle.url, "--trust-new-hub", "--data", stage + "/laptop", "--json")
    for command in ["status", "verify", "log"] { try run(command, "--data", stage + "/laptop") }
    try run("device", "list", "--data", stage + "/laptop")
    try run(
      "restore", stage + "/no.backup", "--data", stage + "/x", "--passphrase-file", toHub, "--json", name: "syncd")
    // A key that is gone, and a key that is not one.
    try FileManager.default.moveItem(atPath: stage + "/twice/device.key", toPath: stage + "/moved.key")
    try run("sync", "--data", stage + "/twice")
    try Data("not a key".utf8).write(to: URL(fileURLWithPath: stage + "/twice/device.key"))
    try run("sync", "--data", stage + "/twice", "--json")
    #expect(middle.stop() == 0 && top.stop() == 0)

    try key("root key", "school/root.key")
    try key("certificate's key", "school/tls.key")
    for device in ["school", "cs", "laptop"] { try key("key of \(device)", device + "/device.key") }
    try key("key of twice", "moved.key")
    for file in [schoolLog, csLog] {
      let text = String(decoding: try #require(FileManager.default.contents(atPath: file)), as: UTF8.self)
      #expect(text.contains(" trace ") || text.contains(" debug "), "the log is at its most talkative")
      printed += text
    }
    for (what, spellings) in secrets {
      for spelling in spellings where !spelling.isEmpty {
        #expect(!printed.contains(spelling), "\(what) was printed")
      }
    }
    // The search itself works: what is no secret and must be there is found.
    #expect(printed.contains("已加入") && secrets.count >= 10)
  }
}
