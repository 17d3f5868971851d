import Foundation
import SyncEngine
import SyncModel

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
    let sheet = Template.bundled[0].template
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
  @discardableResult
  public func synchronize(
    _ client: Office, with hub: Office, frameBytes: Int = Exchange.frameByteLimit, address: String? = nil,
    stopAfter: Int = .max
  ) throws -> SyncOutcome {
    do {
      return try exchange(client, with: hub, frameBytes: frameBytes, address: address, stopAfter: stopAfter)
    } catch SessionError.ownPastInDoubt {
      // As the client of the network does: under a new name, once.
      return try exchange(client, with: hub, frameBytes: frameBytes, address: address, stopAfter: stopAfter)
    }
  }

  private func exchange(
    _ client: Office, with hub: Office, frameBytes: Int, address: String?, stopAfter: Int
  ) throws -> SyncOutcome {
    // As both programs do before they exchange anything.
    for side in [client, hub] { try side.workspace.settlePast() }
    let server = ReplicationServer(store: hub.workspace.store, frameBytes: frameBytes)
    var session = ReplicationSession(
      store: client.workspace.store, address: address ?? Self.address(of: hub), frameBytes: frameBytes)
    var message = try session.start(wallMilliseconds: now())
    var answers = 0
    while answers < stopAfter {
      let request = try Exchange(bytes: message.bytes)
      let answer = try server.answer(
        request, peer: client.identity.unit, device: client.identity.device, wallMilliseconds: now()
      ).bytes
      precondition(answer.count <= frameBytes && message.bytes.count <= frameBytes, "a frame never exceeds its limit")
      session.count(sent: message.bytes.count, received: answer.count)
      answers += 1
      switch try session.receive(try Exchange(bytes: answer), wallMilliseconds: now()) {
      case .finished(let outcome): return outcome
      case .send(let next): message = next
      }
    }
    return session.outcome
  }
}

extension Office {
  /// The same office at another claimed time, or with somebody else at the keyboard.
  public func at(_ milliseconds: UInt64, as person: String? = nil) -> Office {
    Office(workspace, person: person ?? self.person, claimedMilliseconds: milliseconds)
  }
}
