import Foundation
import SyncModel
import SyncTesting
import Testing

@testable import SyncEngine

/// A hub that lost a file, or holds another in its place, as real processes: it comes back with the next round, not the next day.
@Suite struct LostFileTests {
  let school: TestSchool
  let root: Office
  let campaign: Campaign
  let first: Office
  let second: Office

  init() throws {
    school = try TestSchool()
    root = try school.found()
    _ = try root.at(school.now()).addUnit("school/cs", name: "计算机学院党总支", kind: .committee, type: nil)
    campaign = try school.publishSheet(by: root)
    first = try school.enrol("school/cs", by: root, person: "张三", device: "一号机")
    second = try school.enrol("school/cs", by: root, person: "李四", device: "二号机")
    for laptop in [first, second] { try school.synchronize(laptop, with: root) }
  }

  private func run(_ office: Office, _ arguments: String...) throws -> Tool {
    try Tool("unitcli", arguments + ["--data", office.workspace.folder], stateFolder: school.stateFolder)
  }

  /// Attaches a file on the first laptop and brings it to the hub. - Returns: its hash and bytes.
  private func attached(_ hub: Daemon) throws -> (hash: Digest256, bytes: Data) {
    let bytes = Data((0..<50_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) })
    let path = school.folder + "/会议记录.pdf"
    try bytes.write(to: URL(fileURLWithPath: path))
    let tool = try run(first, "attach", campaign.name, "1.1", path, "--as", "张三")
    #expect(tool.code == 0, "\(tool.error)")
    let sent = try run(first, "sync", "--hub", hub.url)
    #expect(sent.code == 0, "\(sent.error)")
    let file = try #require(try root.evidence(of: try root.unit("school/cs"), campaign: campaign).first)
    #expect(root.workspace.files.isSound(file.attachment.hash))
    return (file.attachment.hash, bytes)
  }

  /// One bit of a file is another.
  private func damage(_ path: String) throws {
    let file = URL(fileURLWithPath: path)
    var bytes = try Data(contentsOf: file)
    bytes[12_345] ^= 1
    try bytes.write(to: file)
  }

  @Test("a file that is gone from the hub's disk is there again after the next sync, and is sent once")
  func lost() throws {
    let hub = try Daemon(data: root.workspace.folder, stateFolder: school.stateFolder)
    let (hash, bytes) = try attached(hub)
    let path = root.workspace.files.path(of: hash)
    #expect(try run(first, "sync", "--hub", hub.url).code == 0)
    #expect(hub.stop() == 0)
    try FileManager.default.removeItem(atPath: path)
    // It compares its folder with its database when it starts.
    let again = try Daemon(data: root.workspace.folder, stateFolder: school.stateFolder, port: hub.port)
    while try root.workspace.store.read({ try $0.filesMark() }) == nil { #expect(again.process.isRunning) }
    let mark = try root.workspace.store.read { try $0.filesMark() }
    let sync = try run(first, "sync", "--hub", again.url)
    #expect(sync.code == 0, "\(sync.error)")
    #expect(FileManager.default.contents(atPath: path) == bytes)
    #expect(try first.workspace.filesMark(shownBy: try root.workspace.storeID()) == mark)
    #expect(try !first.workspace.isFileRoundDue(try root.workspace.storeID(), now: Platform.wallMilliseconds))
    #expect(again.stop() == 0)
    // Nothing is lost now, so no other mark is drawn.
    let third = try Daemon(data: root.workspace.folder, stateFolder: school.stateFolder, port: hub.port)
    #expect(try run(first, "sync", "--hub", third.url).code == 0)
    #expect(third.stop() == 0)
    #expect(try root.workspace.store.read { try $0.filesMark() } == mark)
  }

  @Test("a file that goes while the hub runs is noticed by whoever asks for it, and is there again after the next sync")
  func lostWhileServing() throws {
    let hub = try Daemon(data: root.workspace.folder, stateFolder: school.stateFolder)
    let (hash, bytes) = try attached(hub)
    let path = root.workspace.files.path(of: hash)
    #expect(try run(second, "sync", "--hub", hub.url).code == 0)
    try FileManager.default.removeItem(atPath: path)
    _ = try run(second, "evidence", "fetch", "--hub", hub.url)
    #expect(second.workspace.files.byteCount(of: hash) == nil)
    let mark = try root.workspace.store.read { try $0.filesMark() }
    #expect(mark != nil)
    let sync = try run(first, "sync", "--hub", hub.url)
    #expect(sync.code == 0, "\(sync.error)")
    #expect(FileManager.default.contents(atPath: path) == bytes)
    #expect(try first.workspace.filesMark(shownBy: try root.workspace.storeID()) == mark)
    let fetched = try run(second, "evidence", "fetch", "--hub", hub.url)
    #expect(fetched.code == 0, "\(fetched.error)")
    #expect(FileManager.default.contents(atPath: second.workspace.files.path(of: hash)) == bytes)
    #expect(hub.stop() == 0)
  }

  @Test("a file that verify finds damaged beside the running hub is put aside, and is there again after the next sync")
  func verified() throws {
    let hub = try Daemon(data: root.workspace.folder, stateFolder: school.stateFolder)
    let (hash, bytes) = try attached(hub)
    let path = root.workspace.files.path(of: hash)
    try damage(path)
    let found = try run(root, "verify", "--json")
    #expect(found.code == 1 && found.out.contains("\"damagedFiles\":[\"\(hash)\"]"), "\(found.out)\(found.error)")
    #expect(FileManager.default.contents(atPath: path) == nil)
    let sync = try run(first, "sync", "--hub", hub.url)
    #expect(sync.code == 0, "\(sync.error)")
    #expect(FileManager.default.contents(atPath: path) == bytes)
    let again = try run(root, "verify")
    #expect(again.code == 0, "\(again.out)\(again.error)")
    #expect(hub.stop() == 0)
  }

  @Test("a file that is damaged at the hub is not taken by who fetches it, exit code 1; put aside, it comes again")
  func damaged() throws {
    let hub = try Daemon(data: root.workspace.folder, stateFolder: school.stateFolder)
    let (hash, bytes) = try attached(hub)
    let path = root.workspace.files.path(of: hash)
    try damage(path)
    #expect(try run(second, "sync", "--hub", hub.url).code == 0)
    let fetched = try run(second, "evidence", "fetch", "--hub", hub.url, "--json")
    #expect(fetched.code == 1 && fetched.error.contains("\"code\":\"fileMismatch\""), "\(fetched.out)\(fetched.error)")
    #expect(fetched.out.contains("\"fileMismatch\"") && fetched.out.contains("会议记录.pdf"), "\(fetched.out)")
    #expect(second.workspace.files.byteCount(of: hash) == nil)
    let mended = try run(root, "doctor", "--fix")
    #expect(mended.code == 0, "\(mended.out)\(mended.error)")
    #expect(try run(first, "sync", "--hub", hub.url).code == 0)
    #expect(FileManager.default.contents(atPath: path) == bytes)
    let back = try run(second, "evidence", "fetch", "--hub", hub.url, "--json")
    #expect(back.code == 0, "\(back.out)\(back.error)")
    #expect(FileManager.default.contents(atPath: second.workspace.files.path(of: hash)) == bytes)
    #expect(hub.stop() == 0)
  }

  @Test("a file that is damaged on this computer is fetched anew, and told of")
  func damagedHere() throws {
    let hub = try Daemon(data: root.workspace.folder, stateFolder: school.stateFolder)
    let (hash, bytes) = try attached(hub)
    let path = first.workspace.files.path(of: hash)
    try Data("别的内容".utf8).write(to: URL(fileURLWithPath: path))
    let fetched = try run(first, "evidence", "fetch", "--hub", hub.url, "--json")
    #expect(
      fetched.code == 0 && fetched.out.contains("\"damagedHere\":[\"会议记录.pdf\"]"), "\(fetched.out)\(fetched.error)")
    #expect(FileManager.default.contents(atPath: path) == bytes)
    #expect(hub.stop() == 0)
  }
}
