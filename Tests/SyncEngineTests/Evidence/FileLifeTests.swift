import Foundation
import SyncModel
import SyncTesting
import Testing

@testable import SyncEngine

/// How long a file stays, and what takes it away.
@Suite("files: kept, cleared away, damaged")
struct FileLifeTests {
  private static let dayMilliseconds: UInt64 = 86_400_000
  let it: EvidenceSchool

  init() throws { it = try EvidenceSchool() }

  private func redact(_ file: EvidenceSchool.File, by office: Office) throws {
    let recorded = try office.recorded(
      it.campaign, try office.item("1.1", of: it.campaign), unit: try office.unit("school/cs")
    ).values.filter { $0.field == .evidence && EvidenceSchool.File($0.value)?.hash == file.hash }
    #expect(!recorded.isEmpty)
    _ = try office.at(it.school.now()).redact(recorded, of: try office.unit("school/cs"), reason: "误附")
  }

  @Test("a detached file stays for its grace and goes after it; attached again within, it stays for good")
  func grace() throws {
    let kept = try it.attach(it.first, "撤下又附上", name: "甲.txt")
    let gone = try it.attach(it.first, "撤下", name: "乙.txt")
    try it.detach(it.first, "甲.txt", "乙.txt")
    let workspace = it.first.workspace
    let start: UInt64 = 1_800_000_000_000
    #expect(try workspace.sweepFiles(now: start).removed == 0)
    #expect(try workspace.sweepFiles(now: start + 29 * Self.dayMilliseconds).removed == 0)
    try it.attach(it.first, "撤下又附上", name: "甲.txt")
    #expect(try workspace.sweepFiles(now: start + 31 * Self.dayMilliseconds).removed == 1)
    #expect(workspace.files.byteCount(of: gone.hash) == nil && workspace.files.isSound(kept.hash))
    #expect(try workspace.sweepFiles(now: start + 99 * Self.dayMilliseconds).removed == 0)
  }

