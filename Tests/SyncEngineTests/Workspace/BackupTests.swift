import Foundation
import SyncModel
import SyncTesting
import Testing

@testable import SyncEngine

/// A workspace in one encrypted file, and out of it again (promises 3, 5, 6 and 8).
@Suite struct BackupTests {
  let school: TestSchool
  let hub: Machine
  let laptop: Machine
  let campaign: Campaign
  let passphrase: BackupPassphrase
  /// scrypt's cost for tests; the real one is ``SealedFile/workFactor``.
  static let workFactor = 4

  init() throws {
    school = try TestSchool()
    let root = try school.found()
    _ = try root.at(school.now()).addUnit("school/cs", name: "计算机学院党总支", kind: .committee, type: nil)
    campaign = try school.publishSheet(by: root)
    let office = try school.enrol("school/cs", by: root, person: "张三")
    hub = Machine(school, root)
    laptop = Machine(school, office)
    passphrase = try BackupPassphrase("一个长一点的口令")
    _ = try laptop.sync(with: hub)
  }

  private func backup(_ machine: Machine, to name: String) throws -> String {
    let path = school.folder + "/" + name
    _ = try machine.office.workspace.backup(
      to: path, passphrase: passphrase, wallMilliseconds: 0, workFactor: Self.workFactor)
    return path
  }

  private func restore(_ path: String, to name: String, passphrase: BackupPassphrase? = nil) throws -> Machine {
    let restored = try Workspace.restore(
      from: path, passphrase: passphrase ?? self.passphrase, to: school.folder + "/" + name,
      stateFolder: school.stateFolder)
    return Machine(school, Office(restored.workspace, person: "张三", claimedMilliseconds: school.now()))
  }

  @Test("what comes out of a backup writes under a new name into a database with a new life, and loses nothing")
  func laptopRestored() throws {
    try laptop.score(campaign, "1.1", 100)
    let path = try backup(laptop, to: "laptop.backup")
    try laptop.score(campaign, "1.2", 100)
    #expect(try laptop.sync(with: hub).inSync)
    let restored = try restore(path, to: "restored")
    #expect(try !restored.office.workspace.isPastInDoubt())
    #expect(try restored.office.workspace.renewals().map(\.reason) == [.restored])
    #expect(try restored.office.replica() != laptop.office.replica())
    #expect(try restored.office.workspace.storeID() != laptop.office.workspace.storeID())
    #expect(try restored.office.workspace.deviceName() == laptop.office.workspace.deviceName())
    try restored.score(campaign, "1.2", 50)
    for machine in [restored, laptop, restored] { #expect(try machine.sync(with: hub).inSync) }
    for machine in [restored, laptop, hub] {
      #expect(try machine.values(campaign, "1.1") == ["1"])
      #expect(try machine.values(campaign, "1.2") == ["0.5", "1"])
      #expect(try machine.office.verify().ok)
    }
    #expect(try hub.office.conflicts().first?.twoCopiesOf == laptop.office.identity.device)
  }

  @Test("a backup does not go into the folder that it is of, whatever the way there: it would hold itself")
  func intoItself() throws {
    try FileManager.default.createDirectory(atPath: laptop.folder + "/evidence", withIntermediateDirectories: true)
    try FileManager.default.createSymbolicLink(
      atPath: school.folder + "/link", withDestinationPath: laptop.folder + "/evidence")
    for place in [
      laptop.folder, laptop.folder + "/evidence", laptop.folder + "/../\(laptopName)", school.folder + "/link",
    ] {
      #expect(throws: BackupError.insideWorkspace(path: laptop.office.workspace.folder), "\(place)") {
        try laptop.office.workspace.backup(
          to: place + "/x.backup", passphrase: passphrase, wallMilliseconds: 0, workFactor: Self.workFactor)
      }
    }
    #expect(try !FileManager.default.subpathsOfDirectory(atPath: laptop.folder).contains { $0.contains("backup") })
  }

