import ArgumentParser
import SyncEngine
import SyncHTTP
import SyncModel

struct SyncCommand: OfficeCommand {
  static let configuration = CommandConfiguration(
    commandName: "sync", abstract: "与汇总点同步：送出本机填写，收下通知和他人填写",
    discussion: """
      例：unitcli sync
          unitcli sync --every 15m（一直开着，隔 15 分钟同步一次，每次说一行，按 Ctrl-C 结束）
      """)

  @Option(help: ArgumentHelp("汇总点地址（以后会记住）", valueName: "地址"))
  var hub: String?

  @Option(help: ArgumentHelp("隔多久同步一次，例如 30s、15m、1h", valueName: "间隔"))
  var every: String?

  @Option(name: .customLong("hub-pin"), help: ArgumentHelp("汇总点证书的指纹（64 位十六进制，以后会记住）", valueName: "指纹"))
  var hubPin: String?

  @Flag(name: .customLong("trust-new-hub"), help: "这个地址的汇总点换了设备，且新设备已由上级登记：改认新设备")
  var trustNewHub = false

  @Flag(
    name: .customLong("plain-http-without-encryption"),
    help: "放弃加密：用明文 http 连接别的机器，沿途的人能看到全部内容和加入凭据")
  var plainWithoutEncryption = false

  @Flag(help: "这一次把看得到的佐证材料都取回本机（平时的范围用 unitcli evidence scope 设定）")
  var files = false

  @OptionGroup var global: GlobalOptions

  func perform(in session: Session) async throws {
    let interval = try every.map { text in
      guard let interval = Interval(text: text) else {
        throw Refusal.usage("“\(text)”不是间隔", hint: "请写成 30s、15m 或 1h")
      }
      return interval
    }
    let office = try session.open()
    guard let address = try hub ?? office.workspace.hub() else { throw TransportError.noHub }
    let client = try HubClient(address: address, options: try options())
    do {
      if let interval {
        try await PeriodicRounds(client: client, office: office, session: session, completed: completed)
          .run(every: interval)
      } else {
        try await synchronize(office, client, session)
      }
    } catch {
      try? await client.shutdown()
      throw error
    }
    try await client.shutdown()
  }

  private func options() throws -> HubOptions {
    var options = HubOptions()
    // Somebody waits at the keyboard; a periodic round leaves its turn to whoever is at it.
    if every != nil { options.turnMilliseconds = 0 }
    options.plainHTTPBeyondThisMachine = plainWithoutEncryption
    options.trustNewHub = trustNewHub
    options.certificatePin = try hubPin.map { text in
      guard let bytes = Hex.decode(text.replacing(":", with: "")), let pin = Digest256(bytes: bytes) else {
        throw TransportError.badPin(text)
      }
      return pin
    }
    return options
  }

  private func synchronize(_ office: Office, _ client: HubClient, _ session: Session) async throws {
    session.settlePast(of: office.workspace)
    let before = try office.viewMark()
    let (outcome, takenUp) = try await office.synchronize(by: client)
    try completed(outcome, office, session)
    let bar = TransferBar(session, office)
    let moved: FileOutcome
    do {
      moved = try await office.moveFiles(by: client, all: files) { bar.show($0) }
    } catch {
      bar.end()
      throw error
    }
    bar.end()
    // What is told below has been shown: a later write may supersede it.
    try office.workspace.beginCommand()
    let screen = try SyncScreen(outcome, files: moved, changes: office.changes(after: before), status: office.status())
    let left = try LeftBehindScreen(office.newlyLeftBehind(), session, office)
    session.emit(
      screen.json.adding(left.json).adding(["takenUpInvitations": .list(takenUp.map(\.id.description))]))
    if session.options.json { return }
    session.say(screen.lines())
    if !takenUp.isEmpty {
      session.say("接任：原设备发出而没有用过的邀请 \(takenUp.count) 份，已由本机以自己的名义接着发（unitcli invite list）。")
    }
    try offerToStop(left, office, session)
  }

  /// What has come to light of devices that were stopped here.
  private func offerToStop(_ screen: LeftBehindScreen, _ office: Office, _ session: Session) throws {
    if screen.left.isEmpty { return }
    session.say(["⚠ 本机停用过的管理员设备："] + screen.lines())
    let chosen = office.person.isEmpty ? LeftBehind() : screen.chosen(session)
    var done = LeftBehind()
    do {
      try office.stop(chosen, reason: "经已停用的设备加入")
      done = chosen
      if !done.isEmpty { session.say("已作废邀请 \(done.invitations.count) 份，停用设备 \(done.devices.count) 台；再同步一次就送出。") }
    } catch let error as any ExplainedError {
      // The synchronisation itself went through.
      session.say("没有作废或停用：\(error.message)；\(error.hint)")
    }
    session.say(try LeftBehindScreen(screen.left.without(done), session, office).nextSteps)
    // What is only counted is told again, until `device list` has shown it.
    if screen.isWhole { try office.markDevicesSeen() }
  }

  /// What is remembered of a synchronisation that went through.
  private func completed(_ outcome: SyncOutcome, _ office: Office, _ session: Session) throws {
    try office.workspace.remember(clockSkewMilliseconds: outcome.clockSkewMilliseconds)
    // Remembered only once it has answered as a hub of this school.
    if let hub {
      try office.workspace.follow(hub: try HubClient.normalized(hub, plainHTTP: plainWithoutEncryption))
    }
    // What came in may be what bundles here have waited for.
    try office.takeWaitingBundles()
    // What came in may have been this device's own, written by a copy of this folder.
    session.settlePast(of: office.workspace)
  }
}

extension Office {
  /// One synchronisation, and a second one where the first brought a device that lacks keys which only this one may have: they
  /// leave with this very command.
  ///
  /// - Returns: also the invitations of a predecessor that this device has taken up, which leave with it too.
  func synchronize(by client: HubClient) async throws -> (outcome: SyncOutcome, takenUp: [InvitationRecord]) {
    var outcome = try await client.synchronize(workspace)
    // Where not everything is here yet, some of them might still come.
    let takenUp = outcome.inSync ? try takeUpInvitations() : []
    let shared = try shareSealingKeys()
    if shared > 0 || !takenUp.isEmpty { outcome += try await client.synchronize(workspace) }
    return (outcome, takenUp)
  }

  /// After the entries are in step: a hub takes a file once an attachment that it has names it.
  ///
  /// - Parameter all: fetches whatever is readable, not only what this workspace fetches ahead.
  func moveFiles(
    by client: HubClient, all: Bool = false, progress: HubClient.Watch = { _ in }
  ) async throws -> FileOutcome {
    try workspace.removeRedactedFiles()
    return try await client.transferFiles(workspace, fetching: all ? .all : workspace.fileScope(), progress: progress)
  }
}
