import Foundation
import SyncEngine
import SyncHTTP
import SyncModel
import SyncTesting
import Synchronization
import Testing

/// Files between real processes, killed for real.
@Suite(.serialized) struct FileKillTests {
  let school: TestSchool
  let root: Office
  let campaign: Campaign
  let laptop: Office

  init() throws {
    school = try TestSchool()
    root = try school.found()
    _ = try root.at(school.now()).addUnit("school/cs", name: "计算机学院党总支", kind: .committee, type: nil)
    campaign = try school.publishSheet(by: root)
    laptop = try school.enrol("school/cs", by: root, person: "丙")
    try school.synchronize(laptop, with: root)
  }

  private func document(_ byteCount: Int) throws -> String {
    var generator = SeededGenerator(seed: 77)
    var data = Data(capacity: byteCount + 8)
    while data.count < byteCount { withUnsafeBytes(of: generator.next()) { data.append(contentsOf: $0) } }
    let path = school.folder + "/录音.mp3"
    try data.prefix(byteCount).write(to: URL(fileURLWithPath: path))
    return path
  }

  @Test(
    "a hub killed three times in mid-upload has every piece that it acknowledged, and the upload goes on there (promises 3, 9)"
  )
  func killedHub() async throws {
    let byteCount = 24 << 20
    let attached = try laptop.at(school.now()).attach(
      [document(byteCount)], to: try laptop.item("1.1", of: campaign), of: campaign, unit: try laptop.ownUnit(),
      onBehalf: false)
    let hash = try #require(attached.added.first?.hash)
    var daemon = try Daemon(data: root.workspace.folder, stateFolder: school.stateFolder)
    let port = daemon.port
    let client = try HubClient(address: daemon.url)
    _ = try await client.synchronize(laptop.workspace)

    let acknowledged = Mutex(0)
    for kill in 1...3 {
      let victim = daemon.process
      let goal = kill * (byteCount / 4)
      let starts = Mutex<Int?>(nil)
      await #expect(throws: TransportError.self) {
        try await client.transferFiles(laptop.workspace) { progress in
          starts.withLock { $0 = $0 ?? progress.done }
          acknowledged.withLock { $0 = max($0, progress.done) }
          if progress.done >= goal { victim.send(SIGKILL) }
        }
      }
      daemon.process.wait()
      if kill > 1 { #expect(starts.withLock { $0 } ?? 0 >= byteCount / 4, "it went on where it stopped") }
      daemon = try Daemon(data: root.workspace.folder, stateFolder: school.stateFolder, port: port)
    }
    let before = acknowledged.withLock { $0 }
    let outcome = try await client.transferFiles(laptop.workspace)
    #expect(outcome.sent == 1 && outcome.bytesSent <= byteCount - before)
    try await client.shutdown()
    #expect(daemon.stop() == 0)
    #expect(root.workspace.files.isSound(hash))
    #expect(try laptop.status().unsentFiles.files == 0)
  }

  @Test("attach, sync, and on another computer sync and fetch: the programs alone")
  func programs() throws {
    func unitcli(_ arguments: String..., on office: Office) throws -> Tool {
      let tool = try Tool(
        "unitcli", arguments + ["--data", office.workspace.folder, "--json"], stateFolder: school.stateFolder)
      try #require(tool.code == 0, "\(arguments) \(tool.error)")
      return tool
    }
    func json(_ tool: Tool) throws -> [String: Any] {
      try #require(try JSONSerialization.jsonObject(with: Data(tool.out.utf8)) as? [String: Any])
    }
    let other = try school.enrol("school/cs", by: root, person: "丁", device: "二号机")
    let daemon = try Daemon(data: root.workspace.folder, stateFolder: school.stateFolder)
    let path = try document(2_500_000)
    _ = try unitcli("attach", "专项督查", "1.1", path, "--as", "丙", on: laptop)
    let sent = try json(unitcli("sync", "--hub", daemon.url, on: laptop))
    #expect((sent["files"] as? [String: Any])?["sent"] as? Int == 1)
    #expect((sent["unsent"] as? [String: Any])?["files"] as? Int == 0)
    _ = try unitcli("sync", "--hub", daemon.url, "--as", "丁", on: other)
    let listed = try json(unitcli("evidence", "list", on: other))["files"] as? [[String: Any]]
    #expect(listed?.first?["here"] as? Bool == false)
    let out = school.folder + "/取回"
    let fetched = try json(unitcli("evidence", "fetch", "专项督查", "1.1", "--out", out, on: other))
    #expect(fetched["fetched"] as? Int == 1)
    #expect(FileManager.default.contentsEqual(atPath: path, andPath: out + "/录音.mp3"))
    // Fetched ahead, on a third, with the sync itself.
    let third = try school.enrol("school/cs", by: root, person: "戊", device: "三号机")
    let ahead = try json(unitcli("sync", "--hub", daemon.url, "--files", "--as", "戊", on: third))
    #expect((ahead["files"] as? [String: Any])?["received"] as? Int == 1)
    #expect(daemon.stop() == 0)
  }
}
