import Foundation
import SyncEngine
import SyncHTTP
import SyncModel
import SyncTesting
import Testing

@testable import syncd

/// Encrypted connections of real daemons. 127.0.0.2 stands for an address beyond this machine: it is not one of those that
/// count as this machine, and nothing leaves it all the same.
@Suite struct TLSTests {
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

  private func synchronize(_ url: String, options: HubOptions = HubOptions()) async throws -> String {
    do {
      let client = try HubClient(address: url, options: options)
      do {
        let outcome = try await client.synchronize(laptop.workspace)
        try await client.shutdown()
        return outcome.inSync ? "in sync" : "not in sync"
      } catch {
        try await client.shutdown()
        throw error
      }
    } catch let error as any ExplainedError {
      return error.code
    }
  }

  @Test("syncd init makes a certificate; an invitation carries its pin; joining and synchronising need nothing else")
  func fromInvitation() throws {
    let stage = school.folder + "/stage"
    func run(_ name: String, _ arguments: String...) throws -> Tool {
      try Tool(name, arguments, stateFolder: school.stateFolder)
    }
    let hub = stage + "/hub"
    #expect(try run("syncd", "init", "--data", hub, "--name", "示例大学", "--rehearsal").code == 0)
    for file in ["tls.key", "tls.crt", "device.key", "root.key"] {
      let attributes = try FileManager.default.attributesOfItem(atPath: hub + "/" + file)
      #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600, "\(file)")
    }
    let daemon = try Daemon(data: hub, stateFolder: school.stateFolder, host: "127.0.0.2")
    #expect(daemon.url.hasPrefix("https://127.0.0.2:"))
    // No address is given: the hub's own is known.
    let text = try #require(
      try run("unitcli", "invite", "school", "--role", "reporter", "--data", hub, "--json").text("invitation"))
    let invitation = try Invitation(text: text)
    #expect(invitation.hub == daemon.url && invitation.hubPin != nil && invitation.hubDevice != nil)
    let laptop = stage + "/laptop"
    #expect(try run("unitcli", "join", text, "--data", laptop, "--as", "乙").code == 0)
    let sync = try run("unitcli", "sync", "--data", laptop, "--json")
    #expect(sync.code == 0, "\(sync.error)")
    #expect(try run("unitcli", "sync", "--data", laptop, "--json").code == 0)
    // The same hub with another certificate is noticed before anything is sent.
    let port = daemon.port
    #expect(daemon.stop() == 0)
    for file in ["tls.key", "tls.crt"] { try FileManager.default.removeItem(atPath: hub + "/" + file) }
    let other = try Daemon(data: hub, stateFolder: school.stateFolder, host: "127.0.0.2", port: port)
    let refused = try run("unitcli", "sync", "--data", laptop, "--json")
    #expect(refused.code == 1 && refused.errorCode == "certificatePin", "\(refused.error)")
    // Read out by the administrator, remembered from then on.
    let pin = try #require(try HubCertificate(of: hub, names: []).pin)
    #expect(try run("unitcli", "sync", "--hub", other.url, "--hub-pin", "\(pin)", "--data", laptop, "--json").code == 0)
    #expect(try run("unitcli", "sync", "--data", laptop, "--json").code == 0)
    #expect(other.stop() == 0)
  }

  @Test("a given certificate for another name: the pin decides; without a pin, authority and name are asked and say no")
  func givenCertificate() async throws {
    let folder = school.folder + "/certificate"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let certificate = try HubCertificate(of: folder, names: ["hub.invalid"])
    let daemon = try Daemon(
      data: root.workspace.folder, stateFolder: school.stateFolder,
      more: ["--tls-certificate", folder + "/tls.crt", "--tls-key", folder + "/tls.key"])
    #expect(daemon.url.hasPrefix("https://127.0.0.1:"))
    #expect(try await synchronize(daemon.url) == "certificate")
    var options = HubOptions()
    options.certificatePin = Digest256(a: 1, b: 2, c: 3, d: 4)
    #expect(try await synchronize(daemon.url, options: options) == "certificatePin")
    options.certificatePin = certificate.pin
    #expect(try await synchronize(daemon.url, options: options) == "in sync")
    // Remembered with the hub.
    #expect(try await synchronize(daemon.url) == "in sync")
    #expect(daemon.stop() == 0)
  }

  @Test("plain http on this machine only, unless both sides give encryption up by name")
  func plain() async throws {
    let local = try Daemon(data: root.workspace.folder, stateFolder: school.stateFolder)
    #expect(local.url.hasPrefix("http://127.0.0.1:"))
    #expect(try await synchronize(local.url) == "in sync")
    #expect(local.stop() == 0)
    let encrypted = try Daemon(data: root.workspace.folder, stateFolder: school.stateFolder, more: ["--tls"])
    #expect(encrypted.url.hasPrefix("https://"))
    #expect(encrypted.stop() == 0)
    let plain = try Daemon(
      data: root.workspace.folder, stateFolder: school.stateFolder, host: "127.0.0.2",
      more: ["--plain-http-without-encryption"])
    #expect(plain.url.hasPrefix("http://127.0.0.2:"))
    #expect(try await synchronize(plain.url) == "plainHTTP")
    var options = HubOptions()
    options.plainHTTPBeyondThisMachine = true
    #expect(try await synchronize(plain.url, options: options) == "in sync")
    #expect(plain.stop() == 0)
  }

  @Test("contradictory or unusable TLS options are refused in words, before anything listens")
  func options() throws {
    let data = root.workspace.folder
    for arguments in [
      ["--tls-certificate", "/nowhere/a"], ["--tls", "--plain-http-without-encryption"],
      ["--tls-certificate", "/nowhere/a", "--tls-key", "/nowhere/b"], ["--log-level", "laut"], ["--url", "hub"],
    ] {
      let run = try Tool(
        "syncd", ["serve", "--data", data, "--listen", "127.0.0.1:0"] + arguments, stateFolder: school.stateFolder)
      #expect(run.code == 1 && run.error.contains("未完成") && run.error.contains("下一步"), "\(arguments): \(run.error)")
      #expect(run.out.isEmpty)
    }
  }
}
