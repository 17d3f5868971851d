import Foundation
import SyncModel
import SyncTesting
import Testing

@testable import SyncEngine

/// 报送包: files between workspaces that never meet on a network.
@Suite struct BundleTests {
  let school: TestSchool
  let root: Office
  let campaign: Campaign
  let laptop: Office

  init() throws {
    school = try TestSchool()
    root = try school.found()
    _ = try root.at(school.now()).addUnit("school/cs", name: "计算机学院党总支", kind: .committee, type: nil)
    _ = try root.at(school.now()).addUnit("school/ee", name: "电气学院党总支", kind: .committee, type: nil)
    campaign = try school.publishSheet(by: root)
    laptop = try school.enrol("school/cs", by: root, person: "张三")
    try school.synchronize(laptop, with: root)
  }

  private func path(_ name: String) -> String { school.folder + "/" + name }

  private func score(_ office: Office, _ item: String, _ value: Int64) throws {
    let office = office.at(school.now())
    defer { try? office.workspace.endCommand(of: office.person) }
    _ = try office.set(
      campaign, try office.item(item, of: campaign),
      fields: [.selfScore: .decimal(FixedDecimal(Score(hundredths: value)))], unit: try office.unit("school/cs"),
      onBehalf: false)
  }

  private func values(_ office: Office, _ item: String) throws -> Set<String> {
    let sheet = try office.sheet(campaign, unit: try office.unit("school/cs"))
    let part = try #require(sheet.parts.first)
    let leaf = try #require(part.template.leaves.first { $0.id == item })
    return Set((part.answers(leaf)[.selfScore] ?? []).map(\.plainText))
  }

  @discardableResult
  private func export(
    _ office: Office, _ name: String, for unit: String? = nil, _ range: BundleRange = .unacknowledged
  ) throws -> BundleExport {
    try office.at(school.now()).exportBundle(to: path(name), for: try unit.map { try office.unit($0) }, range)
  }

  private func files() throws -> Set<String> {
    Set(try FileManager.default.contentsOfDirectory(atPath: school.folder).filter { !$0.hasPrefix("workspace") })
  }

  @Test(
    "what the unit above lacks travels in one file, counts once however often it comes, and a receipt ends it (promise 4)"
  )
  func roundTrip() throws {
    try score(laptop, "1.1", 100)
    try score(laptop, "1.2", 150)
    #expect(try laptop.unsentEntries() == 2)
    let made = try export(laptop, "a.bundle")
    #expect(made.receiver.description == "school" && made.entries == 2 && made.recipients == 2)
    #expect(try laptop.status().exportedEntries == 2 && laptop.unsentEntries() == 2)

    let taken = try root.importBundle(from: path("a.bundle"))
    #expect((taken.entries, taken.new, taken.duplicates) == (2, 2, 0))
    #expect(taken.senderDevice == "笔记本" && taken.refusals.isEmpty && taken.gaps == 0)
    #expect(try values(root, "1.1") == ["1"] && values(root, "1.2") == ["1.5"])
    let again = try root.importBundle(from: path("a.bundle"))
    #expect((again.entries, again.new, again.duplicates) == (2, 0, 2))

    let receipt = try root.at(school.now()).exportReceipt(to: path("a.receipt"))
    #expect(receipt.unit == laptop.identity.unit)
    #expect(try laptop.importReceipt(from: path("a.receipt")).acknowledged == 2)
    #expect(try laptop.importReceipt(from: path("a.receipt")).acknowledged == 0)
    #expect(try laptop.status().exportedEntries == 0 && laptop.unsentEntries() == 0)
    #expect(throws: BundleError.nothingNew("示例大学")) { try export(laptop, "b.bundle") }
    #expect(try export(laptop, "all.bundle", .all).entries > 2)
    // The network afterwards finds nothing to do.
    #expect(try school.synchronize(laptop, with: root).inSync)
  }

