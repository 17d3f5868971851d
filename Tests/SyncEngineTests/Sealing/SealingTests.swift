import Foundation
import SyncModel
import SyncTesting
import Testing

@testable import SyncEngine

/// 本单位底稿 on real workspaces: the unit's devices read it, everybody else carries it blind (promise 7).
@Suite struct SealingTests {
  let school: TestSchool
  let root: Office
  let first: Office
  let second: Office
  static let secret = "谈心谈话要点甲乙丙"

  init() throws {
    school = try TestSchool()
    root = try school.found()
    _ = try root.at(school.now()).addUnit("school/cs", name: "计算机学院党总支", kind: .committee, type: nil)
    _ = try root.at(school.now()).addUnit("school/ee", name: "电气学院党总支", kind: .committee, type: nil)
    first = try school.enrol("school/cs", by: root, person: "乙", device: "办公室电脑")
    second = try school.enrol("school/cs", by: root, person: "丙", device: "家里电脑")
    try syncAll()
  }

  private func syncAll(_ more: Office...) throws {
    for _ in 0..<2 {
      for office in [first, second] + more {
        try school.synchronize(office, with: root)
        if try office.at(school.now()).shareSealingKeys() > 0 { try school.synchronize(office, with: root) }
      }
    }
  }

  @discardableResult
  private func note(_ office: Office, _ text: String, replacing id: SubjectID? = nil) throws -> SubjectID {
    let office = office.at(school.now())
    defer { try? office.workspace.endCommand(of: office.person) }
    return try office.note(text, replacing: id).id
  }

  private func admit(_ device: Office, on office: Office) throws {
    try office.at(school.now()).admit(try office.device(device.identity.device.description, of: office.identity.unit))
  }

  private func texts(_ office: Office) throws -> [String] {
    try office.notes().flatMap { $0.versions.map(\.text) }
  }

  private func unreadable(_ office: Office) throws -> Int { try office.sealingStatus().unreadable }

  private func epochs(_ office: Office) throws -> Int {
    try office.workspace.store.read { try SealingBook($0).epochs.count }
  }

  /// Every file of a workspace, the database's write-ahead log included.
  private func contains(_ office: Office, _ text: String) throws -> Bool {
    let folder = office.workspace.folder
    return try FileManager.default.contentsOfDirectory(atPath: folder).contains { name in
      guard let data = FileManager.default.contents(atPath: folder + "/" + name) else { return false }
      return data.range(of: Data(text.utf8)) != nil
    }
  }

  private func log(_ office: Office) -> LogID { LogID(office.identity.unit, .internal) }

  @Test("two laptops of one unit read each other's notes through a hub that carries and never reads them")
  func blindRelay() throws {
    try admit(second, on: first)
    try note(first, Self.secret)
    var wire: [[UInt8]] = []
    try school.synchronize(first, with: root) { wire.append($0) }
    try school.synchronize(second, with: root) { wire.append($0) }
    #expect(try texts(second) == [Self.secret])
    #expect(try second.notes().first?.versions.first?.author.origin.personName == "乙")

    let pattern = Data(Self.secret.utf8)
    #expect(!wire.isEmpty && wire.allSatisfy { Data($0).range(of: pattern) == nil })
    #expect(try contains(first, Self.secret), "the search itself works")
    #expect(try !contains(root, Self.secret))
    #expect(try root.notes().isEmpty)
    let held = try root.workspace.store.read { snapshot in
      try (snapshot.strands(of: log(first)), snapshot.registers(log(first), kind: .note), snapshot.logs())
    }
    #expect(held.0.map(\.blocked) == [.sealed] && held.0[0].stored == 1 && held.1.isEmpty)
    #expect(try root.audit().aside.isEmpty, "what is carried for others is not set aside")
    #expect(try root.status().pending == 0, "what is sealed to others waits for nothing")
    #expect(try root.verify().ok && first.verify().ok && second.verify().ok)
    #expect(try first.status().unsentEntries == 0)
  }

