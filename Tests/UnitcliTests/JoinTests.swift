import Foundation
import SyncEngine
import SyncModel
import Testing

@testable import unitcli

/// How invitations are taken, and that no refusal says one again.
@Suite("joining")
struct JoinTests {
  private func invited() async throws -> (desk: Desk, url: String, code: String) {
    let desk = try await Desk.withCampaign()
    let made = try await desk.done("office", "invite", "school/cs", "--role", "reporter", "--json")
    let url = try #require(try made.json["invitation"] as? String)
    return (desk, url, String(url.dropFirst(Invitation.scheme.count)))
  }

  @Test("join - reads the code from standard input, from a terminal or a pipe, and shows none of it")
  func standardInput() async throws {
    let (desk, url, code) = try await invited()
    let pasted = await desk.run("pasted", "join", "-", "--as", "张三", input: [url], interactive: true)
    #expect(pasted.code == 0 && pasted.error.contains("请粘贴邀请码"), "\(pasted.error)")
    let file = InvitationOutput.text(try Invitation(text: url), expires: "9月30日").split(separator: "\n")
      .map(String.init)
    let piped = await desk.run("piped", "join", "-", "--as", "张三", "--json", input: file)
    #expect(try piped.json["unit"] as? String == "school/cs")
    for run in [pasted, piped] { #expect(!(run.out + run.error).contains(code.prefix(20))) }
    let empty = await desk.run("empty", "join", "-", "--as", "张三", "--json")
    #expect(try empty.failure["code"] as? String == "badInvitation")
    #expect(!FileManager.default.fileExists(atPath: desk.path("empty")))
  }

  @Test("a code without its scheme, or with one that a chat program has changed, is the same code")
  func spellings() async throws {
    let (desk, url, code) = try await invited()
    for (index, text) in [
      code, "UNITSYNC://join/" + code, "Unitsync://Join/" + code, "unitsync：//join/" + code, "unitsync：／／join／" + code,
      "//join/" + code, "join/" + code, "  \(code)\n", "邀请码：\(url)。", "“\(url)”",
    ].enumerated() {
      let run = await desk.run("new\(index)", "join", text, "--as", "张三")
      #expect(run.code == 0, "\(index): \(run.error)")
    }
  }

  @Test("no refusal of join prints the code, nor a part of it")
  func concealed() async throws {
    let (desk, url, code) = try await invited()
    let middle = code.index(code.startIndex, offsetBy: code.count / 2)
    let (first, second) = (String(code[..<middle]), String(code[middle...]))
    let cases: [[String]] = [
      ["join", String(url.dropLast(5))], ["join", String(code.dropLast(5))],
      ["join", "UNITSYNC://JOIN/" + code.dropLast(1)],
      ["join", "unitsync：//join/" + code + "A"], ["join", url.uppercased()],
      ["join", "unitsync:/join/" + code],
      ["join", "http://join/" + code], ["join", first], ["join", first, second],
      ["join", Invitation.scheme + first, second],
      ["join", code, "--no-such"], ["join", "--data", desk.path("x"), code, code],
      ["join", desk.path(first)],
      ["jion", url], ["jion", code], [code], ["UNITSYNC：//join/" + code], ["sync", "--hub", code], ["sync", code],
      ["invite", "revoke", url], ["invite", "revoke", code], ["handover", code], ["status", code],
    ]
    for arguments in cases {
      for json in [[], ["--json"]] {
        let run = await desk.run("new", arguments + json)
        #expect(run.code != 0, "\(arguments.first ?? "")")
        for part in [code.prefix(24), first.suffix(24), second.prefix(24), second.suffix(24)] {
          #expect(!(run.out + run.error).lowercased().contains(part.lowercased()), "\(arguments): \(run.error)")
        }
      }
    }
  }

  @Test("no refusal prints what may be a passphrase", arguments: ["backup", "restore"])
  func passphrase(command: String) async throws {
    let desk = try await Desk.withCampaign()
    for arguments in [
      [command, desk.path("b.age"), "correct-horse"],
      [command, desk.path("b.age"), "--passphrase-file", "correct-horse"],
    ] {
      let run = await desk.run("office", arguments)
      #expect(run.code != 0 && !run.error.contains("correct-horse"), "\(run.error)")
    }
  }

  @Test("invite says how the code is taken without standing in anybody's list of commands")
  func nextStep() async throws {
    let desk = try await Desk.withCampaign()
    #expect(try await desk.done("office", "invite", "school/cs", "--role", "reporter").out.contains("unitcli join - "))
    try await desk.done("office", "invite", "school/cs", "--role", "reporter", "--out", desk.path("inv.txt"))
    let text = try String(contentsOfFile: desk.path("inv.txt"), encoding: .utf8)
    #expect(text.contains("unitcli join 本文件") && text.contains("unitcli join - "))
  }

  @Test("doctor says that a hub still holds the root key, and what to do")
  func rootKey() async throws {
    let desk = try Desk()
    try desk.found()
    func finding() async throws -> [String: Any]? {
      let checks = try await desk.done("office", "doctor", "--json").json["checks"] as? [[String: Any]]
      return checks?.first { $0["check"] as? String == "rootKey" }
    }
    #expect(try await finding() == nil, "a laptop is not a hub")
    let serving = try desk.office("office").workspace.lockForServing()
    #expect(try await finding() != nil, "served right now")
    serving.release()
    #expect(try await finding() == nil)
    try desk.office("office").workspace.rememberServed(at: ["http://127.0.0.1:8440"], pin: nil)
    let served = try #require(try await finding())
    #expect(served["state"] as? String == "notice")
    #expect((served["message"] as? String)?.contains(desk.path("office") + "/root.key") == true)
    #expect((served["hint"] as? String)?.contains("移到安全的地方") == true)
    try FileManager.default.removeItem(atPath: desk.path("office") + "/root.key")
    #expect(try await finding() == nil)
  }
}
