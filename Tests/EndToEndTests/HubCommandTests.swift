import Foundation
import SyncEngine
import SyncModel
import SyncTesting
import Testing

@testable import syncd

/// What `syncd` does besides serving, as real processes.
@Suite struct HubCommandTests {
  let school: TestSchool

  init() throws { school = try TestSchool() }

  private func run(_ arguments: String..., fullDisk: Bool = false) throws -> Tool {
    try Tool("syncd", arguments, stateFolder: school.stateFolder, fullDisk: fullDisk)
  }

  private func permissions(_ path: String) throws -> Int? {
    (try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? NSNumber)?.intValue
  }

  @Test("recover takes the root key only from a file that nobody else can read, and leaves no copy of it")
  func recover() throws {
    let (old, fresh) = (school.folder + "/old", school.folder + "/fresh")
    let founded = try run("init", "--data", old, "--name", "示例大学", "--rehearsal")
    #expect(founded.code == 0, "\(founded.error)")
    let key = school.folder + "/root.key"
    try FileManager.default.moveItem(atPath: old + "/root.key", toPath: key)
    try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: key)
    let exposed = try run("recover", "--data", fresh, "--root-key", key, "--rehearsal")
    #expect(exposed.code == 1 && exposed.error.contains("chmod 600"), "\(exposed.error)")
    #expect(!FileManager.default.fileExists(atPath: fresh))
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: key)
    let recovered = try run("recover", "--data", fresh, "--root-key", key, "--rehearsal")
    #expect(recovered.code == 0 && recovered.out.contains("收回安全处"), "\(recovered.error)")
    #expect(!FileManager.default.fileExists(atPath: fresh + "/root.key"))
    #expect(FileManager.default.fileExists(atPath: fresh + "/appointment.unitsync"))
    let other = school.folder + "/short.key"
    try Platform.writePrivate([1, 2, 3], to: other)
    let short = try run("recover", "--data", fresh + "2", "--root-key", other, "--rehearsal")
    #expect(short.code == 1 && short.error.contains("这不是学校根密钥"), "\(short.error)")
  }

  @Test(
    "init, recover and renew say on a full disk that their result was not written out, having done their work",
    .enabled(if: FullDevice.path != nil, "要有一个写不进的设备（/dev/full）"))
  func outputLost() throws {
    let (hub, fresh) = (school.folder + "/hub", school.folder + "/fresh")
    func refused(_ tool: Tool) -> Bool { tool.code == 1 && tool.error.contains("结果没有写全") }
    #expect(refused(try run("init", "--data", hub, "--name", "示例大学", "--rehearsal", fullDisk: true)))
    let store = try Workspace(opening: hub, stateFolder: school.stateFolder).storeID()
    #expect(refused(try run("renew", "--data", hub, fullDisk: true)))
    #expect(try Workspace(opening: hub, stateFolder: school.stateFolder).storeID() != store)
    #expect(
      refused(
        try run("recover", "--data", fresh, "--root-key", hub + "/root.key", "--rehearsal", fullDisk: true)))
    #expect(FileManager.default.fileExists(atPath: fresh + "/appointment.unitsync"))
    // Stolen from another administrator of the school: no device can stop itself.
    let office = Office(
      try Workspace(opening: hub, stateFolder: school.stateFolder), person: "甲", claimedMilliseconds: school.now())
    let stolen = try school.enrol("school", by: office, roles: [.admin]).identity.device
    #expect(try office.directory().devices[stolen]?.roles == [.admin])
    #expect(
      refused(
        try run(
          "recover", "--data", hub, "--root-key", hub + "/root.key", "--revoke", "\(stolen)", fullDisk: true)))
    #expect(FileManager.default.fileExists(atPath: hub + "/revocation.unitsync"))
    #expect(try office.directory().devices[stolen]?.roles.isEmpty == true)
  }

  @Test("a hub's backup carries its certificate: once restored it is known by the same pin")
  func certificate() throws {
    let (hub, restored) = (school.folder + "/hub", school.folder + "/restored")
    let passphrase = school.folder + "/passphrase"
    try Platform.writePrivate(Array("一个长一点的口令\n".utf8), to: passphrase)
    #expect(try run("init", "--data", hub, "--name", "示例大学", "--rehearsal").code == 0)
    let pin = try #require(try HubCertificate(of: hub, names: []).pin)
    let file = school.folder + "/hub.backup"
    let made = try run("backup", file, "--data", hub, "--passphrase-file", passphrase)
    #expect(made.code == 0, "\(made.error)")
    let back = try run("restore", file, "--data", restored, "--passphrase-file", passphrase)
    #expect(back.code == 0, "\(back.error)")
    for name in ["tls.crt", "tls.key"] {
      let paths = [hub, restored].map { $0 + "/" + name }
      #expect(FileManager.default.contentsEqual(atPath: paths[0], andPath: paths[1]), "\(name)")
      #expect(try permissions(paths[1]) == 0o600, "\(name)")
    }
    #expect(try HubCertificate(of: restored, names: []).pin == pin)
  }
}
