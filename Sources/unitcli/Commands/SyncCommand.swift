import ArgumentParser
import SyncEngine
import SyncHTTP
import SyncModel

struct SyncCommand: OfficeCommand {
  static let configuration = CommandConfiguration(
    commandName: "sync", abstract: "与汇总点同步：送出本机填写，收下通知和他人填写",
    discussion: """
      例：unitcli sync
          unitcli sync --every 15m（一直开着，隔 15 分钟同步一次，按 Ctrl-C 结束）
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
        try await keepGoing(office, client, session, every: interval)
      } else {
        _ = try await synchronize(office, client, session, tellsClock: true)
      }
    } catch {
      try? await client.shutdown()
      throw error
    }
    try await client.shutdown()
  }

  private func options() throws -> HubOptions {
    var options = HubOptions()
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

  /// Until the process is ended. A hub that is away for a while is tried again; anything that trying again cannot cure
  /// ends the command.
  private func keepGoing(_ office: Office, _ client: HubClient, _ session: Session, every: Interval) async throws {
    var tellsClock = true
    while true {
      do {
        let skewed = try await synchronize(office, client, session, tellsClock: tellsClock)
        // A wrong clock is told once, not at every turn.
        if skewed { tellsClock = false }
      } catch let error as any ExplainedError where error.retry {
        session.say("\(error.message)，稍后再试")
      }
      try await Task.sleep(for: every.duration)
    }
  }

  /// After the entries are in step: a hub takes a file once an attachment that it has names it.
  private func moveFiles(_ office: Office, _ client: HubClient, _ session: Session) async throws -> FileOutcome {
    try office.workspace.removeRedactedFiles()
    let bar = TransferBar(session, office)
    defer { bar.end() }
    return try await client.transferFiles(
      office.workspace, fetching: files ? .all : office.workspace.fileScope()
    ) { bar.show($0) }
  }

  /// - Returns: whether this machine's clock is far off the hub's.
  private func synchronize(
    _ office: Office, _ client: HubClient, _ session: Session, tellsClock: Bool
  ) async throws -> Bool {
    session.settlePast(of: office.workspace)
    let before = try office.viewMark()
    var outcome = try await client.synchronize(office.workspace)
    // A device admitted elsewhere lacks keys that only this one may have: they leave with this very command.
    if try office.shareSealingKeys() > 0 { outcome += try await client.synchronize(office.workspace) }
    let files = try await moveFiles(office, client, session)
    try office.workspace.remember(clockSkewMilliseconds: outcome.clockSkewMilliseconds)
    // Remembered only once it has answered as a hub of this school.
    if let hub {
      try office.workspace.follow(hub: try HubClient.normalized(hub, plainHTTP: plainWithoutEncryption))
    }
    // What came in may have been this device's own, written by a copy of this folder.
    session.settlePast(of: office.workspace)
    // What is told below has been shown: a later write may supersede it.
    try office.workspace.beginCommand()
    let screen = try SyncScreen(
      outcome, files: files, changes: office.changes(after: before), status: office.status(), tellsClock: tellsClock)
    session.emit(screen.json)
    session.sayUnlessJSON(screen.lines())
    return screen.clockIsOff
  }
}
