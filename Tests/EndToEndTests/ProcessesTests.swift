import Foundation
import SyncEngine
import SyncModel
import SyncTemplates
import SyncTesting
import Testing

/// Several processes on one workspace.
@Suite struct ProcessesTests {
  @Test("twelve commands at once while the daemon serves the same workspace: every acknowledged entry is there, once")
  func manyAtOnce() throws {
    let school = try TestSchool()
    let root = try school.found()
    _ = try root.at(school.now()).addUnit("school/cs", name: "计算机学院党总支", kind: .committee, type: nil)
    _ = try school.publishSheet(by: root)
    let hub = try school.enrol("school/cs", by: root, roles: [.admin, .reporter], person: "王五")
    try school.synchronize(hub, with: root)
    let before = try hub.status().entries
    let daemon = try Daemon(data: hub.workspace.folder, stateFolder: school.stateFolder)

    let leaves = try #require(BundledTemplate.named("score-sheet-100")).template.leaves
    let commands = try (0..<12).map { number in
      try ChildProcess(
        Daemon.path("unitcli"),
        [
          "set", "专项督查", leaves[number].id, "备注=第\(number)项", "--data", hub.workspace.folder, "--as", "王五",
        ], environment: ["UNITSYNC_STATE": school.stateFolder])
    }
    for command in commands { #expect(command.wait().code == 0) }
    #expect(daemon.stop() == 0)
    let verification = try hub.verify()
    #expect(verification.ok)
    #expect(try hub.status().entries == before + 12)
    // One replica wrote them all: nobody mistook another process for a restored folder.
    let strands = try hub.workspace.store.read { try $0.strands(of: LogID(hub.identity.unit, .answers)) }
    #expect(strands.map(\.stored) == [12])
  }
}
