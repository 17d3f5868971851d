import ArgumentParser
import Foundation
import Logging
import ServiceLifecycle
import SyncEngine
import SyncHTTP
import SyncModel
import SyncReports
import UnixSignals

/// `syncd serve`: serves a workspace until SIGTERM, and passes it upward where there is an upstream.
struct ServeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "serve", abstract: "启动汇总点")

  @Option(help: ArgumentHelp("资料库文件夹", valueName: "文件夹"))
  var data: String

  @Option(help: ArgumentHelp("监听地址；端口 0 表示任选一个", valueName: "主机:端口"))
  var listen = "127.0.0.1:8440"

  @Option(help: ArgumentHelp("各单位用来连它的地址，写进邀请；不写就是监听地址", valueName: "地址"))
  var url: String?

  @Flag(help: "本机地址上也用加密连接（对外监听时总是加密）")
  var tls = false

  @Option(name: .customLong("tls-certificate"), help: ArgumentHelp("自备证书（PEM，含证书链）", valueName: "文件"))
  var tlsCertificate: String?

  @Option(name: .customLong("tls-key"), help: ArgumentHelp("自备证书的私钥（PEM）", valueName: "文件"))
  var tlsKey: String?

  @Flag(
    name: .customLong("plain-http-without-encryption"),
    help: "放弃加密：对外监听和连接上级都用明文 http，沿途的人能看到全部内容和加入凭据")
  var plainWithoutEncryption = false

  @Option(help: ArgumentHelp("上级汇总点地址；不写就用加入时记下的", valueName: "地址"))
  var upstream: String?

  @Option(help: ArgumentHelp("每隔多久与上级同步，例如 15m、30s、1h（略有先后，免得各单位挤在一起）", valueName: "间隔"))
  var every = "15m"

  @Option(
    name: .customLong("evidence-quota"), help: ArgumentHelp("每个单位的佐证材料最多占多少，例如 500M、8G", valueName: "大小"))
  var evidenceQuota: String?

  @Option(
    name: .customLong("evidence-quota-total"), help: ArgumentHelp("佐证材料一共最多占多少，例如 512G", valueName: "大小"))
  var evidenceQuotaTotal: String?

  @Option(
    name: .customLong("log-level"), help: ArgumentHelp("日志详细程度：trace、debug、info、notice、warning、error", valueName: "级别"))
  var logLevel = "notice"

  func run() async throws {
    let state = ListenState()
    do {
      try await serve(state)
    } catch let error as WorkspaceError where !state.listens {
      if let refused = NotServed(error, folder: data) { throw refused }
      throw error
    }
  }

  private func serve(_ state: ListenState) async throws {
    let (host, port) = try Self.address(listen)
    guard let interval = Interval(text: every) else { throw ListenError.badInterval(every) }
    guard let level = Logger.Level(rawValue: logLevel) else { throw ListenError.badLogLevel(logLevel) }
    let quota = try FileQuota(
      unitBytes: Self.bytes(evidenceQuota) ?? FileQuota.standard.unitBytes,
      bytes: Self.bytes(evidenceQuotaTotal) ?? FileQuota.standard.bytes)
    let outside = try url.map { text in
      guard let address = HubAddress(text) else { throw ListenError.badURL(text) }
      return address.text
    }
    let choice = try TransportChoice(
      host: host, tls: tls, certificate: tlsCertificate, key: tlsKey, plainWithoutEncryption: plainWithoutEncryption)
    let workspace = try Workspace(opening: data)
    Output.sayNotices(of: workspace)
    let serving = try workspace.lockForServing()
    defer { serving.release() }
    let certificate = try choice.certificate(
      folder: workspace.folder, names: TransportChoice.names(listening: host, url: url))
    if let pin = certificate?.pin { _ = StandardOutput.write(.line("证书指纹：\(pin)"), to: .error) }
    var logger = Logger(label: "syncd") { LineLogHandler(label: $0) }
    logger.logLevel = level
    // Before the first peer: what clients remember of this database must not be taken for what it holds now.
    if try workspace.settlePast() { logger.warning("本机资料曾被还原或复制，两份均已保留；各单位同步时会把缺少的内容补回来") }
    let logKeeper = LogKeeper(store: workspace.store, logger: logger)
    workspace.store.afterCommits(logKeeper.committed)
    let receipts = ReceiptService(workspace: workspace, logger: logger)
    let server = HubServer(
      workspace: workspace, listening: .init(host: host, port: port, tls: certificate?.configuration), logger: logger,
      quota: quota, arrived: receipts.arrived
    ) { listening in
      state.begin()
      // What invitations for this hub will say of it. Without them it serves all the same.
      try? workspace.rememberServed(at: [outside, listening].compactMap(\.self), pin: certificate?.pin)
      _ = StandardOutput.write(.line("syncd: listening on \(listening)"))
      receipts.arrived()
      logKeeper.committed()
    }
    var services: [any Service] = [
      ListenService(server: try server.service(), address: listen, state: state), receipts,
      FileService(workspace: workspace, logger: logger), logKeeper,
    ]
    if let address = try upstream ?? workspace.hubAbove() {
      var options = HubOptions()
      options.plainHTTPBeyondThisMachine = plainWithoutEncryption
      // Somebody at this machine's keyboard goes first; the next round is not far.
      options.turnMilliseconds = 0
      let client = try HubClient(address: address, options: options)
      services.append(
        UpstreamService(
          workspace: workspace, client: client, periodic: PeriodicSync(every: interval), logger: logger))
    }
    let group = ServiceGroup(
      configuration: .init(
        services: services, gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
    try await group.run()
  }

  /// nil where nothing was written.
  private static func bytes(_ text: String?) throws -> Int? {
    try text.map { text in
      guard let bytes = ByteCount(text: text)?.bytes else { throw ListenError.badSize(text) }
      return bytes
    }
  }

  /// `127.0.0.1:8440`, `[::1]:0`, `0.0.0.0:8440`.
  static func address(_ text: String) throws -> (host: String, port: Int) {
    guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
      (0...65_535).contains(port)
    else { throw ListenError.badAddress(text) }
    let host = text[..<colon].trimmingCharacters(in: ["[", "]"])
    if host.isEmpty { throw ListenError.badAddress(text) }
    return (host, port)
  }
}