  @Test(
    "since the last export is less than what is not acknowledged; a later file waits for an earlier one, then both count"
  )
  func sinceLast() throws {
    try score(laptop, "1.1", 100)
    try export(laptop, "1.bundle")
    try score(laptop, "1.2", 100)
    #expect(try export(laptop, "2.bundle", .sinceLast).entries == 1)
    try score(laptop, "1.3", 100)
    #expect(try export(laptop, "3.bundle").entries == 3)
    let early = try root.importBundle(from: path("2.bundle"))
    #expect(early.new == 0 && early.gaps == 1 && early.isKept)
    // It was kept, and joins what it builds on by itself.
    let first = try root.importBundles(from: [path("1.bundle")])
    #expect(first.files.map(\.new) == [1] && first.late.map(\.new) == [1])
    #expect(try root.importBundle(from: path("2.bundle")).new == 0)
    let last = try root.importBundle(from: path("3.bundle"))
    #expect((last.new, last.duplicates) == (1, 2))
    #expect(try values(root, "1.3") == ["1"])
  }

  @Test(
    "downward: a unit that has no network gets the school's notices in a file, and what comes back is not sent there again"
  )
  func downward() throws {
    let office = try school.enrol("school/ee", by: root, person: "李四")
    // Enrolled at the school's desk, it has not met a hub since.
    #expect(try office.directory().devices.isEmpty)
    #expect(throws: BundleError.noRecipient("school")) { try export(office, "none.bundle") }
    let made = try export(root, "down.bundle", for: "school/ee")
    let taken = try office.importBundle(from: path("down.bundle"))
    #expect(taken.new == made.entries && taken.refusals.isEmpty)
    #expect(try office.directory().units == root.directory().units)
    #expect(taken.senderDevice == "组织部电脑")
    #expect(try office.campaigns().map(\.name) == root.campaigns().map(\.name))
    #expect(throws: BundleError.nothingNew("示例大学")) { try export(office, "up.bundle") }
  }

  @Test("only the receiver's and the sender's own devices open a bundle; the file shows no content (promise 7)")
  func encrypted() throws {
    let text = "只给上级看的说明文字"
    _ = try laptop.at(school.now()).set(
      campaign, try laptop.item("1.1", of: campaign), fields: [.remark: .text(text)],
      unit: try laptop.unit("school/cs"), onBehalf: false)
    try export(laptop, "a.bundle")
    let bytes = try #require(FileManager.default.contents(atPath: path("a.bundle")))
    #expect(bytes.range(of: Data(text.utf8)) == nil)
    let attributes = try FileManager.default.attributesOfItem(atPath: path("a.bundle"))
    #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600)
    let other = try school.enrol("school/ee", by: root, person: "李四")
    try school.synchronize(other, with: root)
    #expect(throws: BundleError.notForUs(root.identity.unit)) { try other.importBundle(from: path("a.bundle")) }
    // The other laptop of the unit may.
    let second = try school.enrol("school/cs", by: root, person: "丙", device: "另一台")
    try school.synchronize(laptop, with: root)
    try school.synchronize(second, with: root)
    try school.synchronize(laptop, with: root)
    try score(laptop, "1.2", 100)
    try export(laptop, "b.bundle")
    #expect(try second.importBundle(from: path("b.bundle")).new == 1)
  }

  @Test("another school's bundle and other files are refused in a sentence that says which")
  func foreign() throws {
    let elsewhere = try TestSchool()
    let stranger = try elsewhere.found()
    _ = try stranger.at(elsewhere.now()).addUnit("school/cs", name: "外校", kind: .committee, type: nil)
    _ = try elsewhere.enrol("school/cs", by: stranger)
    _ = try stranger.exportBundle(to: path("foreign.bundle"), for: try stranger.unit("school/cs"))
    #expect(throws: BundleError.wrongSchool) { try root.importBundle(from: path("foreign.bundle")) }
    try Data("别的文件".utf8).write(to: URL(fileURLWithPath: path("other")))
    #expect(throws: BundleError.notABundle) { try root.importBundle(from: path("other")) }
    #expect(throws: BundleError.notABundle) { try Office.isReceipt(path("other")) }
    #expect(throws: BundleError.unreadable(path("missing"))) { try root.importBundle(from: path("missing")) }
    var newer = Data(BundleForm.magic)
    newer.append(contentsOf: [1, 2])
    try newer.write(to: URL(fileURLWithPath: path("newer")))
    #expect(throws: BundleError.newerVersion) { try root.importBundle(from: path("newer")) }
  }

