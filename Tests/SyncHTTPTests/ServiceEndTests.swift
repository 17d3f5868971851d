import Foundation
import Logging
import NIOCore
import ServiceLifecycle
import SyncEngine
import SyncHTTP
import SyncModel
import SyncTesting
import Testing

@testable import syncd

/// Each service of the daemon beside one that fails: nothing keeps the daemon from ending (promise 8).
@Suite struct ServiceEndTests {
  private struct Failing: Service {
    struct Failure: Error {}
    func run() async throws { throw Failure() }
  }

  enum Kind: CaseIterable {
    case files, receipts, keeper, upstream, server
  }

  @Test(
    "a service ends when its neighbour fails, and the failure is what the daemon ends with", arguments: Kind.allCases)
  func besideAFailure(_ kind: Kind) async throws {
    let it = try HubSchool()
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    let workspace = it.root.workspace
    let service: any Service
    switch kind {
    case .files: service = FileService(workspace: workspace, logger: logger)
    case .receipts:
      let receipts = ReceiptService(workspace: workspace, logger: logger)
      receipts.arrived()
      service = receipts
    case .keeper:
      let keeper = LogKeeper(store: workspace.store, logger: logger)
      keeper.committed()
      service = keeper
    case .upstream:
      // Nobody listens there: it waits for the next round.
      service = UpstreamService(
        workspace: workspace, client: try HubClient(address: "http://127.0.0.1:1"),
        periodic: PeriodicSync(every: try #require(Interval(text: "1h"))), logger: logger)
    case .server:
      service = try HubServer(
        workspace: workspace, listening: .init(host: "127.0.0.1", port: 0, tls: nil), logger: logger
      ) { _ in
      }.service()
    }
    let group = ServiceGroup(configuration: .init(services: [Failing(), service], logger: logger))
    await #expect(throws: Failing.Failure.self) { try await group.run() }
  }

  /// Stands for any service whose connection breaks, with the same number as a port that is taken.
  private struct Taken: Service {
    func run() async throws { throw IOError(errnoCode: EADDRINUSE, reason: "connect") }
  }

  @Test("only what keeps the hub from listening is said of its address, not the same error of another service or later")
  func listening() async throws {
    let it = try HubSchool()
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    let state = ListenState()
    let before = ListenService(server: Taken(), address: "127.0.0.1:1", state: state)
    await #expect(throws: ListenError.portTaken("127.0.0.1:1")) { try await before.run() }
    let server = try HubServer(
      workspace: it.root.workspace, listening: .init(host: "127.0.0.1", port: 0, tls: nil), logger: logger
    ) { _ in
    }.service()
    let listening = ListenService(server: server, address: "127.0.0.1:0", state: ListenState())
    let group = ServiceGroup(configuration: .init(services: [Taken(), listening], logger: logger))
    await #expect(throws: IOError.self) { try await group.run() }
    state.begin()
    await #expect(throws: IOError.self) { try await before.run() }
  }
}
