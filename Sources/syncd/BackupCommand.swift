import ArgumentParser
import Foundation
import SyncEngine
import SyncModel
import SyncReports

/// What `syncd backup` and `syncd restore` share: the passphrase, and how they say what came of it.
struct BackupOptions: ParsableArguments {
  @Option(help: ArgumentHelp("资料库文件夹", valueName: "文件夹"))
  var data: String

  @Option(
    name: .customLong("passphrase-file"),
    help: ArgumentHelp("口令写在这个文件的第一行（只有本人能读）；不写就在键盘上输入", valueName: "文件"))
  var passphraseFile: String?

  @Flag(help: "结果写成 JSON，供程序读取")
  var json = false

  /// - Parameter isNew: asked for twice.
  func passphrase(isNew: Bool) throws -> BackupPassphrase {
    if let passphraseFile { return try BackupPassphrase(file: passphraseFile) }
    guard Platform.standardInputIsTerminal else { throw PassphraseMissing() }
    return try BackupPassphrase(isNew: isNew) { question in
      _ = StandardOutput.write(.question(question), to: .error)
      let text = Platform.withoutEcho { readLine() } ?? ""
      _ = StandardOutput.write(.line(""), to: .error)
      return text
    }
  }

  /// - Throws: ``OutputLost`` where standard output takes no more.
  func say(_ result: BackupResult, lines: [String]) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    try Output.say(
      json ? [VisibleText.jsonDocument(String(decoding: try encoder.encode(result), as: UTF8.self))] : lines)
  }
}

/// What scripts read.
struct BackupResult: Encodable {
  var file: String
  var folder: String
  var manifest: BackupManifest
  /// The name under which a restored folder writes on.
  var restoredReplica: String?
}

struct PassphraseMissing: ExplainedError, Hashable {
  var code: String { "usage" }
  var message: String { "还缺少口令" }
  var hint: String { "请加 --passphrase-file 文件，或在终端里运行" }
}

/// `syncd backup`: the whole of a hub in one encrypted file, while it serves.
struct BackupCommand: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "backup", abstract: "把汇总点的资料和密钥加密备份成一个文件，不用停机")

  @Argument(help: ArgumentHelp("备份文件，不能已经存在", valueName: "文件"))
  var file: String

  @OptionGroup var options: BackupOptions

  func run() throws {
    let workspace = try Workspace(opening: options.data, reading: true)
    Output.sayNotices(of: workspace)
    let manifest = try workspace.backup(to: file, passphrase: options.passphrase(isNew: true))
    try options.say(
      BackupResult(file: file, folder: workspace.folder, manifest: manifest),
      lines: [
        "已备份到 \(file)：\(manifest.entries) 条记录，已核对，加密保存，凭口令才能打开",
        "里面有密钥。请放到另一台机器上，口令另外保管：丢了口令就打不开了",
      ])
  }
}

/// `syncd restore`: a backup into an empty folder, checked whole, announced to every peer as a database with a new life.
struct RestoreCommand: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "restore", abstract: "把汇总点的备份还原到一个空文件夹")

  @Argument(help: ArgumentHelp("备份文件", valueName: "文件"))
  var file: String

  @OptionGroup var options: BackupOptions

  func run() throws {
    let restored = try Workspace.restore(
      from: file, passphrase: options.passphrase(isNew: false), to: options.data)
    Output.sayNotices(of: restored.workspace)
    let folder = restored.workspace.folder
    let replica = try restored.workspace.store.read { try $0.ownReplica() }
    try options.say(
      BackupResult(file: file, folder: folder, manifest: restored.manifest, restoredReplica: replica.description),
      lines: [
        "已还原到 \(folder)：\(restored.manifest.entries) 条记录核对无误；汇总点从此以新的编号写入，各单位会看到它曾被还原",
        "下一步：syncd serve --data \(folder) 重新启动，各单位同步时会把备份之后的内容补回来",
      ])
  }
}

/// `syncd renew`: for a machine that was set back as a whole, where nothing inside can tell.
struct RenewCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "renew", abstract: "整台机器从快照还原之后用：声明资料曾被还原，各单位会把缺少的内容补回来")

  @Option(help: ArgumentHelp("资料库文件夹", valueName: "文件夹"))
  var data: String

  func run() throws {
    let workspace = try Workspace(opening: data)
    Output.sayNotices(of: workspace)
    // A running hub has told its clients the old name; it is started again after this.
    let serving = try workspace.lockForServing()
    defer { serving.release() }
    try workspace.announceRestore()
    try Output.say([
      "已声明曾被还原，今后以新的编号写入",
      "下一步：syncd serve --data \(workspace.folder) 重新启动，各单位同步时会把缺少的内容补回来",
    ])
  }
}
