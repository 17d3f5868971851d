import Foundation
import SyncEngine
import SyncModel
import SyncTemplates

/// A rehearsal school in a temporary folder: real workspaces on real SQLite files, with their markers beside them.
/// The folder goes when the school does.
public final class TestSchool {
  public let folder: String
  public private(set) var clock: UInt64 = 1_790_000_000_000
  private var workspaces = 0

  public init() throws {
    folder = NSTemporaryDirectory() + "unitsync-test-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  }

  deinit {
    try? FileManager.default.removeItem(atPath: folder)
  }

  public var stateFolder: String { folder + "/state" }

  /// A minute later than the last: claimed times of tests never depend on the machine's clock.
  public func now() -> UInt64 {
    clock += 60_000
    return clock
  }

  private func nextFolder() -> String {
    workspaces += 1
    return folder + "/workspace-\(workspaces)"
  }

  /// The school's own office: root unit `school`, every role.
  public func found(person: String = "甲") throws -> Office {
    try Office.foundSchool(
      in: nextFolder(), name: "示例大学", root: "school", rehearsal: true, person: person, deviceName: "组织部电脑",
      claimedMilliseconds: now(), stateFolder: stateFolder)
  }

  /// The bundled 100-point sheet, published as 专项督查 to the units that the patterns name.
  public func publishSheet(by office: Office, to units: [String] = ["school/*"]) throws -> Campaign {
    guard let sheet = BundledTemplate.named("score-sheet-100")?.template else {
      preconditionFailure("the 100-point sheet comes with the product")
    }
    return try office.at(now()).publish(
      Office.Publication(
        name: "专项督查", templates: [try office.at(now()).store(sheet)], units: try office.units(matching: units)))
  }

  /// A device of `unit`, invited and confirmed by `inviter` directly.
  public func enrol(
    _ unit: String, by inviter: Office, roles: Roles = .reporter, person: String = "乙", device: String = "笔记本"
  ) throws -> Office {
    let invitation = try inviter.at(now()).invite(
      try inviter.unit(unit), roles: roles, hub: "", validMilliseconds: 86_400_000)
    let office = try Office.join(
      invitation, in: nextFolder(), person: person, deviceName: device, claimedMilliseconds: now(),
      stateFolder: stateFolder)
    try inviter.at(now()).confirm(
      invitation: invitation.id, secret: invitation.secret, deviceKey: office.workspace.key.publicKey,
      agreement: try office.workspace.key.agreementCertificate(
        school: office.identity.school, unit: office.identity.unit
      ).bytes,
      deviceName: device)
    try office.workspace.set(invitation: "")
    return office
  }

  /// How a client knows a hub unless told otherwise: it stays the same when the hub is restored in place.
  public static func address(of hub: Office) -> String { "test://\(hub.workspace.folder)" }

  /// Exchanges messages between two stores without a network: each one encoded and decoded again.
  ///
  /// - Parameters:
  ///   - address: how the client knows the hub; a new one makes it a peer never met.
  ///   - stopAfter: gives up after so many answers, as a broken connection would.
  ///   - tap: sees every message's bytes, as whoever holds the line does.
  @discardableResult
  public func synchronize(
    _ client: Office, with hub: Office, frameBytes: Int = Exchange.frameByteLimit, address: String? = nil,
    stopAfter: Int = .max, tap: ([UInt8]) -> Void = { _ in }
  ) throws -> SyncOutcome {
    do {
      return try exchange(client, with: hub, frameBytes: frameBytes, address: address, stopAfter: stopAfter, tap: tap)
    } catch SessionError.ownPastInDoubt {
      // As the client of the network does: under a new name, once.
      return try exchange(client, with: hub, frameBytes: frameBytes, address: address, stopAfter: stopAfter, tap: tap)
    }
  }

  private func exchange(
    _ client: Office, with hub: Office, frameBytes: Int, address: String?, stopAfter: Int,
    tap: ([UInt8]) -> Void
  ) throws -> SyncOutcome {
    // As both programs do before they exchange anything.
    for side in [client, hub] { try side.workspace.settlePast() }
    let server = ReplicationServer(store: hub.workspace.store, frameBytes: frameBytes)
    var session = ReplicationSession(
      store: client.workspace.store, address: address ?? Self.address(of: hub), signer: client.workspace.key,
      frameBytes: frameBytes)
    var message = try session.start(wallMilliseconds: now())
    var answers = 0
    while answers < stopAfter {
      let request = try Exchange(bytes: message.bytes)
      let answer = try server.answer(
        request, peer: client.identity.unit, device: client.identity.device, wallMilliseconds: now()
      ).bytes
      precondition(answer.count <= frameBytes && message.bytes.count <= frameBytes, "a frame never exceeds its limit")
      session.count(sent: message.bytes.count, received: answer.count)
      tap(message.bytes)
      tap(answer)
      answers += 1
      switch try session.receive(try Exchange(bytes: answer), wallMilliseconds: now()) {
      case .finished(let outcome): return outcome
      case .send(let next): message = next
      }
    }
    return session.outcome
  }
}

/// A machine as a snapshot of the whole of it holds it: database and marker alike.
public struct MachineSnapshot {
  let database: String
  let state: String
}

extension TestSchool {
  public func snapshot(of office: Office) throws -> MachineSnapshot {
    let folder = nextFolder()
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let snapshot = MachineSnapshot(database: folder + "/workspace.db", state: folder + "/state")
    try office.workspace.store.backup(to: snapshot.database)
    try FileManager.default.copyItem(atPath: stateFolder, toPath: snapshot.state)
    return snapshot
  }

  /// Sets a machine back as a whole, into the same file: machine, path, file id and marker match, so that nothing inside
  /// can tell. The markers of other machines in this school are set back with it, which is harmless to them.
  public func setBack(_ office: Office, to snapshot: MachineSnapshot) throws -> Office {
    let folder = office.workspace.folder
    try office.workspace.store.close()
    let database = try FileHandle(forWritingTo: URL(fileURLWithPath: folder + "/workspace.db"))
    try database.truncate(atOffset: 0)
    try database.write(contentsOf: try Data(contentsOf: URL(fileURLWithPath: snapshot.database)))
    try database.close()
    for suffix in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: folder + "/workspace.db" + suffix) }
    try FileManager.default.removeItem(atPath: stateFolder)
    try FileManager.default.copyItem(atPath: snapshot.state, toPath: stateFolder)
    return Office(
      try Workspace(opening: folder, stateFolder: stateFolder), person: office.person, claimedMilliseconds: now())
  }
}

extension Office {
  /// The same office at another claimed time, or with somebody else at the keyboard.
  public func at(_ milliseconds: UInt64, as person: String? = nil) -> Office {
    Office(workspace, person: person ?? self.person, claimedMilliseconds: milliseconds)
  }
}
