import Foundation
import SyncEngine
import SyncHTTP
import SyncModel
import SyncTesting
import Synchronization
import Testing

/// A real hub, and peers that decide to be slow: nobody else is kept waiting by them (promise 8).
@Suite(.serialized) struct PlacesTests {
  let school: TestSchool
  let root: Office

  init() throws {
    school = try TestSchool()
    root = try school.found()
    _ = try root.at(school.now()).addUnit("school/cs", name: "计算机学院党总支", kind: .committee, type: nil)
  }

  struct ToldToWait: Error {}

  /// A laptop's round with a hub that must not send it away, not even for a second.
  @discardableResult
  private static func synchronize(
    _ workspace: Workspace, with url: String, files: Bool = false
  ) async throws -> SyncOutcome {
    var options = HubOptions()
    options.sleep = { _ in throw ToldToWait() }
    let client = try HubClient(address: url, options: options)
    let outcome: SyncOutcome
    do {
      outcome = try await client.synchronize(workspace)
      if files {
        let sent = try await client.transferFiles(workspace, fetching: workspace.fileScope())
        #expect(sent.refusals.isEmpty)
      }
    } catch {
      try? await client.shutdown()
      throw error
    }
    try await client.shutdown()
    #expect(outcome.inSync)
    return outcome
  }

  private func join(_ unit: String, through daemon: Daemon) async throws -> Office {
    let now = Platform.wallMilliseconds
    let invitation = try root.at(now).invite(
      try root.unit(unit), roles: .reporter, hub: daemon.url, validMilliseconds: 86_400_000)
    let office = try Office.join(
      invitation, in: school.folder + "/joined-\(invitation.id)", person: "王五", deviceName: "新机",
      claimedMilliseconds: now, stateFolder: school.stateFolder)
    try await Self.synchronize(office.workspace, with: daemon.url)
    return office
  }

  private func devices() throws -> Set<DeviceID> {
    try root.workspace.store.read { Set(try $0.directory().devices.filter { !$0.value.roles.isEmpty }.keys) }
  }

  /// Devices of as many units beside.
  private func others(_ count: Int) throws -> [Office] {
    try (0..<count).map { number in
      let path = "school/u\(number)"
      _ = try root.at(school.now()).addUnit(path, name: "第\(number)党支部", kind: .committee, type: nil)
      return try school.enrol(path, by: root, device: "\(number)号机")
    }
  }

  /// A laptop with so much to bring that it goes in bodies which are large for a hub.
  private func fullLaptop() throws -> (office: Office, campaign: Campaign) {
    let campaign = try school.publishSheet(by: root)
    let laptop = try school.enrol("school/cs", by: root, person: "张三")
    try school.synchronize(laptop, with: root)
    var generator = SeededGenerator(seed: 7)
    let item = try laptop.item("1.1", of: campaign)
    for leaf in item.template.leaves {
      let scalars = (0..<2000).compactMap { _ in Unicode.Scalar(UInt32(0x4e00 + generator.below(4000))) }
      let text = String(String.UnicodeScalarView(scalars))
      _ = try laptop.at(school.now()).set(
        campaign, try laptop.item(leaf.id, of: campaign), fields: [.remark: .text(text)], unit: try laptop.ownUnit(),
        onBehalf: false)
    }
    return (laptop, campaign)
  }