  @Test(
    "old un-sent entries come back from a bundle made before the restore: both halves stand, nothing is superseded unseen (promise 6)"
  )
  func restored() throws {
    try score(laptop, "1.1", 100)
    let backup = path("backup")
    try PrivateFile.makeFolder(backup)
    try laptop.workspace.store.backup(to: backup + "/workspace.db")
    for file in ["device.key", "lock"] {
      try FileManager.default.copyItem(atPath: laptop.workspace.folder + "/" + file, toPath: backup + "/" + file)
    }
    try score(laptop, "1.1", 200)
    try score(laptop, "1.2", 200)
    _ = try laptop.at(school.now()).note("底稿一条")
    try export(laptop, "before.bundle", for: "school/cs")
    try export(laptop, "up.bundle")

    let folder = laptop.workspace.folder
    try FileManager.default.removeItem(atPath: folder)
    try FileManager.default.copyItem(atPath: backup, toPath: folder)
    let restored = Office(
      try Workspace(opening: folder, stateFolder: school.stateFolder), person: "张三", claimedMilliseconds: school.now())
    try score(restored, "1.2", 300)
    try school.synchronize(restored, with: root)
    #expect(try values(restored, "1.1") == ["1"] && values(restored, "1.2") == ["3"])

    // Its own bundle first, on the laptop; then the hub's copy of another, late and twice.
    let own = try restored.importBundle(from: path("before.bundle"))
    #expect(own.new > 0 && own.refusals.isEmpty && own.gaps == 0)
    #expect(try values(restored, "1.1") == ["2"], "nobody wrote to it after the restore")
    #expect(try values(restored, "1.2") == ["2", "3"])
    #expect(try restored.notes().first?.versions.first?.text == "底稿一条")
    #expect(try root.importBundle(from: path("up.bundle")).new > 0)
    #expect(try root.importBundle(from: path("up.bundle")).new == 0)
    #expect(try school.synchronize(restored, with: root).inSync)
    #expect(try values(root, "1.1") == ["2"] && values(root, "1.2") == ["2", "3"])
    try score(restored, "1.3", 100)
    #expect(try school.synchronize(restored, with: root).inSync)
    #expect(try restored.verify().ok && root.verify().ok)
    // Nothing is left that only this laptop has.
    #expect(try restored.unsentEntries() == 0)
  }

  @Test("a bundle holds the notebook sealed: the unit above takes it in blind")
  func sealedInside() throws {
    _ = try laptop.at(school.now()).note("谈心谈话")
    try export(laptop, "a.bundle")
    #expect(try root.importBundle(from: path("a.bundle")).refusals.isEmpty)
    #expect(try root.notes().isEmpty)
    let held = try root.workspace.store.read { try $0.strands(of: LogID(laptop.identity.unit, .internal)) }
    #expect(held.map(\.blocked) == [.sealed])
  }

