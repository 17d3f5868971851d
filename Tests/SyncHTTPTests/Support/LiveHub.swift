import Foundation
import Hummingbird
import Logging
import NIOSSL
import ServiceLifecycle
import SyncEngine
import SyncHTTP
import SyncModel
import SyncTesting
import Synchronization

@testable import syncd

/// Time that tests move by hand, in milliseconds.
final class HandClock: Sendable {
  private let now: Mutex<UInt64>

  private let step: UInt64

  /// - Parameter step: passes by itself whenever somebody looks.
  init(_ start: UInt64 = 1_000_000, step: UInt64 = 0) {
    now = Mutex(start)
    self.step = step
  }

  var milliseconds: UInt64 {
    now.withLock { now in
      now += step
      return now
    }
  }

  func advance(milliseconds: UInt64) { now.withLock { $0 += milliseconds } }
}

/// The daemon's own server, listening on a free loopback port in this process, with limits and clock of the test's choice.
enum LiveHub {
  /// The hub's wall clock when it starts, unless told otherwise.
  static let startWall: UInt64 = 1_790_500_000_000

  /// Runs `body` with the hub's address, then stops the hub.
  ///
  /// - Parameter lie: answers a request in the hub's place, signed by the hub's key; nil leaves it to the hub.
  static func serve<Result>(
    _ workspace: Workspace, limit: HTTPLimit = .standard, wall: UInt64 = startWall, clock: HandClock = HandClock(),
    tls: TLSConfiguration? = nil, port: Int? = nil, quota: FileQuota = .standard,
    freeDiskBytes: @escaping @Sendable () -> UInt64? = { nil },
    logger: Logger? = nil, lie: Lying.Lie? = nil, _ body: (String) async throws -> Result
  ) async throws -> Result {
    let (urls, continuation) = AsyncStream.makeStream(of: String.self)
    let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    let server = HubServer(
      workspace: workspace, listening: .init(host: "127.0.0.1", port: port ?? FreePort.draw(), tls: tls),
      logger: logger ?? silent,
      limit: limit, clock: HubClock(wallMilliseconds: wall) { clock.milliseconds }, quota: quota,
      freeDiskBytes: freeDiskBytes
    ) { continuation.yield($0) }
    let router = Router(context: HubRequestContext.self)
    if let lie { router.add(middleware: Lying(signer: server.signer, lie: lie)) }
    let group = ServiceGroup(configuration: .init(services: [try server.service(on: router)], logger: silent))
    let running = Task {
      defer { continuation.finish() }
      try await group.run()
    }
    var iterator = urls.makeAsyncIterator()
    guard let url = await iterator.next() else {
      try await running.value
      throw CancellationError()
    }
    let result: Swift.Result<Result, any Error>
    do { result = .success(try await body(url)) } catch { result = .failure(error) }
    await group.triggerGracefulShutdown()
    try await running.value
    return try result.get()
  }
}

/// A hub that says of some requests what it likes, under its own good signature.
struct Lying: RouterMiddleware {
  typealias Lie = @Sendable (Request) -> HubAnswer?

  let signer: AnswerSigner
  let lie: Lie

  func handle(
    _ request: Request, context: HubRequestContext,
    next: (Request, HubRequestContext) async throws -> Response
  ) async throws -> Response {
    guard let answer = lie(request) else { return try await next(request, context) }
    _ = try await request.body.collect(upTo: 8 << 20)
    return try signer.response(answer, to: request)
  }
}

/// A school with a hub's workspace and one laptop that is enrolled and has synchronised.
struct HubSchool {
  let school: TestSchool
  let root: Office
  let laptop: Office

  init() throws {
    school = try TestSchool()
    root = try school.found()
    _ = try root.at(school.now()).addUnit("school/cs", name: "计算机学院党总支", kind: .committee, type: nil)
    laptop = try school.enrol("school/cs", by: root)
    try school.synchronize(laptop, with: root)
  }
}
