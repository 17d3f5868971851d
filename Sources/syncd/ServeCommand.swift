import ArgumentParser
import Foundation
import Logging
import NIOCore
import ServiceLifecycle
import SyncEngine
import SyncHTTP
import SyncModel
import UnixSignals

/// `syncd serve`: serves a workspace until SIGTERM, and passes it upward where there is an upstream.
struct ServeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "serve", abstract: "启动汇总点")

  @Option(help: ArgumentHelp("资料库文件夹", valueName: "文件夹"))
  var data: String

  @Option(help: ArgumentHelp("监听地址；端口 0 表示任选一个", valueName: "主机:端口"))
  var listen = "127.0.0.1:8440"

  @Option(help: ArgumentHelp("上级汇总点地址；不写就用加入时记下的", valueName: "地址"))
  var upstream: String?

  @Option(help: ArgumentHelp("每隔多久与上级同步，例如 15m、30s、1h", valueName: "间隔"))
  var every = "15m"

  func run() async throws {
    let (host, port) = try Self.address(listen)
    guard let interval = Interval(text: every) else { throw ListenError.badInterval(every) }
    let workspace = try Workspace(opening: data)
    guard let serving = try FileLock(trying: workspace.folder + "/serve.lock") else {
      throw WorkspaceError.alreadyServed
    }
    defer { serving.release() }
    var logger = Logger(label: "syncd") { StreamLogHandler.standardError(label: $0) }
    logger.logLevel = .notice
    // Before the first peer: what clients remember of this database must not be taken for what it holds now.
    if try workspace.settlePast() { logger.warning("本机资料曾被还原或复制，两份均已保留；各单位同步时会把缺少的内容补回来") }
    var services: [any Service] = [
      HubServer(workspace: workspace, host: host, port: port, logger: logger).service()
    ]
    if let address = try upstream ?? workspace.hub() {
      let client = try HubClient(address: address)
      services.append(
        UpstreamService(workspace: workspace, client: client, interval: interval.duration, logger: logger))
    }
    let group = ServiceGroup(
      configuration: .init(
        services: services, gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
    do {
      try await group.run()
    } catch let error as IOError where error.errnoCode == EADDRINUSE {
      throw ListenError.portTaken(listen)
    }
  }

  /// `127.0.0.1:8440`, `[::1]:0`.
  static func address(_ text: String) throws -> (host: String, port: Int) {
    guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
      (0...65_535).contains(port)
    else { throw ListenError.badAddress(text) }
    let host = text[..<colon].trimmingCharacters(in: ["[", "]"])
    guard ["127.0.0.1", "::1", "localhost"].contains(host) else {
      throw ListenError.beyondThisMachine(text)
    }
    return (host, port)
  }
}
