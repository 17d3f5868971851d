import Foundation
import SyncEngine
import SyncModel
import SyncTesting
import Testing

/// A disk that takes no more: the system's own limit on file size stands for it, so the real write fails.
@Suite struct DiskFullTests {
  @Test("a full disk: a clear error, nothing half-done, what was entered before stays (promises 3, 8)")
  func full() throws {
    let school = try TestSchool()
    let root = try school.found()
    _ = try root.at(school.now()).addUnit("school/cs", name: "计算机学院党总支", kind: .committee, type: nil)
    _ = try school.publishSheet(by: root)
    let laptop = try school.enrol("school/cs", by: root, person: "丙")
    try school.synchronize(laptop, with: root)

    func set(_ value: String, limitBlocks: Int?) throws -> (code: Int32, error: String) {
      // With the signal ignored, a write beyond the limit fails as it does on a full disk.
      let limit = limitBlocks.map { "trap '' XFSZ; ulimit -f \($0); " } ?? ""
      let run = try ChildProcess.run(
        "/bin/bash",
        [
          "-c", limit + "exec \"$@\"", "bash", Daemon.path("unitcli"), "set", "专项督查", "1.1", "备注=\(value)", "--data",
          laptop.workspace.folder, "--as", "丙", "--json",
        ], environment: ["UNITSYNC_STATE": school.stateFolder], output: .nothing)
      return (run.code, run.error)
    }

    #expect(try set("先前", limitBlocks: nil).code == 0)
    let before = try laptop.status().entries
    let failed = try set(String(repeating: "满", count: 9000), limitBlocks: 8)
    #expect(failed.code == 1)
    #expect(failed.error.contains("\"diskFull\"") && failed.error.contains("腾出空间"), "\(failed.error)")
    // Which disk, and what still works.
    #expect(failed.error.contains("满的是资料文件夹 \(laptop.workspace.folder) 所在的磁盘"), "\(failed.error)")
    #expect(failed.error.contains("unitcli backup"))
    #expect(try laptop.status().entries == before)
    #expect(try laptop.verify().ok)
    #expect(try set("之后", limitBlocks: nil).code == 0)
    #expect(try laptop.status().entries == before + 1)
  }
}