  private func answers(of unit: String, at office: Office) throws -> Int {
    try office.workspace.store.read { snapshot in
      try snapshot.registers(LogID(try #require(UnitPath(unit)), .answers), kind: .answer).count
    }
  }

  /// Sends requests of a device that do not go on, until it has as much under way as it may: one that is whole is refused then.
  private func fill(
    _ heads: SignedHeads, _ path: String, _ type: String, by office: Office, _ slow: () throws -> SlowPeer
  ) throws -> [SlowPeer] {
    let body = [UInt8](repeating: 1, count: Digest256.byteCount)
    var held: [SlowPeer] = []
    for _ in 0..<1000 {
      held.append(try slow())
      let head = try heads.head("POST", path, type: type, length: body.count, by: office.workspace.key, body: body)
      if try heads.sent(head + body).status() == 503 { return held }
    }
    Issue.record("the hub does not say that the device has enough under way")
    return held
  }

  // MARK: Strangers

  @Test("eight heads of joins without a body keep nobody out: others join at once, laptops sync")
  func joinHeads() async throws {
    let laptop = try school.enrol("school/cs", by: root)
    let daemon = try Daemon(data: root.workspace.folder, stateFolder: school.stateFolder)
    let heads = try SignedHeads(daemon)
    var held: [SlowPeer] = []
    for round in 0..<3 {
      for _ in 0..<8 {
        held.append(
          try heads.sent(
            heads.head("POST", Endpoint.join, type: MediaType.json, length: 16_000, by: DeviceKey())))
      }
      let joined = try await join("school/cs", through: daemon)
      #expect(try devices().contains(joined.identity.device), "\(round)")
      try await Self.synchronize(laptop.workspace, with: daemon.url)
    }
    #expect(try devices().count == 5)
    #expect(daemon.process.isRunning)
    // Each of them was only asked to go on.
    #expect(held.count == 24)
    held = []
    #expect(daemon.stop() == 0)
  }

  @Test("two hundred devices behind one address sync and one joins, while an attacker there holds all it may")
  func crowd() async throws {
    let limit = HTTPLimit.standard
    _ = try school.publishSheet(by: root)
    // Twenty branches of ten laptops each.
    let folders = try others(20).enumerated().flatMap { branch, first in
      try [first.workspace.folder]
        + (1..<10).map { try school.enrol("school/u\(branch)", by: root, device: "\($0)号机").workspace.folder }
    }
    let daemon = try Daemon(data: root.workspace.folder, stateFolder: school.stateFolder)
    let heads = try SignedHeads(daemon)
    // Requests that an address may make, but for those that one needs to join, and all of its connections.
    var held = try (0..<100).map { _ in
      try heads.sent(heads.head("POST", Endpoint.join, type: MediaType.json, length: 16_000, by: DeviceKey()))
    }
    while held.count < limit.connectionsPerAddress { held.append(try SlowPeer(port: daemon.port)) }

    let (url, stateFolder, record) = (daemon.url, school.stateFolder, heads.record)
    var received: [Int] = []
    for start in stride(from: 0, to: folders.count, by: 20) {
      // Whatever connection it lost, it opens again.
      held += try (0..<20).map { _ in try SlowPeer(port: daemon.port) }
      received += try await withThrowingTaskGroup(of: Int.self) { group in
        for folder in folders[start..<start + 20] {
          group.addTask {
            let workspace = try Workspace(opening: folder, stateFolder: stateFolder)
            try workspace.remember(record, at: url)
            return try await Self.synchronize(workspace, with: url).received
          }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
    }
    #expect(received.count == 200 && received.allSatisfy { $0 > 0 })
    held += try (0..<20).map { _ in try SlowPeer(port: daemon.port) }
    let joined = try await join("school/u0", through: daemon)
    #expect(try devices().contains(joined.identity.device))
    #expect(try devices().count == 202)
    held = []
    #expect(daemon.stop() == 0)
  }

  // MARK: Enrolled devices

  @Test("eight devices with two slow bodies of 4 MiB each hold up nobody, neither small bodies nor large ones")
  func slowBodies() async throws {
    let slow = try others(8)
    let (laptop, campaign) = try fullLaptop()
    let small = try school.enrol("school/cs", by: root, person: "李四", device: "小机")
    let daemon = try Daemon(data: root.workspace.folder, stateFolder: school.stateFolder)
    let heads = try SignedHeads(daemon)
    func head(_ office: Office) throws -> [UInt8] {
      try heads.head(
        "POST", Endpoint.exchange, type: MediaType.exchange, length: 4 << 20, by: office.workspace.key)
    }
    var held: [SlowPeer] = []
    for office in slow {
      held += try fill(heads, Endpoint.exchange, MediaType.exchange, by: office) {
        try heads.sent(head(office) + [UInt8](repeating: 7, count: 1000))
      }
    }
    try await Self.synchronize(small.workspace, with: daemon.url)
    let outcome = try await Self.synchronize(laptop.workspace, with: daemon.url)
    #expect(outcome.bytesSent > HTTPLimit.standard.smallBodyBytes && outcome.refusals.isEmpty)
    let leaves = try laptop.item("1.1", of: campaign).template.leaves.count
    #expect(try answers(of: "school/cs", at: root) == leaves)
    try await Self.synchronize(small.workspace, with: daemon.url)
    #expect(try answers(of: "school/cs", at: small) == leaves)
    held = []
    #expect(daemon.stop() == 0)
  }

  private func attach(_ office: Office, _ campaign: Campaign, byteCount: Int) throws -> SyncModel.Attachment {
    var generator = SeededGenerator(seed: 3)
    var bytes: [UInt8] = []
    while bytes.count < byteCount { withUnsafeBytes(of: generator.next()) { bytes += $0 } }
    let path = school.folder + "/会议记录\(byteCount).pdf"
    try Data(bytes.prefix(byteCount)).write(to: URL(fileURLWithPath: path))
    let attached = try office.at(school.now()).attach(
      [path], to: try office.item("1.1", of: campaign), of: campaign, unit: try office.ownUnit(), onBehalf: false)
    return try #require(attached.added.first)
  }

  @Test("four devices with four requests for files each, none of which goes on, hold up no other file")
  func slowFiles() async throws {
    let slow = try others(4)
    let campaign = try school.publishSheet(by: root)
    let (laptop, colleague) = (
      try school.enrol("school/cs", by: root, person: "张三"),
      try school.enrol("school/cs", by: root, person: "李四", device: "二号机")
    )
    for office in [laptop, colleague] { try school.synchronize(office, with: root) }
    let file = try attach(laptop, campaign, byteCount: 1_300_000)
    let daemon = try Daemon(data: root.workspace.folder, stateFolder: school.stateFolder)
    let heads = try SignedHeads(daemon)
    func head(_ office: Office) throws -> [UInt8] {
      try heads.head("POST", Endpoint.filesHeld, type: MediaType.files, length: 32_000, by: office.workspace.key)
    }
    var held: [SlowPeer] = []
    for office in slow {
      held += try fill(heads, Endpoint.filesHeld, MediaType.files, by: office) { try heads.sent(head(office)) }
    }
    try await Self.synchronize(laptop.workspace, with: daemon.url, files: true)
    #expect(root.workspace.files.isSound(file.hash))
    try colleague.workspace.set(.own)
    try await Self.synchronize(colleague.workspace, with: daemon.url, files: true)
    #expect(colleague.workspace.files.isSound(file.hash))
    held = []
    #expect(daemon.stop() == 0)
  }

  @Test("sixteen files of 24 MiB that are asked for and not taken hold no place: another is sent and fetched")
  func slowAnswers() async throws {
    let campaign = try school.publishSheet(by: root)
    let laptop = try school.enrol("school/cs", by: root, person: "张三")
    let slow = try (0..<4).map { try school.enrol("school/cs", by: root, device: "\($0)号机") }
    let colleague = try school.enrol("school/cs", by: root, person: "李四", device: "二号机")
    for office in [laptop, colleague] { try school.synchronize(office, with: root) }
    // More than the system takes off a hub's hands.
    let file = try attach(laptop, campaign, byteCount: 24 << 20)
    let daemon = try Daemon(data: root.workspace.folder, stateFolder: school.stateFolder)
    try await Self.synchronize(laptop.workspace, with: daemon.url, files: true)
    let heads = try SignedHeads(daemon)
    var held: [SlowPeer] = []
    for office in slow {
      held += try fill(heads, Endpoint.filesHeld, MediaType.files, by: office) {
        try heads.sent(
          heads.head("GET", Endpoint.file(file.hash), length: 0, by: office.workspace.key), roomBytes: 4096)
      }
    }
    try colleague.workspace.set(.own)
    try await Self.synchronize(colleague.workspace, with: daemon.url, files: true)
    #expect(colleague.workspace.files.isSound(file.hash))
    let more = try attach(laptop, campaign, byteCount: 300_000)
    try await Self.synchronize(laptop.workspace, with: daemon.url, files: true)
    #expect(root.workspace.files.isSound(more.hash))
    held = []
    #expect(daemon.stop() == 0)
  }

  @Test("stopped devices are told so before anything large of theirs is read, and hold up nobody")
  func stoppedDevices() async throws {
    let stopped = try others(8)
    for office in stopped {
      let device = try #require(
        try root.workspace.store.read { try $0.directory().devices[office.identity.device] })
      _ = try root.at(school.now()).revoke(device, reason: "遗失")
    }
    let (laptop, campaign) = try fullLaptop()
    let daemon = try Daemon(data: root.workspace.folder, stateFolder: school.stateFolder)
    let heads = try SignedHeads(daemon)
    var held: [SlowPeer] = []
    for office in stopped {
      for _ in 0..<2 {
        held.append(
          try heads.sent(
            heads.head(
              "POST", Endpoint.exchange, type: MediaType.exchange, length: 4 << 20, by: office.workspace.key)))
      }
    }
    #expect(held.map { $0.status() } == [Int?](repeating: 403, count: 16))
    let outcome = try await Self.synchronize(laptop.workspace, with: daemon.url)
    #expect(outcome.bytesSent > HTTPLimit.standard.smallBodyBytes)
    #expect(try answers(of: "school/cs", at: root) == laptop.item("1.1", of: campaign).template.leaves.count)
    #expect(daemon.stop() == 0)
  }
}
