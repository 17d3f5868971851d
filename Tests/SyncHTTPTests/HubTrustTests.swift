import Foundation
import SyncEngine
import SyncHTTP
import SyncModel
import SyncTesting
import Testing

@testable import syncd

/// Whose answers a client believes (promise 7).
@Suite struct HubTrustTests {
  let hub: HubSchool

  init() throws { hub = try HubSchool() }

  private func synchronize(
    _ office: Office, _ url: String, options: HubOptions = HubOptions()
  ) async throws -> (any ExplainedError)? {
    let client = try HubClient(address: url, options: options)
    var failure: (any ExplainedError)?
    do { _ = try await client.synchronize(office.workspace) } catch let error as any ExplainedError { failure = error }
    try await client.shutdown()
    return failure
  }

  private func port(_ url: String) -> Int { Int(url.split(separator: ":").last ?? "") ?? 0 }

  /// A second school's hub: same names, another root key.
  private func stranger() throws -> (TestSchool, Office) {
    let school = try TestSchool()
    return (school, try school.found())
  }

  @Test("an invitation names the hub's device; another device at that address gets neither secret nor content")
  func invited() async throws {
    let root = hub.root
    let school = hub.school
    let (url, invitation) = try await LiveHub.serve(root.workspace) { url async throws in
      try root.workspace.rememberServed(at: [url], pin: nil)
      let invitation = try root.at(LiveHub.startWall).invite(
        try root.unit("school/cs"), roles: .reporter, hub: url + "/", validMilliseconds: 86_400_000)
      return (url, invitation)
    }
    #expect(invitation.hubDevice == root.identity.device)
    #expect(try Invitation(text: invitation.url) == invitation)
    let laptop = try Office.join(
      invitation, in: school.folder + "/invited", person: "丙", deviceName: "新电脑",
      claimedMilliseconds: LiveHub.startWall, stateFolder: school.stateFolder)
    // A hub of the same school, enrolled, but not the one that the invitation names.
    let other = try school.enrol("school/cs", by: root, roles: [.admin], person: "丁")
    try school.synchronize(other, with: root)
    try await LiveHub.serve(other.workspace, port: port(url)) { [self] url async throws in
      #expect(try await synchronize(laptop, url)?.code == "hubChanged")
      #expect(try laptop.workspace.pendingInvitation() != nil)
    }
    try await LiveHub.serve(root.workspace, port: port(url)) { [self] url async throws in
      #expect(try await synchronize(laptop, url) == nil)
      #expect(try laptop.workspace.pendingInvitation() == nil)
      #expect(try laptop.workspace.hubRecord(at: url)?.unit?.description == "school")
    }
  }

  @Test(
    "another device in the place of a known hub is refused; it is taken only on demand, enrolled for that unit or above"
  )
  func changed() async throws {
    let (root, laptop, school) = (hub.root, hub.laptop, hub.school)
    let url = try await LiveHub.serve(root.workspace) { [self] url async throws in
      #expect(try await synchronize(laptop, url) == nil)
      return url
    }
    var demand = HubOptions()
    demand.trustNewHub = true
    let options = demand

    // Enrolled, but only for a unit below.
    let below = try school.enrol("school/cs", by: root, roles: [.admin], person: "丁")
    try school.synchronize(below, with: root)
    try await LiveHub.serve(below.workspace, port: port(url)) { [self] url async throws in
      #expect(try await synchronize(laptop, url)?.code == "hubChanged")
      #expect(try await synchronize(laptop, url, options: options)?.code == "hubUnit")
      #expect(try laptop.workspace.hubRecord(at: url)?.key == root.workspace.key.publicKey)
    }
    // Enrolled for the school: the laptop learns that from the new hub itself, signed back to the root key.
    let successor = try school.enrol("school", by: root, roles: .all, person: "戊")
    try school.synchronize(successor, with: root)
    try await LiveHub.serve(successor.workspace, port: port(url)) { [self] url async throws in
      #expect(try await synchronize(laptop, url)?.code == "hubChanged")
      #expect(try await synchronize(laptop, url, options: options) == nil)
      #expect(try laptop.workspace.hubRecord(at: url)?.key == successor.workspace.key.publicKey)
      #expect(try await synchronize(laptop, url) == nil)
    }
  }

  @Test("a hub that the directory does not know is sent nothing, whatever unit it claims")
  func notEnrolled() async throws {
    let (root, laptop, school) = (hub.root, hub.laptop, hub.school)
    let campaign = try school.publishSheet(by: root)
    try school.synchronize(laptop, with: root)
    _ = try laptop.at(school.now()).set(
      campaign, try laptop.item("1.1", of: campaign), fields: [.remark: .text("只给自己的汇总点")],
      unit: try laptop.unit("school/cs"), onBehalf: false)
    // A workspace of the right school that joined and was never confirmed, serving as if it were the school's hub.
    let invitation = try root.at(school.now()).invite(
      try root.unit("school"), roles: .all, hub: "", validMilliseconds: 86_400_000)
    let impostor = try Office.join(
      invitation, in: school.folder + "/impostor", person: "己", deviceName: "冒充", claimedMilliseconds: school.now(),
      stateFolder: school.stateFolder)
    try await LiveHub.serve(impostor.workspace) { [self] url async throws in
      // It does not know the laptop either, so it can only refuse.
      #expect(try await synchronize(laptop, url)?.code == "unknownDevice")
    }
    // One that knows everybody, because it was given the directory by hand, but that nobody enrolled.
    try school.synchronize(impostor, with: root)
    try await LiveHub.serve(impostor.workspace) { [self] url async throws in
      #expect(try await synchronize(laptop, url)?.code == "hubNotEnrolled")
      #expect(try laptop.workspace.hubRecord(at: url) == nil)
    }
    let written = try impostor.workspace.store.read { snapshot in
      try snapshot.logs().filter { $0.log == LogID(laptop.identity.unit, .answers) }
    }
    #expect(written.allSatisfy { $0.entries == 0 })
  }

  @Test("a hub that claims another unit than the directory says is refused, and nothing of its answer is taken in")
  func claimedUnit() async throws {
    let (root, laptop, school) = (hub.root, hub.laptop, hub.school)
    // A device of 计院 whose store says that it stands for the school.
    let insider = try school.enrol("school/cs", by: root, roles: [.admin], person: "庚")
    try school.synchronize(insider, with: root)
    let identity = StoreIdentity(
      school: root.identity.school, rootKey: root.identity.rootKey, rehearsal: true, rootUnit: root.identity.rootUnit,
      unit: root.identity.unit, firstStore: .random(), deviceKey: insider.workspace.key.publicKey)
    let claimed = Office(
      try Workspace.create(
        in: school.folder + "/claimed", identity: identity, key: insider.workspace.key,
        stateFolder: school.stateFolder), person: "庚", claimedMilliseconds: school.now())
    try school.synchronize(claimed, with: root)
    try await LiveHub.serve(claimed.workspace) { [self] url async throws in
      #expect(try await synchronize(laptop, url)?.code == "hubUnit")
    }
  }

  @Test("another school's hub is refused before anything is shown to it")
  func otherSchool() async throws {
    let (_, other) = try stranger()
    let laptop = hub.laptop
    try await LiveHub.serve(other.workspace) { [self] url async throws in
      #expect(try await synchronize(laptop, url)?.code == "wrongSchool")
    }
  }
}