  private var laptopName: String { (laptop.folder as NSString).lastPathComponent }

  @Test("a hub's backup holds its root key and everything else that stands in its folder, for its owner alone")
  func everythingInside() throws {
    let evidence = hub.folder + "/evidence/ab"
    try FileManager.default.createDirectory(atPath: evidence, withIntermediateDirectories: true)
    let large = Data((0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31) })
    try large.write(to: URL(fileURLWithPath: evidence + "/cdef"))
    try Data().write(to: URL(fileURLWithPath: evidence + "/empty"))
    let path = try backup(hub, to: "hub.backup")
    #expect(!Platform.isExposed(path))
    let restored = try restore(path, to: "hub-restored")
    #expect(try restored.office.workspace.rootSeed == hub.office.workspace.rootSeed)
    #expect(FileManager.default.contents(atPath: restored.folder + "/evidence/ab/cdef") == large)
    #expect(FileManager.default.contents(atPath: restored.folder + "/evidence/ab/empty") == Data())
    for name in ["device.key", "root.key", "workspace.db", "evidence", "evidence/ab/cdef"] {
      #expect(!Platform.isExposed(restored.folder + "/" + name), "\(name)")
    }
    let names = try FileManager.default.contentsOfDirectory(atPath: restored.folder)
    #expect(
      Set(names).subtracting(["workspace.db-wal", "workspace.db-shm"]) == [
        "device.key", "root.key", "workspace.db", "evidence", "lock",
      ])
    #expect(try FileManager.default.contentsOfDirectory(atPath: hub.folder).allSatisfy { !$0.hasPrefix("backup.copy") })
  }

  @Test("a backup holds what links in the folder lead to, and names that are no UTF-8; a broken link is named")
  func linksAndNames() throws {
    let manager = FileManager.default
    let elsewhere = school.folder + "/elsewhere"
    try manager.createDirectory(atPath: elsewhere + "/ab/cd", withIntermediateDirectories: true)
    try Data("远处".utf8).write(to: URL(fileURLWithPath: elsewhere + "/ab/cd/file"))
    for (link, target) in [
      ("evidence", elsewhere), ("alone", elsewhere + "/ab/cd/file"), ("above", school.folder), ("itself", "."),
    ] {
      try manager.createSymbolicLink(atPath: hub.folder + "/" + link, withDestinationPath: target)
    }
    // 会议 in GB 18030.
    let name = RawText.text([0xBB, 0xE1, 0xD2, 0xE9])
    try PrivateFile.makeFolder(hub.folder + "/" + name)
    let file = try PrivateFile.create("\(hub.folder)/\(name)/\(name).txt")
    try file.writeWhole([1, 2, 3])
    try file.close()
    for name in ["mine.new", "mine.lock", "workspace.db.old"] {
      try Data(name.utf8).write(to: URL(fileURLWithPath: hub.folder + "/" + name))
    }
    try Data().write(to: URL(fileURLWithPath: hub.folder + "/half" + PrivateFile.unfinishedSuffix))

    let path = try backup(hub, to: "hub.backup")
    let restored = try restore(path, to: "hub-restored").folder
    for (name, content) in [
      ("evidence/ab/cd/file", "远处"), ("alone", "远处"), ("mine.new", "mine.new"), ("mine.lock", "mine.lock"),
      ("workspace.db.old", "workspace.db.old"),
    ] {
      #expect(manager.contents(atPath: restored + "/" + name) == Data(content.utf8), "\(name)")
    }
    for name in ["evidence", "alone"] { #expect(!Platform.isLink(restored + "/" + name), "\(name)") }
    #expect(try Platform.openToRead("\(restored)/\(name)/\(name).txt")?.readWhole(10) == [1, 2, 3])
    #expect(
      try Set(Platform.names(in: restored)).subtracting(["workspace.db-wal", "workspace.db-shm"]) == [
        "device.key", "root.key", "workspace.db", "lock", "evidence", "alone", "mine.new", "mine.lock",
        "workspace.db.old", name,
      ])

    let dangling = hub.folder + "/dangling"
    try manager.createSymbolicLink(atPath: dangling, withDestinationPath: "nowhere")
    #expect(throws: BackupError.cannotInclude(path: dangling)) { try backup(hub, to: "second.backup") }
    try manager.removeItem(atPath: dangling)
    // A circle that does not come by the data folder.
    try manager.createSymbolicLink(atPath: elsewhere + "/ab/round", withDestinationPath: elsewhere)
    #expect(throws: BackupError.self) { try backup(hub, to: "second.backup") }
    #expect(!manager.fileExists(atPath: school.folder + "/second.backup"))
    #expect(PrivateFile.leftovers(in: school.folder).isEmpty)
  }

  @Test("a backup that would not hold the device key is refused, and nothing is left of it")
  func withoutKey() throws {
    let key = laptop.folder + "/device.key"
    let seed = try #require(Platform.read(key))
    for other in [nil, DeviceKey().seed] {
      try FileManager.default.removeItem(atPath: key)
      if let other { try Platform.writePrivate(other, to: key) }
      #expect(throws: WorkspaceError.keyMissing(path: key)) { try backup(laptop, to: "laptop.backup") }
      #expect(!FileManager.default.fileExists(atPath: school.folder + "/laptop.backup"))
      try Platform.writePrivate(seed, to: key)
    }
    #expect(try restore(backup(laptop, to: "laptop.backup"), to: "whole").office.verify().ok)
  }

  @Test("a backup cut anywhere, changed anywhere or opened with another passphrase is refused whole (promise 5)")
  func refusedWhole() throws {
    let path = try backup(laptop, to: "laptop.backup")
    let whole = try Data(contentsOf: URL(fileURLWithPath: path))
    let target = school.folder + "/refused"
    func refuses(_ data: Data, _ comment: Comment) throws {
      let file = school.folder + "/bad.backup"
      try data.write(to: URL(fileURLWithPath: file))
      #expect(throws: BackupError.self, comment) { try restore(file, to: "refused") }
      #expect(!FileManager.default.fileExists(atPath: target), comment)
    }
    let sealed = SealedFile.chunkByteCount + SealedFile.tagByteCount
    let body = try #require(whole.firstRange(of: Data("\n---".utf8))).upperBound + 45 + SealedFile.nonceByteCount
    #expect(whole.count > body + sealed, "more than one chunk")
    for cut in Array(0..<12) + [
      60, 100, 150, body - 1, body, body + 1, body + sealed - 1, body + sealed, whole.count - 1,
    ] {
      try refuses(whole.prefix(cut), "cut at \(cut)")
    }
    for position in Array(stride(from: 0, to: body, by: 3)) + [body, body + sealed, body + sealed + 1, whole.count - 1]
    {
      var changed = whole
      changed[position] ^= 1
      try refuses(changed, "changed at \(position)")
    }
    try refuses(whole + [0], "something behind")
    try refuses(whole.prefix(body) + whole[(body + sealed)...] + whole[body..<(body + sealed)], "reordered")
    #expect(throws: BackupError.wrongPassphrase) {
      try restore(path, to: "refused", passphrase: BackupPassphrase("另一个也长的口令"))
    }
    #expect(throws: BackupError.unreadable(path: school.folder + "/none")) {
      try restore(school.folder + "/none", to: "refused")
    }
    #expect(try restore(path, to: "refused").office.verify().ok, "the file itself was good")
  }

  @Test("a copy whose chains do not hold is neither backed up nor restored")
  func tampered() throws {
    try laptop.score(campaign, "1.1", 100)
    let good = try backup(laptop, to: "good.backup")
    try laptop.office.workspace.store.write(wallMilliseconds: 0) {
      try $0.connection.run("UPDATE chunk SET end_hash = zeroblob(32) WHERE first = 1", [])
    }
    #expect(throws: BackupError.self) { try backup(laptop, to: "bad.backup") }
    #expect(!FileManager.default.fileExists(atPath: school.folder + "/bad.backup"))
    #expect(!FileManager.default.fileExists(atPath: school.folder + "/bad.backup.partial"))
    // Put together by somebody who knows the passphrase.
    let copy = school.folder + "/copy.db"
    try laptop.office.workspace.store.backup(to: copy)
    try seal(
      try members(of: good).map {
        $0.0 == "workspace.db" ? ($0.0, try Data(contentsOf: URL(fileURLWithPath: copy))) : $0
      })
    #expect {
      try restore(school.folder + "/made.backup", to: "tampered")
    } throws: { error in
      if case BackupError.untrusted = error { true } else { false }
    }
    #expect(!FileManager.default.fileExists(atPath: school.folder + "/tampered"))
  }

  @Test("names that lead out of the folder, twice the same, a foreign key, a newer format: refused whole (promise 8)")
  func hostileContent() throws {
    let good = try members(of: try backup(laptop, to: "good.backup"))
    func refuses(_ members: [(String, Data)]) throws {
      try seal(members)
      #expect(throws: BackupError.self) { try restore(school.folder + "/made.backup", to: "hostile") }
      #expect(!FileManager.default.fileExists(atPath: school.folder + "/hostile"))
    }
    try refuses(good + [good[1]])
    try refuses(Array(good.dropFirst()))
    try refuses(good.filter { $0.0 != "device.key" })
    try refuses(good.map { ($0.0, $0.0 == "device.key" ? Data(DeviceKey().seed) : $0.1) })
    let manifest = String(decoding: good[0].1, as: UTF8.self).replacing("\"format\":1", with: "\"format\":2")
    try refuses([(good[0].0, Data(manifest.utf8))] + good.dropFirst())
    for name in ["../out", "/out", "a/../../out", "a//b", "", ".", String(repeating: "x", count: 256)] {
      #expect(!TapeArchive.isSafe(name), "\(name)")
    }
    var block = try TapeArchive.header(TapeArchive.Member(name: "abcdef", isFolder: false, byteCount: 3))
    #expect(try TapeArchive.member(block)?.name == "abcdef")
    block.replaceSubrange(0..<6, with: Array("../abc".utf8))
    #expect(throws: BackupError.self) { try TapeArchive.member(block) }
    try seal(good)
    #expect(try restore(school.folder + "/made.backup", to: "fine").office.verify().ok)
  }

  @Test("an existing file or workspace is never written over")
  func nothingOverwritten() throws {
    let path = try backup(laptop, to: "laptop.backup")
    #expect(throws: BackupError.exists(path: path)) { try backup(laptop, to: "laptop.backup") }
    #expect(throws: WorkspaceError.exists(path: hub.folder)) {
      try Workspace.restore(from: path, passphrase: passphrase, to: hub.folder, stateFolder: school.stateFolder)
    }
    #expect(try hub.office.verify().ok)
  }

  @Test("a passphrase is long enough and comes from a file that only its owner reads")
  func passphraseFile() throws {
    #expect(throws: BackupError.passphraseTooShort) { try BackupPassphrase("太短了") }
    let path = school.folder + "/passphrase"
    try Platform.writePrivate(Array("一个长一点的口令\n第二行\n".utf8), to: path)
    #expect(try BackupPassphrase(file: path).bytes == passphrase.bytes)
    try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: path)
    #expect(throws: WorkspaceError.exposed(path: path)) { try BackupPassphrase(file: path) }
    #expect(throws: BackupError.self) { try BackupPassphrase(file: school.folder + "/none") }
  }

  // MARK: The sealed file

  private func sealed(_ content: [UInt8]) throws -> Data {
    let path = school.folder + "/sealed"
    try Data().write(to: URL(fileURLWithPath: path))
    let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
    var writer = try SealedFileWriter(to: file, passphrase: passphrase, workFactor: Self.workFactor)
    try writer.write(content)
    try writer.finish()
    try file.close()
    return try Data(contentsOf: URL(fileURLWithPath: path))
  }

  private func opened(_ data: Data, _ passphrase: BackupPassphrase? = nil) throws -> [UInt8] {
    let path = school.folder + "/opened"
    try data.write(to: URL(fileURLWithPath: path))
    var reader = try SealedFileReader(
      FileHandle(forReadingFrom: URL(fileURLWithPath: path)), passphrase: passphrase ?? self.passphrase)
    var content: [UInt8] = []
    while let chunk = try reader.next() { content += chunk }
    return content
  }

  @Test(
    "a sealed file gives back what went in, at every edge of a chunk",
    arguments: [0, 1, 65_535, 65_536, 65_537, 131_072, 200_000])
  func roundTrip(_ count: Int) throws {
    let content = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 >> 8) }
    #expect(try opened(sealed(content)) == content)
  }

  @Test("a file sealed by another implementation of the format opens (the age project's test vector \"scrypt\")")
  func foreignVector() throws {
    let file = try #require(
      Data(
        base64Encoded: """
          YWdlLWVuY3J5cHRpb24ub3JnL3YxCi0+IHNjcnlwdCByRjAvTndibFVISFRwZ1FnUnBlNUNRIDEwCmdVakV5bUZLTVZYUUVLZE1NSEwy\
          NG9ZZXhqRTNUSUMwTzB6R1NxSjJhVVkKLS0tIElPWGlRWVN0a29UMW12WlcydEZPcVpkaFJWdmo1OGVnQUJ4L3NXZlpRYmMKGzXG5ofd\
          ANo6w3msn3QsIf0YWhuePe1znRSsappQEk24Ztg=
          """))
    let content = try opened(file, BackupPassphrase("password"))
    #expect(Hashing.sha256(content).description == "013f54400c82da08037759ada907a8b864e97de81c088a182062c4b5622fd2ab")
  }

  @Test("a file that asks for more memory than this machine should give is refused before it is given")
  func workFactorLimit() throws {
    let file = try sealed([1, 2, 3])
    let text = String(decoding: file.prefix(120), as: UTF8.self)
    let stanza = try #require(text.split(separator: "\n").dropFirst().first)
    let changed = Data(stanza.split(separator: " ").dropLast().joined(separator: " ").utf8) + Data(" 25\n".utf8)
    let range = try #require(file.firstRange(of: Data((stanza + "\n").utf8)))
    #expect(throws: BackupError.notABackup) { try opened(file.replacing(range: range, with: changed)) }
  }

  // MARK: Taking one apart and putting one together

  private func members(of path: String) throws -> [(String, Data)] {
    var reader = TapeReader(
      try SealedFileReader(FileHandle(forReadingFrom: URL(fileURLWithPath: path)), passphrase: passphrase))
    var found: [(String, Data)] = []
    while let member = try reader.next() {
      var content = Data()
      try reader.content(of: member) { content += $0 }
      found.append((member.name, content))
    }
    return found
  }

  private func seal(_ members: [(String, Data)]) throws {
    let path = school.folder + "/made.backup"
    try Data().write(to: URL(fileURLWithPath: path))
    let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
    var writer = try SealedFileWriter(to: file, passphrase: passphrase, workFactor: Self.workFactor)
    for (name, content) in members {
      try writer.write(
        TapeArchive.header(TapeArchive.Member(name: name, isFolder: false, byteCount: content.count)))
      try writer.write([UInt8](content))
      try writer.write(repeatElement(0, count: TapeArchive.padding(after: content.count)))
    }
    try writer.write(repeatElement(0, count: 2 * TapeArchive.blockByteCount))
    try writer.finish()
    try file.close()
  }
}

extension Data {
  fileprivate func replacing(range: Range<Data.Index>, with other: Data) -> Data {
    prefix(upTo: range.lowerBound) + other + suffix(from: range.upperBound)
  }
}