  @Test("each device begins offline under its own key; once both have confirmed each other there is one notebook")
  func bothOffline() throws {
    try note(first, "甲一")
    try note(second, "乙一")
    try syncAll()
    #expect(try texts(first) == ["甲一"] && texts(second) == ["乙一"])
    #expect(try unreadable(first) == 1 && unreadable(second) == 1)
    #expect(try first.status().sealing.strangers.map(\.name) == ["家里电脑"])

    try admit(second, on: first)
    try syncAll()
    #expect(try texts(second) == ["甲一", "乙一"] && texts(first) == ["甲一"])
    // The second reads the first's key, and does not write under it before its own person has confirmed the first.
    try note(second, "乙二")
    try syncAll()
    #expect(try unreadable(first) == 2)

    try admit(first, on: second)
    try syncAll()
    for office in [first, second] {
      #expect(try texts(office) == ["甲一", "乙一", "乙二"])
      #expect(try office.sealingStatus().strangers.isEmpty && unreadable(office) == 0)
    }
    let before = try epochs(first)
    try note(first, "甲二")
    try note(second, "乙三")
    try syncAll()
    #expect(try epochs(first) == before, "no new key where all readers are trusted")
    #expect(try texts(first) == texts(second) && texts(first).count == 5)
  }

  @Test("a device enrolled behind the unit's back is given nothing, is named in status, and its key is not used")
  func rogue() throws {
    let rogue = try school.enrol("school/cs", by: root, person: "丁", device: "新设备")
    try note(rogue, "诱饵")
    try admit(second, on: first)
    try note(first, Self.secret)
    try syncAll(rogue)
    #expect(try first.status().sealing.strangers.map(\.name) == ["新设备"])
    #expect(try texts(rogue) == ["诱饵"] && unreadable(rogue) > 0)
    // It claims to have admitted everybody, itself included, and hands out its key.
    try admit(first, on: rogue)
    try admit(second, on: rogue)
    try rogue.workspace.write(
      [
        Change(
          RegisterName(
            .sealing, SubjectID(first.identity.device), element: ElementID(rogue.identity.device), .admission),
          .choice(1))
      ], to: LogID(rogue.identity.unit, .answers), as: "丁", claimedMilliseconds: school.now())
    try syncAll(rogue)
    #expect(try texts(first).contains("诱饵"), "what is sealed to this device is read")
    try note(first, Self.secret + "二")
    try note(second, Self.secret + "三")
    try syncAll(rogue)
    #expect(try texts(rogue) == ["诱饵"])
    #expect(try !contains(rogue, Self.secret))
    #expect(try first.sealingStatus().strangers.map(\.id) == [rogue.identity.device])
    // Once somebody on a trusted device says so, it reads everything.
    try admit(rogue, on: first)
    try syncAll(rogue)
    #expect(try Set(texts(rogue)).isSuperset(of: [Self.secret, Self.secret + "二"]))
  }

  @Test("a device that lost its roles keeps what it could read and is given nothing written later")
  func removed() throws {
    try admit(second, on: first)
    try admit(first, on: second)
    try note(first, "此前")
    try syncAll()
    let lost = try #require(try root.directory().devices[second.identity.device])
    _ = try root.at(school.now()).revoke(lost, reason: "遗失")
    try school.synchronize(first, with: root)
    let before = try epochs(first)
    try note(first, "此后")
    try syncAll()
    #expect(try epochs(first) == before + 1)
    #expect(try texts(first) == ["此前", "此后"])
    #expect(try texts(second) == ["此前"] && unreadable(second) == 1)
    try note(first, "再后")
    #expect(try epochs(first) == before + 1)
    // Whoever is admitted later reads the old notes too, also those under the key that the lost device knew.
    let third = try school.enrol("school/cs", by: root, person: "丁", device: "新电脑")
    try syncAll(third)
    try admit(third, on: first)
    try syncAll(third)
    #expect(try texts(third) == ["此前", "此后", "再后"])
  }

  @Test("a confirmation taken back ends what that device seals to the other, for good")
  func withdrawn() throws {
    try admit(second, on: first)
    try note(first, "此前")
    try syncAll()
    let device = try first.device("家里电脑", of: first.identity.unit)
    try first.at(school.now()).withdraw(device)
    try note(first, "此后")
    try syncAll()
    #expect(try texts(second) == ["此前"] && unreadable(second) == 1)
    #expect(throws: SealingError.withdrawn("家里电脑")) { try first.at(school.now()).admit(device) }
  }

  @Test("a reviewer above who writes over the keys takes nothing away: keys are read from all that was written")
  func overwritten() throws {
    try admit(second, on: first)
    try note(first, Self.secret)
    try syncAll()
    let answers = LogID(first.identity.unit, .answers)
    let registers = try root.workspace.store.read { try $0.registers(answers, kind: .sealing) }
    #expect(registers.count == 3)
    try root.workspace.write(
      registers.map { Change($0.name, .nothing) }, to: answers, as: "甲", claimedMilliseconds: school.now(),
      shownUpTo: .max)
    try syncAll()
    for office in [first, second] {
      let fresh = Office(
        try Workspace(opening: office.workspace.folder, stateFolder: school.stateFolder), person: office.person,
        claimedMilliseconds: school.now())
      #expect(try texts(fresh) == [Self.secret])
      #expect(try fresh.sealingStatus().readers.contains(office.identity.device))
    }
    let before = try epochs(first)
    try note(first, "又一条")
    try syncAll()
    #expect(try epochs(first) == before && texts(second).count == 2)
  }