  @Test("what the receiver may not hold or what does not verify is named and refused; the rest of the file counts")
  func partlyRefused() throws {
    try score(laptop, "1.1", 100)
    let outside = try school.enrol("school/ee", by: root, person: "李四")
    try school.synchronize(outside, with: root)
    let (good, forged, other) = try laptop.workspace.store.write(wallMilliseconds: 0) { transaction in
      let answers = try transaction.engine(for: LogID(laptop.identity.unit, .answers))
      let good = try #require(try answers.segment(on: 0, after: 0, byteLimit: 1 << 20))
      var forged = good
      forged.heads[forged.heads.count - 1].signature[0] ^= 1
      let inspection = LogID(root.identity.unit, .inspection)
      let author = Author(
        key: laptop.workspace.key, incarnation: .random(), person: .random(), shownUpTo: .max)
      let engine = try LogEngine(school: laptop.identity.school, log: inspection, storage: MemoryLog())
      _ = try engine.append(
        [Change(RegisterName(.note, .random(), .noteText), .integer(1))], by: author, continues: nil,
        secret: .random(), time: HybridTime(milliseconds: 5, counter: 0), wallMilliseconds: 5)
      return (good, forged, try #require(try engine.segment(on: 0, after: 0, byteLimit: 1 << 20)))
    }
    try write([forged, other, good], from: laptop, to: root, "mixed.bundle")
    let taken = try root.importBundle(from: path("mixed.bundle"))
    #expect(taken.new == good.entryCount)
    #expect(taken.refusals.map(\.reason) == [.evidence, .scope])
    #expect(taken.refusals.map(\.log) == [forged.log, other.log])
    #expect(try values(root, "1.1") == ["1"])
  }

  /// A bundle with chosen segments, as a hostile sender would make it.
  private func write(_ segments: [Segment], from sender: Office, to receiver: Office, _ name: String) throws {
    let key = SealingKey.randomBytes()
    let id = BundleID.random()
    let device = receiver.identity.device
    let wrapped = try #require(
      KeyWrap.wrap(
        key, to: receiver.workspace.key.agreement.publicKey,
        info: BundleHeader.info(sender.identity.school, id, device)))
    let header = BundleHeader(
      id: id, school: sender.identity.school, store: try sender.workspace.storeID(), unit: sender.identity.unit,
      receiver: receiver.identity.unit, deviceKey: sender.identity.deviceKey, madeMilliseconds: 1,
      recipients: [BundleHeader.Recipient(device: device, wrapped: wrapped)])
    let writer = try BundleWriter(
      path: path(name), header: header, contentKey: key, signer: sender.workspace.key)
    for segment in segments { try writer.add(segment) }
    try writer.finish()
  }

