import ArgumentParser
import SyncEngine
import SyncModel
import SyncReports

/// How a command comes by the passphrase of a backup.
struct PassphraseOptions: ParsableArguments {
  @Option(
    name: .customLong("passphrase-file"),
    help: ArgumentHelp("口令写在这个文件的第一行（只有本人能读）；不写就在键盘上输入", valueName: "文件"))
  var file: String?

  /// - Parameter isNew: asked for twice.
  func passphrase(in session: Session, isNew: Bool) throws -> BackupPassphrase {
    if let file { return try BackupPassphrase(file: file) }
    guard session.console.isInteractive else {
      throw Refusal.usage("还缺少口令", hint: "请加 --passphrase-file 文件，或在终端里运行")
    }
    return try BackupPassphrase(isNew: isNew) { question in
      let text = Platform.withoutEcho { session.askUnseen(question) } ?? ""
      session.say()
      return text
    }
  }
}

struct BackupCommand: OfficeCommand {
  static let configuration = CommandConfiguration(
    commandName: "backup", abstract: "把本机资料（含密钥、未送出的填写）加密备份成一个文件",
    discussion: """
      例：unitcli backup /media/U盘/2026-09-28.backup
      备份时不用停下别的操作。文件按 age 格式加密，也可以用 age -d 打开，里面是 tar。
      """)

  @Argument(help: ArgumentHelp("备份文件，不能已经存在", valueName: "文件"))
  var file: String

  @OptionGroup var passphrase: PassphraseOptions
  @OptionGroup var global: GlobalOptions

  func perform(in session: Session) throws {
    let office = try session.open()
    try OutputFile.checkNew(file)
    let manifest = try office.workspace.backup(to: file, passphrase: passphrase.passphrase(in: session, isNew: true))
    try session.emit(manifest.json(file: file, session))
    session.say("已备份到 \(file)：\(manifest.entries) 条记录，已核对，加密保存，凭口令才能打开。")
    session.say("请把它放到另一块磁盘或另一台电脑上，口令另外保管：丢了口令就打不开了。")
  }
}

struct RestoreCommand: OfficeCommand {
  static let configuration = CommandConfiguration(
    commandName: "restore", abstract: "把备份还原到一个空文件夹",
    discussion: """
      例：unitcli restore /media/U盘/2026-09-28.backup --data ~/.unitsync
      还原前核对每一条记录和签名。还原后本机以新的编号写入，与仍在用的那一份互不覆盖。
      """)

  @Argument(help: ArgumentHelp("备份文件", valueName: "文件"))
  var file: String

  @OptionGroup var passphrase: PassphraseOptions
  @OptionGroup var global: GlobalOptions

  func perform(in session: Session) throws {
    let restored = try Workspace.restore(
      from: file, passphrase: passphrase.passphrase(in: session, isNew: false), to: session.folder)
    let workspace = restored.workspace
    let person = try session.givenPerson ?? workspace.lastPerson() ?? ""
    let office = Office(workspace, person: person, claimedMilliseconds: try session.claimedMilliseconds())
    session.adopt(office)
    try session.emit(
      restored.manifest.json(file: file, session).adding([
        "restoredReplica": .text(try office.replica().description), "folder": .text(workspace.folder),
      ]))
    let day = try session.clock.dayText(restored.manifest.createdMilliseconds)
    session.say(
      "已把 \(day)的备份还原到 \(workspace.folder)：\(restored.manifest.entries) 条记录核对无误；本机从此以新的编号写入，还原前后两份均会保留。")
    session.say(
      try office.isTop()
        ? "下一步：运行 syncd serve 重新启动汇总点，各单位同步时会把备份之后的内容补回来。"
        : "下一步：运行 unitcli sync，把备份之后已送出的内容收回来；如有填写不一致请核定。")
  }
}

extension BackupManifest {
  func json(file: String, _ session: Session) throws -> JSON {
    [
      "file": .text(file), "school": .text(school), "unit": .text(unit), "device": .text(deviceName),
      "replica": .text(replica), "created": .text(try session.clock.iso8601(createdMilliseconds)),
      "feeds": .integer(feeds), "entries": .integer(entries),
    ]
  }
}
