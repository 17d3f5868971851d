import Foundation
import SyncModel

/// Looks a workspace over and says in plain sentences what is well and what to do about the rest. Changes nothing but, where
/// asked, permissions.
public struct Checkup: Sendable {
  public private(set) var findings: [Finding] = []

  public struct Finding: Hashable, Sendable {
    /// Stable, lowerCamelCase: what scripts match on.
    public let check: String
    public let state: State
    public let message: String
    /// The next step; empty where there is none.
    public let hint: String
  }

  public enum State: String, Sendable {
    case well
    /// Work goes on, but somebody should see to it.
    case notice
    /// Something cannot be relied on until it is put right.
    case bad
  }

  public var ok: Bool { !findings.contains { $0.state == .bad } }

  public static let leastFreeBytes: UInt64 = 50 << 20
  public static let littleFreeBytes: UInt64 = 500 << 20
  /// Un-sent work older than this is worth a word.
  public static let unsentDays: UInt64 = 7
  private static let dayMilliseconds: UInt64 = 86_400_000

  /// - Parameter fix: takes from everybody else what only the owner may read.
  /// - Throws: ``WorkspaceError/noWorkspace(path:)``; whatever else is wrong stands in ``findings``.
  public init(
    of folder: String, nowMilliseconds: UInt64, fix: Bool = false, stateFolder: String = Platform.stateFolder
  ) throws {
    let folder = Workspace.canonical(folder)
    guard FileManager.default.fileExists(atPath: folder + "/" + Workspace.File.database) else {
      throw WorkspaceError.noWorkspace(path: folder)
    }
    checkPermissions(folder, fix: fix)
    let here = FileManager.default.currentDirectoryPath
    checkLeftovers(in: folder, Workspace.canonical(stateFolder), here: here)
    checkRoom(folder)
    do {
      let workspace = try Workspace(opening: folder, stateFolder: stateFolder, reading: true)
      add("schema", .well, "资料格式是这一版软件的")
      checkWriting(workspace)
      try checkPast(workspace)
      try checkRootKey(workspace)
      try checkContent(workspace)
      try checkFiles(workspace, fix: fix && workspace.store.writingRefused == nil)
      try checkClock(workspace, now: nowMilliseconds)
      try checkSending(workspace, now: nowMilliseconds)
    } catch let error as any ExplainedError {
      add(error.code == "newerVersion" ? "schema" : "open", .bad, error.message, error.hint)
    }
  }

  private mutating func add(_ check: String, _ state: State, _ message: String, _ hint: String = "") {
    findings.append(Finding(check: check, state: state, message: message, hint: hint))
  }

  private mutating func checkPermissions(_ folder: String, fix: Bool) {
    let access = FolderAccess(of: folder)
    switch access {
    case .unguarded:
      return add("permissions", .notice, "这个磁盘不记权限：拿到它的人就能读到密钥和资料", "请把资料文件夹移到本机磁盘，或给这个磁盘加密")
    case .unprobed:
      return add(
        "permissions", .notice, "这里写不进，看不出其他用户能不能进入资料文件夹 \(folder)", "请保管好这个磁盘；能写以后再体检一次")
    case .owner, .others: break
    }
    let changed = fix ? shut(folder) : 0
    if Platform.isExposed(folder) {
      let hint = "请运行 chmod 700 '\(folder)'（或 unitcli doctor --fix）"
      add("permissions", .bad, "这台电脑上的其他用户能进入资料文件夹 \(folder)，现在只能查看、核对、备份和导出，不能填写", hint)
    } else {
      add("permissions", .well, changed == 0 ? "密钥和资料只有本人能读" : "已改为只有本人能读：\(changed) 个文件或文件夹")
    }
  }

  /// Nobody gets at what stands in a folder that is shut; still, files are copied about, so they are shut too. What a link in the folder
  /// leads to is somebody else's matter.
  /// - Returns: how many files and folders were changed.
  private func shut(_ folder: String) -> Int {
    let names = (try? Platform.names(in: folder)) ?? []
    let changed = names.map { folder + "/" + $0 }.count {
      Platform.isExposed($0, following: false) && Platform.makePrivate($0, following: false)
    }
    // The folder itself may be named by a link.
    return changed + (Platform.isExposed(folder) && Platform.makePrivate(folder, following: true) ? 1 : 0)
  }

  /// Files in the making that no run has finished: what they hold may be secret, and whose they are, a person must judge.
  /// - Parameter here: the current folder, where exports and papers are often made; nothing below it is looked at.
  private mutating func checkLeftovers(in folder: String, _ stateFolder: String, here: String) {
    var found = PrivateFile.leftovers(below: folder).map { folder + "/" + $0 }
    found += ([""] + Workspace.File.besideDatabase).map { folder + "/" + Workspace.copyName + $0 }
      .filter { FileStatus($0, following: false) != nil }
    found += PrivateFile.leftovers(below: stateFolder).map { stateFolder + "/" + $0 }
    found += PrivateFile.leftovers(in: here).map { here + "/" + $0 }
    var seen: Set<String> = []
    found = found.filter { seen.insert($0).inserted }.map(RawText.shown)
    if found.isEmpty { return }
    add(
      "leftovers", .notice, "被中断的命令留下了 \(found.count) 个没写完的文件：\(found.joined(separator: "、"))",
      "没有别的命令在运行时可以删去；里面可能有密钥或邀请，请不要外传")
  }

  private mutating func checkRoom(_ folder: String) {
    guard let free = Platform.freeDiskBytes(folder) else { return }
    let text = "磁盘还剩 \(free >> 20) MB"
    switch free {
    case ..<Self.leastFreeBytes: add("disk", .bad, "\(text)，很快就存不进了", "请腾出空间")
    case ..<Self.littleFreeBytes: add("disk", .notice, text, "请留意，最好腾出一些空间")
    default: add("disk", .well, text)
    }
  }

