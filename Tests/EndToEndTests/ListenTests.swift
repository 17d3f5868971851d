import Foundation
import SyncEngine
import SyncModel
import SyncTesting
import Testing

/// `syncd serve` where it cannot listen, as real processes.
@Suite struct ListenTests {
  let school: TestSchool
  let root: Office
  let other: Office

  init() throws {
    school = try TestSchool()
    root = try school.found()
    _ = try root.at(school.now()).addUnit("school/cs", name: "计算机学院党总支", kind: .committee, type: nil)
    other = try school.enrol("school/cs", by: root, roles: [.admin, .reporter], person: "王五")
    try school.synchronize(other, with: root)
  }

  @Test(
    "on a taken port it says so and ends, with an upstream or without, and the folder is free for the next",
    arguments: [[], ["--upstream", "http://127.0.0.1:1"]])
  func taken(_ more: [String]) throws {
    let first = try Daemon(data: root.workspace.folder, stateFolder: school.stateFolder)
    let arguments = ["serve", "--data", other.workspace.folder, "--listen", "127.0.0.1:\(first.port)"] + more
    let second = try Tool("syncd", arguments, stateFolder: school.stateFolder)
    #expect(second.code == 1)
    #expect(second.out.isEmpty)
    #expect(second.error.contains("监听地址 127.0.0.1:\(first.port) 已被占用"), "\(second.error)")
    #expect(second.error.contains("--listen"), "\(second.error)")
    #expect(first.stop() == 0)
    let third = try Daemon(data: other.workspace.folder, stateFolder: school.stateFolder)
    #expect(third.stop() == 0)
    #expect(try other.verify().ok)
  }

  @Test("at an address that is not this machine's it says so and ends")
  func elsewhere() throws {
    // 192.0.2.0/24 is kept for documentation (RFC 5737): no machine has it.
    let arguments = [
      "serve", "--data", root.workspace.folder, "--listen", "192.0.2.1:0", "--plain-http-without-encryption",
    ]
    let tool = try Tool("syncd", arguments, stateFolder: school.stateFolder)
    #expect(tool.code == 1 && tool.out.isEmpty)
    #expect(tool.error.contains("本机没有监听地址 192.0.2.1:0"), "\(tool.error)")
    // No name server knows this one (RFC 6761).
    let named = try Tool(
      "syncd",
      ["serve", "--data", root.workspace.folder, "--listen", "hub.invalid:0", "--plain-http-without-encryption"],
      stateFolder: school.stateFolder)
    #expect(named.code == 1 && named.error.contains("本机没有监听地址 hub.invalid:0"), "\(named.error)")
  }
}