  @Test("any changed byte and any cut is noticed before anything is taken in (promises 5, 8)")
  func hostileBytes() throws {
    try score(laptop, "1.1", 100)
    try export(laptop, "a.bundle")
    let bytes = [UInt8](try #require(FileManager.default.contents(atPath: path("a.bundle"))))
    let broken = path("broken")
    func refused(_ bytes: [UInt8]) throws -> BundleError? {
      try Data(bytes).write(to: URL(fileURLWithPath: broken))
      do {
        _ = try root.importBundle(from: broken)
        return nil
      } catch let error as BundleError {
        return error
      }
    }
    let before = try root.workspace.store.read { try $0.logs().map(\.entries) }
    for position in bytes.indices {
      var changed = bytes
      changed[position] ^= 0x11
      #expect(try refused(changed) != nil, "byte \(position)")
    }
    for end in bytes.indices {
      #expect(try [.cutOff, .notABundle].contains(refused(Array(bytes[..<end]))), "cut at \(end)")
    }
    #expect(try refused(bytes + [0]) == .damaged)
    #expect(try root.workspace.store.read { try $0.logs().map(\.entries) } == before)
    #expect(try root.importBundle(from: path("a.bundle")).new == 1)
  }

  @Test("chunks moved, repeated or left out do not open, whoever holds the key to each of them")
  func chunks() throws {
    let key = SealingKey.randomBytes()
    let cipher = BundleCipher(key: key, head: [1])
    let sealed = try cipher.seal([7], index: 1, isLast: false)
    let box = Array(sealed.dropFirst(2))
    #expect(cipher.open(box, index: 1, isLast: false) == [7])
    #expect(cipher.open(box, index: 0, isLast: false) == nil)
    #expect(cipher.open(box, index: 2, isLast: false) == nil)
    #expect(cipher.open(box, index: 1, isLast: true) == nil)
    #expect(BundleCipher(key: key, head: [2]).open(box, index: 1, isLast: false) == nil)
    #expect(cipher.open([], index: 1, isLast: false) == nil)
  }

  @Test("a long history goes in several chunks, none over its limit, and comes out whole")
  func manyChunks() throws {
    let unit = try laptop.unit("school/cs")
    let text = String(repeating: "长", count: AnswerField.textLimit)
    let items = try laptop.sheet(campaign, unit: unit).parts[0].template.leaves
    var written = 0
    while written < 160 {
      let item = items[written % items.count]
      try laptop.workspace.write(
        (0..<4).map {
          Change(
            RegisterName(.answer, campaign.id, part: UInt64(written * 4 + $0 + 1000), Field(rawValue: 4)), .text(text))
        }, to: LogID(unit.path, .answers), as: "张三", claimedMilliseconds: school.now())
      _ = item
      written += 1
    }
    try export(laptop, "long.bundle")
    var sizes: [Int] = []
    let reader = try BundleReader(path: path("long.bundle"), school: root.identity.school, key: root.workspace.key)
    try reader.read { sizes.append($0.reduce(0) { $0 + $1.count }) }
    #expect(sizes.count > 3 && sizes.allSatisfy { $0 <= BundleLimit.chunkBytes })
    #expect(try root.importBundle(from: path("long.bundle")).new == 160)
    #expect(try root.verify().ok)
  }

  @Test("a bundle that says it is from another unit than its signer's is refused whole (promise 7)")
  func senderUnit() throws {
    try score(laptop, "1.1", 100)
    let identity = StoreIdentity(
      school: root.identity.school, rootKey: root.identity.rootKey, rehearsal: true, rootUnit: root.identity.rootUnit,
      unit: try #require(UnitPath("school/ee")), firstStore: .random(), deviceKey: laptop.workspace.key.publicKey)
    let claimed = Office(
      try Workspace.create(
        in: path("claimed"), identity: identity, key: laptop.workspace.key, stateFolder: school.stateFolder),
      person: "张三", claimedMilliseconds: school.now())
    try school.synchronize(claimed, with: root)
    try export(claimed, "a.bundle", for: "school", .all)
    let before = try root.status().entries
    #expect(throws: BundleError.senderUnit("电气学院党总支")) { try root.importBundle(from: path("a.bundle")) }
    #expect(try root.status().entries == before)
    #expect(throws: BundleError.noSender) { try root.exportReceipt(to: path("a.receipt")) }
  }

  @Test("of a device that nobody enrolled only notices are taken in; once it is, the same file counts whole")
  func stranger() throws {
    let invitation = try root.at(school.now()).invite(
      try root.unit("school/cs"), roles: .reporter, hub: "", validMilliseconds: 86_400_000)
    let joined = try Office.join(
      invitation, in: path("joined"), person: "丁", deviceName: "新电脑", claimedMilliseconds: school.now(),
      stateFolder: school.stateFolder)
    try school.synchronize(joined, with: root)
    try score(joined, "1.1", 100)
    try export(joined, "a.bundle", for: "school", .all)
    let taken = try root.importBundle(from: path("a.bundle"))
    #expect(!taken.isSenderKnown && taken.withheld >= 1 && taken.new == 0)
    #expect(try root.audit().aside.isEmpty)
    #expect(throws: BundleError.noSender) { try root.exportReceipt(to: path("a.receipt")) }
    try root.at(school.now()).confirm(
      invitation: invitation.id, secret: invitation.secret, deviceKey: joined.workspace.key.publicKey,
      agreement: try joined.workspace.key.agreementCertificate(
        school: joined.identity.school, unit: joined.identity.unit
      ).bytes, deviceName: "新电脑")
    let again = try root.importBundle(from: path("a.bundle"))
    #expect(again.isSenderKnown && again.withheld == 0 && again.new >= 1)
    #expect(try values(root, "1.1") == ["1"])
  }

  @Test("a bundle may itself bring the enrolment of whoever made it: then all of it counts")
  func bringsItsOwnDirectory() throws {
    let office = try school.enrol("school/cs", by: root, roles: [.admin, .reporter], person: "丁")
    try school.synchronize(office, with: root)
    let newcomer = try school.enrol("school/cs", by: office, person: "戊")
    try school.synchronize(newcomer, with: office)
    try score(newcomer, "1.1", 100)
    try export(newcomer, "a.bundle", for: "school", .all)
    let taken = try root.importBundle(from: path("a.bundle"))
    #expect(taken.isSenderKnown && taken.withheld == 0 && taken.refusals.isEmpty)
    #expect(try values(root, "1.1") == ["1"])
  }

  @Test("a receipt counts only from a device of the unit that it speaks for, for whom it was made")
  func receipts() throws {
    try score(laptop, "1.1", 100)
    try export(laptop, "a.bundle")
    _ = try root.importBundle(from: path("a.bundle"))
    let other = try school.enrol("school/ee", by: root, person: "李四")
    try school.synchronize(other, with: root)
    _ = try root.exportReceipt(to: path("ee.receipt"), for: try root.unit("school/ee"))
    #expect(throws: BundleError.notForUs(other.identity.unit)) { try laptop.importReceipt(from: path("ee.receipt")) }
    // Somebody who is not of the unit speaks for it.
    let place = try root.workspace.store.read { snapshot in
      try snapshot.strands(of: LogID(laptop.identity.unit, .answers)).map {
        FeedPlace(replica: $0.replica, seq: $0.stored, hash: $0.storedHash)
      }
    }
    let forged = BundleReceipt(
      school: root.identity.school, store: try root.workspace.storeID(), unit: root.identity.unit,
      receiver: laptop.identity.unit, deviceKey: other.identity.deviceKey, madeMilliseconds: 1,
      logs: [(LogID(laptop.identity.unit, .answers), place)])
    try Data(try forged.signed(by: other.workspace.key)).write(to: URL(fileURLWithPath: path("forged")))
    #expect(throws: BundleError.unknownSigner) { try laptop.importReceipt(from: path("forged")) }
    _ = try root.exportReceipt(to: path("good.receipt"))
    let bytes = [UInt8](try #require(FileManager.default.contents(atPath: path("good.receipt"))))
    for position in bytes.indices {
      var changed = bytes
      changed[position] ^= 0x11
      try Data(changed).write(to: URL(fileURLWithPath: path("broken")))
      #expect(throws: BundleError.self) { try laptop.importReceipt(from: path("broken")) }
      if position.isMultiple(of: 7) {
        try Data(bytes[..<position]).write(to: URL(fileURLWithPath: path("broken")))
        #expect(throws: BundleError.self) { try laptop.importReceipt(from: path("broken")) }
      }
    }
    #expect(try laptop.unsentEntries() == 1)
    #expect(try laptop.importReceipt(from: path("good.receipt")).acknowledged == 1)
  }

  @Test("an export that fails leaves no file and counts nothing as on its way (promise 8)")
  func failedExport() throws {
    let before = try files()
    #expect(throws: BundleError.nothingNew("示例大学")) { try export(laptop, "a.bundle") }
    try score(laptop, "1.1", 100)
    #expect(throws: BundleError.self) { try laptop.exportBundle(to: path("no-such-folder/a.bundle")) }
    // A folder bears the name already: the finished file cannot take it.
    try FileManager.default.createDirectory(atPath: path("taken/inside"), withIntermediateDirectories: true)
    #expect(throws: BundleError.cannotWrite(path("taken"))) { try export(laptop, "taken") }
    #expect(throws: BundleError.noRecipient("电气学院党总支")) { try export(laptop, "a.bundle", for: "school/ee") }
    #expect(try files() == before.union(["taken"]))
    #expect(try laptop.status().exportedEntries == 0)
  }

  @Test("a header over its limits, out of order or for too many devices is refused (promise 8)")
  func headerLimits() throws {
    func header(_ devices: [UInt64]) -> BundleHeader {
      BundleHeader(
        id: BundleID(high: 1, low: 1), school: Desk.school, store: StoreID(high: 1, low: 1),
        unit: laptop.identity.unit, receiver: root.identity.unit, deviceKey: laptop.identity.deviceKey,
        madeMilliseconds: 1,
        recipients: devices.map {
          BundleHeader.Recipient(
            device: DeviceID(high: 0, low: $0), wrapped: Array(repeating: 0, count: KeyWrap.byteCount))
        })
    }
    #expect(try BundleHeader(bytes: header([1, 2]).bytes) == header([1, 2]))
    #expect(throws: CodecError.self) { try BundleHeader(bytes: header([2, 1]).bytes) }
    #expect(throws: CodecError.self) { try BundleHeader(bytes: header([1, 1]).bytes) }
    let many = (0...UInt64(BundleLimit.recipients)).map { $0 }
    #expect(throws: CodecError.self) { try BundleHeader(bytes: header(many).bytes) }
    #expect(header(Array(many.dropLast())).bytes.count <= BundleLimit.headerBytes)
    let bytes = header([1, 2]).bytes
    for end in bytes.indices { #expect(throws: CodecError.self) { try BundleHeader(bytes: Array(bytes[..<end])) } }
  }
}