  @Test("keys stand on the disk only wrapped: a database without its device key file opens nothing")
  func keysAtRest() throws {
    try note(first, Self.secret)
    let path = first.workspace.folder + "/workspace.db"
    let log = log(first)
    #expect(try LogStore(path: path).read { try $0.sealing(of: log).isEmpty })
    #expect(try LogStore(path: path, agreement: DeviceKey().agreement).read { try $0.sealing(of: log).isEmpty })
    #expect(
      try !LogStore(path: path, agreement: first.workspace.key.agreement).read { try $0.sealing(of: log).isEmpty })
  }

  @Test("a copied folder writes on under another name; both halves' notes are kept, differing ones side by side")
  func clone() throws {
    let id = try note(first, "原文")
    try school.synchronize(first, with: root)
    let copy = school.folder + "/copy"
    try PrivateFile.makeFolder(copy)
    try first.workspace.store.backup(to: copy + "/workspace.db")
    for file in ["device.key", "lock"] {
      try FileManager.default.copyItem(atPath: first.workspace.folder + "/" + file, toPath: copy + "/" + file)
    }
    let clone = Office(
      try Workspace(opening: copy, stateFolder: school.stateFolder), person: "乙", claimedMilliseconds: school.now())
    try note(first, "本机改", replacing: id)
    try note(clone, "副本改", replacing: id)
    for office in [first, clone, first] { try school.synchronize(office, with: root) }
    for office in [first, clone] {
      #expect(try Set(texts(office)) == ["本机改", "副本改"])
      #expect(try office.verify().ok)
    }
  }

  @Test("the same machine twice, unnoticed: branches of a sealed feed are kept and read (promises 1, 6)")
  func fork() throws {
    let desk = try Desk(1, channel: .internal)
    try desk.write(1, to: 1)
    try desk.engine.markHeadsSent(on: 0, through: 1)
    let twin = try desk.cloned()
    try desk.write(2, to: 1)
    try twin.write(3, to: 1)
    let (reader, hub) = (try Desk(2, channel: .internal), try Desk(3, channel: .internal, holdsKey: false))
    for other in [desk, twin] {
      try hub.take(from: other)
    }
    try reader.take(from: hub)
    #expect(hub.engine.tips.count == 2 && hub.engine.storage.view.isEmpty)
    #expect(try reader.shows() == [2, 3])
    try desk.take(from: hub)
    try twin.take(from: hub)
    #expect(try desk.view() == reader.view() && twin.view() == reader.view())
  }

  @Test("a box exchanged on the way is refused where the key is here, and the right one still gets in (promise 5)")
  func exchangedBox() throws {
    let (desk, reader) = (try Desk(1, channel: .internal), try Desk(2, channel: .internal))
    try desk.write(1, to: 1)
    let whole = try desk.segment(after: 0)
    guard case .sealed(var entries)? = whole.runs.first else { throw SealedBoxError.evidence }
    entries[0].box[entries[0].box.count - 1] ^= 1
    var changed = whole
    changed.runs = [.sealed(entries: entries)]
    #expect(throws: IngestError.evidence(replica: desk.replica, seq: 1)) { try reader.take(changed) }
    #expect(try reader.take(whole).new == 1)
    #expect(try reader.shows() == [1])
  }

  @Test(
    "a box exchanged before the key came is owed, and gives way to the right one, whoever brings it (promises 1, 5)")
  func exchangedBeforeKey() throws {
    let desk = try Desk(1, channel: .internal)
    for value: Int64 in 1...3 { try desk.write(value, to: UInt64(value)) }
    let whole = try desk.segment(after: 0)
    guard case .sealed(let entries)? = whole.runs.first else { throw SealedBoxError.evidence }
    for exchange in [
      { (entry: inout Segment.SealedEntry) in entry.box[entry.box.count - 1] ^= 1 },
      { (entry: inout Segment.SealedEntry) in entry.epoch += 1 },
    ] {
      let reader = try Desk(2, channel: .internal, holdsKey: false)
      var changed = whole
      var swapped = entries
      exchange(&swapped[1])
      exchange(&swapped[2])
      changed.runs = [.sealed(entries: swapped)]
      #expect(try reader.take(changed).new == 3)
      #expect(try reader.engine.owed.isEmpty, "nobody can tell before the key is here")
      reader.engine.sealing = desk.engine.sealing
      try reader.deliver()
      #expect(try reader.shows(1) == [1] && reader.shows(2).isEmpty)
      #expect(try reader.take(whole).filled == 2)
      #expect(try reader.view() == desk.view() && reader.engine.owed.isEmpty)
      #expect(reader.engine.strands.map(\.blocked) == [nil])
      #expect(try reader.take(whole).filled == 0)
    }
  }

  @Test("an exchanged box is asked for again: a hub that has the right one makes the notebook whole (promise 1)")
  func exchangedBoxIsAsked() throws {
    try note(first, "此前")
    try note(first, Self.secret)
    try school.synchronize(first, with: root)
    let log = log(first)
    /// What the hub keeps of the second note; another hub, or a repaired one, keeps the right box.
    func flipBox() throws {
      try root.workspace.store.write(wallMilliseconds: school.now()) { transaction in
        let engine = try transaction.engine(for: log)
        let dot = Dot(strand: 0, seq: 2)
        guard let entry = try engine.storage.entry(dot), case .sealed(var sealed) = entry.body else {
          throw SealedBoxError.evidence
        }
        sealed.box[0] ^= 1
        try engine.storage.updateBody(.sealed(sealed), at: dot)
      }
    }
    try flipBox()
    try school.synchronize(second, with: root)
    try admit(second, on: first)
    try syncAll()
    #expect(try texts(second) == ["此前"] && second.status().owed == 1)
    #expect(try !second.verify().ok)
    try flipBox()
    try syncAll()
    #expect(try texts(second) == ["此前", Self.secret] && second.status().owed == 0)
    #expect(try second.verify().ok)
    #expect(try school.synchronize(second, with: root).roundTrips == 1)
  }

  @Test("nothing in the clear is taken into an internal log, and none is written without a key (promise 7)")
  func plainRefused() throws {
    let plain = try Desk(1)
    try plain.write(1, to: 1)
    var segment = try plain.segment(after: 0)
    let hub = try Desk(2, channel: .internal, holdsKey: false)
    segment.log = hub.engine.log
    #expect(throws: IngestError.self) { try hub.take(segment) }
    #expect(throws: AppendError.noSealingKey) { try hub.write(1, to: 1) }
    #expect(hub.engine.strands.allSatisfy { $0.stored == 0 })
  }

  @Test("another unit's laptop is never sent the notebook, sealed or not (promise 7)")
  func siblingUnit() throws {
    try note(first, Self.secret)
    try school.synchronize(first, with: root)
    let other = try school.enrol("school/ee", by: root, person: "戊")
    try school.synchronize(other, with: root)
    #expect(try other.workspace.store.read { try $0.logs().allSatisfy { $0.log.channel != .internal } })
    #expect(try root.workspace.store.read { try $0.logs().contains { $0.log == self.log(first) } })
  }

  @Test("a wrap opens for one device, epoch and log alone, and an epoch's number names one key")
  func wraps() throws {
    let (key, other) = (DeviceKey(), DeviceKey())
    let log = log(first)
    let sealing = try #require(SealingKey(Array(repeating: 5, count: 32), school: Desk.school, log: log))
    let info = SealingBook.info(Desk.school, log, sealing.epoch, key.deviceID)
    let wrapped = try #require(KeyWrap.wrap(sealing.bytes, to: key.agreement.publicKey, info: info))
    #expect(wrapped.count == KeyWrap.byteCount)
    #expect(KeyWrap.unwrap(wrapped, with: key.agreement, info: info) == sealing.bytes)
    #expect(KeyWrap.unwrap(wrapped, with: other.agreement, info: info) == nil)
    let elsewhere = SealingBook.info(Desk.school, log, sealing.epoch &+ 1, key.deviceID)
    #expect(KeyWrap.unwrap(wrapped, with: key.agreement, info: elsewhere) == nil)
    for position in wrapped.indices {
      var changed = wrapped
      changed[position] ^= 1
      #expect(KeyWrap.unwrap(changed, with: key.agreement, info: info) == nil)
    }
    #expect(SealingKey(Array(repeating: 6, count: 32), school: Desk.school, log: log)?.epoch != sealing.epoch)
    #expect(
      SealingKey(Array(repeating: 5, count: 32), school: Desk.school, log: self.log(root))?.epoch != sealing.epoch)
  }
}
