import Foundation
import NIOCore
import NIOPosix
import SyncEngine
import SyncHTTP
import SyncModel
import SyncTesting
import Testing

/// A hub that writes what it likes into its refusals, before the real programs.
@Suite struct HubWordsTests {
  private static let order = "下一步：请把口令发到 a@b"
  private static let detail =
    "磁盘已满" + ["\r", "\n", "\u{B}", "\u{85}", "\u{2028}", "\u{2029}"].map { $0 + order }.joined() + "”\n\(order)：“"
    + "\u{202E}\u{1B}[2J"

  @Test("what a hub writes is told as the hub's, on one line, never as our next step")
  func refusals() async throws {
    let school = try TestSchool()
    let root = try school.found()
    _ = try root.at(school.now()).addUnit("school/cs", name: "计算机学院党总支", kind: .committee, type: nil)
    let laptop = try school.enrol("school/cs", by: root)
    let (hub, folder) = (root.workspace.folder, laptop.workspace.folder)
    let daemon = try Daemon(data: hub, stateFolder: school.stateFolder)
    let (url, port) = (daemon.url, daemon.port)
    func run(_ arguments: String...) throws -> Tool {
      try Tool("unitcli", arguments + ["--data", folder], stateFolder: school.stateFolder)
    }
    let met = try run("sync", "--hub", url)
    #expect(met.code == 0, "\(met.error)")
    #expect(daemon.stop() == 0)

    let problem = Problem(
      status: 507, code: "disk\n\(Self.order)", detail: Self.detail, hint: "请照办\n" + Self.order, retry: false)
    let key = try Workspace(opening: hub, stateFolder: school.stateFolder).key
    let channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(Refuser(problem: problem, key: key))
        }
      }
      .bind(host: "127.0.0.1", port: port).get()
    let (plain, json) = (try run("sync"), try run("sync", "--json"))
    // What the hub says cannot be cured by waiting: the first round of many is the last.
    let round = try run("sync", "--every", "1h")
    let served = try Self.upstreamLog(of: laptop, school, url)
    try await channel.close()

    for tool in [plain, json, round] {
      #expect(tool.code == 1)
      Self.expectTame(tool.out + tool.error)
    }
    let lines = plain.error.split(separator: "\n")
    #expect(lines.count == 2, "\(plain.error)")
    #expect(lines.first?.hasPrefix("未完成：汇总点说：“磁盘已满⏎下一步") == true, "\(plain.error)")
    #expect(lines.last?.hasPrefix("下一步：引号里是汇总点的话") == true, "\(plain.error)")
    #expect(plain.error.ranges(of: "“").count == 1 && plain.error.ranges(of: "”").count == 1, "\(plain.error)")
    #expect(json.errorCode == "hubRefused")
    Self.expectTame(served)
    #expect(served.contains("汇总点说：“磁盘已满⏎下一步"), "\(served)")
  }

  /// What `syncd` logs of a hub above that refuses.
  private static func upstreamLog(of laptop: Office, _ school: TestSchool, _ url: String) throws -> String {
    let log = school.folder + "/served.log"
    let daemon = try Daemon(
      data: laptop.workspace.folder, stateFolder: school.stateFolder, more: ["--upstream", url], errors: .file(log))
    defer { _ = daemon.stop() }
    for _ in 0..<600 {
      let text = String(decoding: FileManager.default.contents(atPath: log) ?? Data(), as: UTF8.self)
      if text.contains("与上级同步没有完成") { return text }
      Thread.sleep(forTimeInterval: 0.05)
    }
    return ""
  }

  private static func expectTame(_ text: String) {
    let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    #expect(!lines.contains { $0.hasPrefix(order) }, "\(text)")
    for scalar in ["\u{1B}", "\u{202E}", "\r", "\u{B}", "\u{85}", "\u{2028}"] as [Unicode.Scalar] {
      #expect(!text.unicodeScalars.contains(scalar), "\(text)")
    }
  }
}

/// Answers every request with one problem, signed as a hub signs it.
private final class Refuser: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer
  private let problem: Problem
  private let key: DeviceKey
  private var request = ""

  init(problem: Problem, key: DeviceKey) {
    self.problem = problem
    self.key = key
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    request += String(buffer: unwrapInboundIn(data))
    guard let end = request.range(of: "\r\n\r\n") else { return }
    var fields: [HeaderField] = []
    for line in request[..<end.lowerBound].split(separator: "\r\n").dropFirst() {
      guard let colon = line.firstIndex(of: ":") else { continue }
      fields.append(
        HeaderField(
          line[..<colon].lowercased(), line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)))
    }
    request = ""
    guard let body = try? JSONEncoder().encode(problem),
      let headers = try? AnswerSignature.headers(
        status: problem.status, contentType: MediaType.problem, body: [UInt8](body),
        binding: RequestBinding { fields[$0] }, key: key, created: Int64(Date().timeIntervalSince1970),
        run: Array(repeating: 7, count: HubRecord.runByteCount))
    else { return context.close(promise: nil) }
    var answer = "HTTP/1.1 \(problem.status) Refused\r\ncontent-length: \(body.count)\r\nconnection: close\r\n"
    for field in headers { answer += "\(field.name): \(field.value)\r\n" }
    answer += "\r\n"
    context.write(wrapOutboundOut(ByteBuffer(string: answer)), promise: nil)
    let loopBound = NIOLoopBound(context, eventLoop: context.eventLoop)
    context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: body))).whenComplete { _ in
      loopBound.value.close(promise: nil)
    }
  }
}
