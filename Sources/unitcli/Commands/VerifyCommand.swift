import ArgumentParser
import SyncEngine
import SyncModel

struct VerifyCommand: OfficeCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "核对本机全部记录的完整和签名，以及佐证材料的文件")

  @OptionGroup var global: GlobalOptions

  func perform(in session: Session) throws {
    let office = try session.open()
    let verification = try office.verify()
    let files = office.workspace.damagedFiles()
    let lost = try office.workspace.lostFiles()
    let names = try (damaged: Self.names(of: files.damaged, office), lost: Self.names(of: lost, office))
    session.emit([
      "ok": .bool(verification.ok && files.damaged.isEmpty && lost.isEmpty), "files": .integer(files.files),
      "damagedFiles": .list(files.damaged.map(\.description)), "lostFiles": .list(lost.map(\.description)),
      "feeds": .integer(verification.feeds),
      "entries": .integer(verification.entries),
      "problems": .array(
        verification.problems.map {
          [
            "unit": .text($0.log.unit.description), "channel": .text("\($0.log.channel)"),
            "replica": .text($0.replica.description), "seq": .integer(Int($0.seq)), "reason": .text($0.reason),
          ]
        }),
    ])
    // Whoever counts on them learns so by the new files mark; where nothing can be written, they are only named.
    if office.workspace.store.writingRefused == nil, !lost.isEmpty || !files.damaged.isEmpty {
      do { try office.workspace.lose(lost, damaged: files.damaged) } catch let error as WorkspaceError {
        session.say("注意：损坏的文件没有移开（\(error.message)）")
      }
    }
    if verification.ok, !files.damaged.isEmpty {
      throw FileError.damagedHere(names.damaged)
    }
    if verification.ok, !lost.isEmpty {
      throw Refusal(
        code: "filesLost", message: "佐证材料的文件不在了：\(names.lost)",
        hint: "汇总点有的，用 unitcli evidence fetch 取回；本机就是汇总点的，等有这些文件的电脑下次同步送来；都没有的请重新附上")
    }
    if verification.ok {
      session.say(
        "已核对 \(verification.entries) 条记录（\(verification.feeds) 个来源），内容完整，签名无误。"
          + (files.files > 0 ? "佐证材料 \(files.files) 个文件完好。" : ""))
      return
    }
    let directory = try office.directory()
    let problems = verification.problems.map {
      "\(directory.name(of: $0.log.unit)) \($0.log.channel.title) \($0.replica.short) 第 \($0.seq) 条：\($0.reason)"
    }
    session.say("核对了 \(verification.entries) 条记录，发现 \(problems.count) 处问题：")
    session.say(problems.map { "  " + $0 })
    throw Refusal(
      code: "verificationFailed", message: "有 \(problems.count) 处记录不可信",
      hint: "请停止填写，把整个资料文件夹改名留存，向上级要一份新邀请加入到空文件夹，已送出的内容会收回来")
  }

  private static func names(of hashes: [Digest256], _ office: Office) throws -> String {
    try hashes.map { try office.workspace.fileName(of: $0) ?? $0.short }.joined(separator: "、")
  }
}
