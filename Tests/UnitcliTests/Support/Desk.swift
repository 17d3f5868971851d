import Foundation
import SyncEngine
import SyncModel
import SyncReports
import Synchronization
import Testing

@testable import unitcli

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A rehearsal school in a folder of its own, with the computers of its units; commands run in this process.
final class Desk: Sendable {
  let folder: String

  /// What a command wrote and how it ended.
  struct Run: Sendable {
    let code: Int32
    let out: String
    let error: String

    /// Standard output as the one JSON value it must be.
    var json: [String: Any] {
      get throws {
        let value = try JSONSerialization.jsonObject(with: Data(out.utf8))
        return try #require(value as? [String: Any])
      }
    }

    /// What scripts read from standard error.
    var failure: [String: Any] {
      get throws {
        let value = try JSONSerialization.jsonObject(with: Data(error.utf8)) as? [String: Any]
        return try #require(value?["error"] as? [String: Any])
      }
    }
  }

  /// The process's own state folder would be the developer's.
  private static let stateFolder: String = {
    let folder = NSTemporaryDirectory() + "unitcli-tests-state-\(ProcessInfo.processInfo.processIdentifier)"
    setenv("UNITSYNC_STATE", folder, 1)
    return folder
  }()

  static let start = "2026-09-28T09:00:00+08:00"

  init() throws {
    _ = Self.stateFolder
    folder = NSTemporaryDirectory() + "unitcli-tests-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  }

  deinit {
    try? FileManager.default.removeItem(atPath: folder)
  }

  func path(_ name: String) -> String { folder + "/" + name }

  /// Founds the school in the computer `office`.
  func found(rehearsal: Bool = true) throws {
    _ = try Office.foundSchool(
      in: path("office"), name: "示例大学", root: "school", rehearsal: rehearsal, person: "组织员",
      deviceName: "组织部电脑", claimedMilliseconds: 1_790_000_000_000)
  }

  /// Runs a command on one computer.
  ///
  /// - Parameters:
  ///   - input: what is typed, line by line; a terminal where `interactive`.
  func run(
    _ computer: String, _ arguments: String..., input: [String] = [], interactive: Bool = false, columns: Int = 80,
    now: String? = start
  ) async -> Run {
    await run(computer, arguments, input: input, interactive: interactive, columns: columns, now: now)
  }

  func run(
    _ computer: String, _ arguments: [String], input: [String] = [], interactive: Bool = false, columns: Int = 80,
    now: String? = start
  ) async -> Run {
    let screen = Screen(input: input)
    let console = Console(
      write: { screen.write($0, $1) }, readLine: { screen.readLine() }, isInteractive: interactive, columns: columns,
      environment: ["UNITSYNC_HOME": path(computer)], wallMilliseconds: { 1_790_000_000_000 },
      hostName: { "测试电脑" })
    let code = await Runner.run(arguments + (now.map { ["--now", $0] } ?? []), console: console)
    return screen.run(code)
  }

  /// Runs a command that must succeed.
  @discardableResult
  func done(_ computer: String, _ arguments: String..., now: String? = start) async throws -> Run {
    let run = await run(computer, arguments, now: now)
    try #require(run.code == 0, "\(arguments): \(run.error)")
    return run
  }

  private final class Screen: Sendable {
    private let state: Mutex<(out: String, error: String, input: [String])>

    init(input: [String]) {
      state = Mutex(("", "", input))
    }

    func write(_ stream: Console.Stream, _ text: ScreenText) {
      state.withLock { state in
        switch stream {
        case .out: state.out += text.text
        case .error: state.error += text.text
        }
      }
    }

    func readLine() -> String? {
      state.withLock { $0.input.isEmpty ? nil : $0.input.removeFirst() }
    }

    func run(_ code: Int32) -> Run {
      state.withLock { Run(code: code, out: $0.out, error: $0.error) }
    }
  }
}

extension Desk {
  /// A school with two 党总支, the bundled score sheet published to them and the office's own sheet; named 自查.
  static func withCampaign(drafts: String = "open") async throws -> Desk {
    let desk = try Desk()
    try desk.found()
    try await desk.done(
      "office", "unit", "add", "school/cs", "--name", "计算机学院党总支", "--kind", "committee", "--as", "组织员")
    try await desk.done("office", "unit", "add", "school/maths", "--name", "数学学院党总支", "--kind", "committee")
    try await desk.done("office", "template", "import", "--bundled", "score-sheet-100")
    try await desk.done(
      "office", "campaign", "publish", "自查", "--template", "党建工作责任自查评分表（二级党组织）", "--units", "school/cs", "数学学院党总支",
      "--fill",
      "2026-09-26..2026-09-30", "--covers", "2026-01-01..2026-08-31", "--deliverable", "自查报告=2026-09-30", "--drafts",
      drafts)
    return desk
  }

  /// A computer that has joined `unit` and received what the office has.
  func join(_ computer: String, unit: String, role: String = "reporter", person: String) async throws {
    let invitation = try await done("office", "invite", unit, "--role", role, "--json").json["invitation"] as? String
    let file = path("\(computer).invitation")
    try #require(invitation).write(toFile: file, atomically: true, encoding: .utf8)
    try await done(computer, "join", file, "--device-name", computer, "--as", person)
    let hub = try office("office")
    let new = try office(computer)
    let invited = try Invitation(text: #require(invitation))
    try hub.confirm(
      invitation: invited.id, secret: invited.secret, deviceKey: new.identity.deviceKey,
      agreement: try new.workspace.key.agreementCertificate(
        school: new.identity.school, unit: new.identity.unit
      ).bytes,
      deviceName: computer)
    try exchange("office", computer)
  }

  func office(_ computer: String) throws -> Office {
    Office(try Workspace(opening: path(computer)), person: "组织员", claimedMilliseconds: 1_790_600_000_000)
  }

  /// Everything of each that the other may read, both ways: a sync without a network.
  func exchange(_ left: String, _ right: String) throws {
    let (left, right) = (try office(left), try office(right))
    for (from, to) in [(left, right), (right, left), (left, right)] {
      let segments = try from.workspace.store.write(wallMilliseconds: 0) { transaction in
        try transaction.logs().map(\.log)
          .filter { try transaction.directory().isShared($0, between: from.identity.unit, and: to.identity.unit) }
          .flatMap { log -> [Segment] in
            let engine = try transaction.engine(for: log)
            return try engine.strands.indices.compactMap {
              try engine.segment(on: $0, after: 0, byteLimit: 1 << 20)
            }
          }
      }
      try to.workspace.store.write(wallMilliseconds: 1_790_600_000_000) { transaction in
        for segment in segments { _ = try transaction.ingest(segment) }
      }
    }
  }
}
