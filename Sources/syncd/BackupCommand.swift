import ArgumentParser
import Foundation
import SyncEngine
import SyncModel

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
    guard Platform.standardInputIsTerminal else { throw PassphraseError.missing }
    func ask(_ question: String) -> String {
      FileHandle.standardError.write(Data(question.utf8))
      let text = Platform.withoutEcho { readLine() } ?? ""
      FileHandle.standardError.write(Data("\n".utf8))
      return text
    }
    let text = ask(isNew ? "给备份设一个口令：" : "备份的口令：")
    let passphrase = try BackupPassphrase(text)
    if isNew, ask("再输入一次：") != text { throw PassphraseError.mismatch }
    return passphrase
  }

  /// - Throws: ``PassphraseError/outputLost`` where standard output takes no more.
  func say(_ result: BackupResult, lines: [String]) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let bytes = json ? [UInt8](try encoder.encode(result)) + [0x0a] : Array(lines.map { $0 + "\n" }.joined().utf8)
    let failure = Platform.write(bytes, to: FileHandle.standardOutput.fileDescriptor)
    if failure != 0, failure != Platform.readerGone { throw PassphraseError.outputLost }
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

enum PassphraseError: ExplainedError, Hashable {
  case missing
  case mismatch
  case outputLost

  var code: String {
    switch self {
    case .missing: "usage"
    case .mismatch: "passphraseMismatch"
    case .outputLost: "outputLost"
    }
  }

  var message: String {
    switch self {
    case .missing: "还缺少口令"
    case .mismatch: "两次输入的口令不同，没有备份"
    case .outputLost: "事情已经办完，但结果没有写全（磁盘可能已满）"
    }
  }

  var hint: String {
    switch self {
    case .missing: "请加 --passphrase-file 文件，或在终端里运行"
    case .mismatch: "请再试一次"
    case .outputLost: "请腾出空间，检查文件是否已经在了"
    }
  }
}

/// `syncd backup`: the whole of a hub in one encrypted file, while it serves.
struct BackupCommand: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "backup", abstract: "把汇总点的资料和密钥加密备份成一个文件，不用停机")

  @Argument(help: ArgumentHelp("备份文件，不能已经存在", valueName: "文件"))
  var file: String

  @OptionGroup var options: BackupOptions

  func run() throws {
    let workspace = try Workspace(opening: options.data)
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
    // A running hub has told its clients the old name; it is started again after this.
    guard let serving = try FileLock(trying: workspace.folder + "/serve.lock") else {
      throw WorkspaceError.alreadyServed
    }
    defer { serving.release() }
    try workspace.announceRestore()
    print("已声明曾被还原，今后以新的编号写入")
    print("下一步：syncd serve --data \(workspace.folder) 重新启动，各单位同步时会把缺少的内容补回来")
  }
}