  private mutating func checkWriting(_ workspace: Workspace) {
    guard let refused = workspace.store.writingRefused else { return }
    // The permissions have been told of.
    if case .folderOpen = refused { return }
    add("writing", .bad, refused.whatStillWorks(in: workspace.folder), refused.hint)
  }

  private mutating func checkPast(_ workspace: Workspace) throws {
    if workspace.store.writingRefused == nil { try Marker.prepare(workspace.markerFile) }
    if try workspace.isPastInDoubt() {
      return add(
        "past", .notice, "本机资料曾被还原或复制，两份均会保留", "照常使用即可：下一个命令会自动另立写入序列；同步后如有填写不一致请核定")
    }
    let renewals = try workspace.renewals().count
    add(
      "past", .well,
      renewals == 0 ? "资料就是本机上次存下的" : "资料曾被还原或复制 \(renewals) 次，各份均已保留；现在就是本机上次存下的")
  }

  /// Whoever gets hold of a hub would have the school's authority with it, and a hub never needs it.
  private mutating func checkRootKey(_ workspace: Workspace) throws {
    let path = workspace.folder + "/" + Workspace.File.rootKey
    guard FileManager.default.fileExists(atPath: path), try workspace.isHub() else { return }
    add(
      "rootKey", .notice, "学校根密钥还放在汇总点上：\(path)",
      "请把它移到安全的地方（例如锁起来的两只 U 盘），核对能读出后再从这里删去；汇总点平时用不到它")
  }

  private mutating func checkContent(_ workspace: Workspace) throws {
    let damage = try workspace.store.quickCheck()
    if let first = damage.first {
      add("database", .bad, "资料库文件有 \(damage.count) 处损坏（\(first)）", WorkspaceError.damaged(first).hint)
    } else {
      add("database", .well, "资料库文件完好")
    }
    let verification = try workspace.store.read { try $0.verify() }
    if let first = verification.problems.first {
      let error = BackupError.untrusted(
        unit: first.log.unit.description, replica: first.replica.short, seq: first.seq)
      add("chains", .bad, "\(error.message)，共 \(verification.problems.count) 处", WorkspaceError.damaged("").hint)
    } else {
      add("chains", .well, "\(verification.entries) 条记录内容完整，签名无误")
    }
  }

  /// Reads every file once; `fix` puts damaged ones out of the way and clears away what nothing names.
  private mutating func checkFiles(_ workspace: Workspace, fix: Bool) throws {
    let (count, damaged) = workspace.damagedFiles()
    if damaged.isEmpty {
      if count > 0 { add("files", .well, "佐证材料 \(count) 个文件完好") }
    } else {
      let names = try damaged.map { try workspace.fileName(of: $0) ?? $0.short }.joined(separator: "、")
      if fix {
        for hash in damaged { try workspace.setAsideDamaged(hash) }
        add("files", .notice, "佐证材料已损坏，移到一边：\(names)", "汇总点有的，用 unitcli evidence fetch 取回；没有的请重新附上")
      } else {
        add("files", .bad, "佐证材料已损坏：\(names)", "请运行 unitcli doctor --fix，再从汇总点取回或重新附上")
      }
    }
    guard fix else { return }
    let sweep = try workspace.sweepFiles(comparing: true)
    if sweep == FileSweep() { return }
    add("filesCleared", .well, "已清理 \(sweep.removed) 个没有哪条填报写明的文件、\(sweep.unfinished) 个没传完的")
  }

  private mutating func checkClock(_ workspace: Workspace, now: UInt64) throws {
    let last = try workspace.store.read { try $0.lastSyncMilliseconds() }
    if let last, now + ClockSkew.toleranceMilliseconds < last {
      return add("clock", .notice, "本机时钟比上次同步时还早 \(ClockSkew.text(last - now))", "请校准时钟；已填内容不受影响")
    }
    guard let skew = try workspace.clockSkew() else { return add("clock", .well, "还没有与汇总点对过时钟") }
    guard let sentence = ClockSkew(milliseconds: skew).sentence else { return add("clock", .well, "时钟与汇总点一致") }
    add("clock", .notice, "上次同步时，\(sentence)", "请校准时钟；已填内容不受影响")
  }

  private mutating func checkSending(_ workspace: Workspace, now: UInt64) throws {
    let files = try workspace.unsentFiles()
    if files.files > 0 {
      add(
        "unsentFiles", .well, "有 \(files.files) 个佐证材料（\(ByteCount(files.bytes).text)）只在这台电脑上", "联网后运行 unitcli sync")
    }
    let (unsent, _, oldest) = try workspace.store.read { try $0.unsent() }
    if unsent == 0 {
      add("unsent", .well, "没有未送出的填写")
    } else {
      let days = oldest.map { $0 < now ? (now - $0) / Self.dayMilliseconds : 0 } ?? 0
      let age = days == 0 ? "" : "，最早的已有 \(days) 天"
      add(
        "unsent", days >= Self.unsentDays ? .notice : .well, "有 \(unsent) 条填写只在这台电脑上\(age)",
        "联网后运行 unitcli sync；一时不能联网，可用 unitcli backup 另存一份")
    }
    guard let text = try workspace.pendingInvitation(), let invitation = try? Invitation(text: text) else { return }
    if invitation.expires < now {
      add("invitation", .bad, "加入用的邀请已经过期，汇总点还没有确认本机", "请向上级要一份新邀请；本机已填的内容不会丢")
    } else {
      add("invitation", .notice, "汇总点还没有确认本机", "请在邀请到期前联网运行 unitcli sync")
    }
  }
}
