import Foundation
import SyncTesting
import Testing

/// What `scripts/rehearse-restore` shows, with the executables that were just built.
@Suite struct RehearsalTests {
  @Test(
    "scripts/rehearse-restore: a backup restored beside the original, a copied folder, a hub set back; nothing is lost")
  func rehearsal() throws {
    let run = try ScriptRun("rehearse-restore")
    #expect(run.code == 0, "\(run.text)")
    #expect(run.text.contains("什么都没有丢"))
    #expect(run.text.contains("同一台设备的两份资料"))
    #expect(run.leftBehind.isEmpty)
  }
}

/// One of the package's scripts, run to its end with a temporary folder of its own.
struct ScriptRun {
  let code: Int32
  let text: String
  /// What it did not clear away.
  let leftBehind: [String]

  init(_ name: String) throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let stage = NSTemporaryDirectory() + "unitsync-script-test-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: stage, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: stage) }
    let run = try ChildProcess.run(
      root.appendingPathComponent("scripts/\(name)").path, ["--bin", Daemon.binaries.path],
      environment: ["TMPDIR": stage])
    (code, text) = (run.code, run.out + run.error)
    leftBehind = try FileManager.default.contentsOfDirectory(atPath: stage)
  }
}