  @Test("a redacted attachment's file goes at once, here and at the hub, attached or detached before; another's stays")
  func redacted() throws {
    let standing = try it.attach(it.first, "涉密", name: "甲.txt")
    let detached = try it.attach(it.first, "也涉密", name: "乙.txt")
    let shared = try it.attach(it.first, "两处都附", name: "丙.txt")
    try it.attach(it.first, "两处都附", name: "丙.txt", item: "1.2")
    try it.sync()
    try it.detach(it.first, "乙.txt")
    try it.sync()
    // The hub has the files too.
    for file in [standing, detached, shared] {
      try it.root.workspace.take(
        it.first.workspace.files.read(file.hash, from: 0, count: 1 << 20), at: 0,
        of: NamedFile(
          hash: file.hash, byteCount: file.byteCount, log: LogID(try #require(UnitPath("school/cs")), .answers)))
    }
    for file in [standing, detached, shared] { try redact(file, by: it.first) }
    #expect(try it.first.workspace.removeRedactedFiles() == 2)
    try it.sync()
    #expect(try it.root.workspace.removeRedactedFiles() == 2)
    for office in [it.first, it.root] {
      #expect(office.workspace.files.hashes() == [shared.hash])
      #expect(try office.workspace.store.read { try $0.attachments(naming: standing.hash) }.isEmpty)
    }
    #expect(try it.names(it.second) == ["丙.txt"])
  }

  @Test("what began to come and did not go on is thrown away after a week; what is fresh stays")
  func unfinished() throws {
    let file = NamedFile(
      hash: Digest256(a: 1, b: 2, c: 3, d: 4), byteCount: 100, log: LogID(it.first.identity.unit, .answers))
    let workspace = it.first.workspace
    try workspace.take(Array(repeating: 1, count: 40), at: 0, of: file)
    #expect(workspace.fetched(file) == 40)
    let now = UInt64(Date().timeIntervalSince1970 * 1000)
    #expect(try workspace.sweepFiles(now: now).unfinished == 0)
    #expect(workspace.fetched(file) == 40)
    #expect(try workspace.sweepFiles(now: now + 8 * Self.dayMilliseconds).unfinished == 1)
    #expect(workspace.fetched(file) == 0)
  }

  @Test("a fetched file whose bytes are not its hash's is refused whole, and nothing of it is left (promise 5)")
  func lying() throws {
    let file = NamedFile(
      hash: Digest256(a: 1, b: 2, c: 3, d: 4), byteCount: 8, log: LogID(it.first.identity.unit, .answers))
    let workspace = it.first.workspace
    try workspace.take([1, 2, 3, 4], at: 0, of: file)
    #expect(throws: FileError.wrongOffset(4)) { try workspace.take([9], at: 0, of: file) }
    #expect(throws: FileError.wrongOffset(4)) { try workspace.take([1, 2, 3, 4, 5], at: 4, of: file) }
    #expect(throws: FileError.mismatch) { try workspace.take([5, 6, 7, 8], at: 4, of: file) }
    #expect(workspace.fetched(file) == 0 && workspace.files.hashes().isEmpty)
  }

  @Test("a changed byte in a stored file is found, and put out of the way so that the file can come again (promise 5)")
  func damaged() throws {
    let good = try it.attach(it.first, "好的", name: "甲.txt")
    let bad = try it.attach(it.first, "坏的", name: "乙.txt")
    let workspace = it.first.workspace
    let path = workspace.files.path(of: bad.hash)
    var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    bytes[0] ^= 1
    try bytes.write(to: URL(fileURLWithPath: path))
    #expect(workspace.damagedFiles().damaged == [bad.hash])
    let now = it.school.now()
    let checkup = try Checkup(of: workspace.folder, nowMilliseconds: now, stateFolder: it.school.stateFolder)
    #expect(checkup.findings.contains { $0.check == "files" && $0.state == .bad && $0.message.contains("乙.txt") })
    _ = try Checkup(of: workspace.folder, nowMilliseconds: now, fix: true, stateFolder: it.school.stateFolder)
    #expect(workspace.damagedFiles().damaged.isEmpty && workspace.files.hashes() == [good.hash])
    #expect(try workspace.filesToFetch(.own).map(\.hash) == [bad.hash])
  }

  @Test("a file that the database does not know is found, one that is gone is noticed")
  func compared() throws {
    let kept = try it.attach(it.first, "在", name: "甲.txt")
    let lost = try it.attach(it.first, "丢", name: "乙.txt")
    let files = it.first.workspace.files
    try FileManager.default.removeItem(atPath: files.path(of: lost.hash))
    let sweep = try it.first.workspace.sweepFiles(now: 1, comparing: true)
    #expect(sweep.lost == 1 && sweep.found == 0)
    #expect(try it.first.workspace.filesToFetch(.own).map(\.hash) == [lost.hash])
    #expect(files.isSound(kept.hash))
  }

  @Test("while a backup is being made nothing goes that it may have listed")
  func duringBackup() throws {
    try it.attach(it.first, "撤下", name: "甲.txt")
    try it.detach(it.first, "甲.txt")
    let workspace = it.first.workspace
    try workspace.sweepFiles(now: 1)
    let lock = try #require(try FileLock(trying: workspace.folder + "/backup.lock"))
    #expect(try workspace.sweepFiles(now: 99 * Self.dayMilliseconds).removed == 0)
    lock.release()
    #expect(try workspace.sweepFiles(now: 99 * Self.dayMilliseconds).removed == 1)
  }

  @Test("a backup holds the files, and a restored workspace offers them to the hub again (promise 6)")
  func backup() throws {
    let file = try it.attach(it.first, "随备份走", name: "甲.txt")
    let path = it.school.folder + "/laptop.backup"
    let passphrase = try BackupPassphrase("一个长一点的口令")
    _ = try it.first.workspace.backup(to: path, passphrase: passphrase, wallMilliseconds: 0, workFactor: 4)
    let restored = try Workspace.restore(
      from: path, passphrase: passphrase, to: it.school.folder + "/restored", stateFolder: it.school.stateFolder)
    #expect(restored.workspace.files.isSound(file.hash))
    #expect(try restored.workspace.unsentFiles().files == 1)
  }
}
