import Foundation
import SyncModel
import SyncTesting
import Testing

@testable import SyncEngine

/// One export in several files of a bounded size: each can be taken in alone, in any order, and what is missing has a name.
@Suite struct BundlePartsTests {
  let school: TestSchool
  let root: Office
  let laptop: Office
  private static let partBytes = BundleLimit.leastPartBytes

  init() throws {
    school = try TestSchool()
    root = try school.found()
    _ = try root.at(school.now()).addUnit("school/cs", name: "计算机学院党总支", kind: .committee, type: nil)
    laptop = try school.enrol("school/cs", by: root, person: "张三")
    try school.synchronize(laptop, with: root)
  }

  private func path(_ name: String) -> String { school.folder + "/" + name }

  private func files() throws -> Set<String> {
    Set(try FileManager.default.contentsOfDirectory(atPath: school.folder).filter { !$0.hasPrefix("workspace") })
  }

  private func byteCount(_ path: String) throws -> Int {
    let attributes = try FileManager.default.attributesOfItem(atPath: path)
    return try #require((attributes[.size] as? NSNumber)?.intValue)
  }

  /// `count` entries of about 120 kB each.
  private func write(_ count: Int) throws {
    let text = String(repeating: "长", count: AnswerField.textLimit)
    for number in 0..<count {
      try laptop.workspace.write(
        (0..<4).map {
          Change(
            RegisterName(
              .answer, SubjectID(high: 1, low: 1), part: UInt64(number * 4 + $0 + 1), Field(rawValue: 4)), .text(text))
        }, to: LogID(laptop.identity.unit, .answers), as: "张三", claimedMilliseconds: school.now())
    }
  }

  private func export(_ name: String, partBytes: Int? = partBytes) throws -> BundleExport {
    try laptop.at(school.now()).exportBundle(to: path(name), .all, partBytes: partBytes)
  }

  private func answers(_ office: Office) throws -> Int {
    try office.workspace.store.read { try $0.strands(of: LogID(laptop.identity.unit, .answers)) }
      .reduce(0) { $0 + Int($1.stored) }
  }

  @Test(
    "no part is larger than asked for, and all of them in one command, in whatever order, bring everything (promise 4)")
  func together() throws {
    try write(24)
    var progress: [BundleProgress] = []
    let made = try laptop.at(school.now()).exportBundle(
      to: path("报送.bundle"), .all, partBytes: Self.partBytes, progress: { progress.append($0) })
    let count = made.files.count
    #expect(count >= 3)
    #expect(made.files == (1...count).map { path("报送-\($0)of\(count).bundle") })
    for file in made.files { #expect(try byteCount(file) <= Self.partBytes, "\(file)") }
    #expect(progress.last?.done == made.entries && progress.last?.total == made.entries)
    #expect(try files().filter { $0.hasSuffix(".new") }.isEmpty)
    let shuffled = [made.files[count - 1]] + made.files[..<(count - 1)].reversed()
    var bytes: [BundleProgress] = []
    let taken = try root.importBundles(from: shuffled) { bytes.append($0) }
    #expect(taken.files.map(\.path) == shuffled)
    #expect(taken.files.allSatisfy { $0.gaps == 0 && $0.missing.isEmpty && $0.isSenderKnown && $0.refusals.isEmpty })
    #expect(taken.files.reduce(0) { $0 + $1.entries } == made.entries)
    #expect(bytes.last.map { $0.done == $0.total } == true)
    #expect(try answers(root) == 24 && root.verify().ok)
    let again = try root.importBundles(from: made.files)
    #expect(again.files.allSatisfy { $0.new == 0 && $0.duplicates == $0.entries && $0.missing.isEmpty })
    #expect(root.waitingBundles() == 0)
  }

  @Test("each part alone, the last one first: what builds on others is kept and joins by itself; the missing are named")
  func oneByOne() throws {
    try write(24)
    let made = try export("报送.bundle")
    let count = made.files.count
    for (index, file) in made.files.enumerated().reversed() {
      let taken = try root.importBundle(from: file)
      let part = try #require(taken.part)
      #expect(part.number == index + 1 && part.count == count)
      #expect(taken.missing == Array(1..<index + 1))
      if index > 0 {
        #expect(taken.isKept && taken.gaps > 0, "\(file)")
        #expect(part.name(of: 1, besides: file) == "报送-1of\(count).bundle")
        #expect(part.name(of: 1, besides: "改名了") == nil)
        // Gone from the stick: the copy here is enough.
        try FileManager.default.removeItem(atPath: file)
      }
    }
    #expect(try answers(root) == 24 && root.waitingBundles() == 0)
    #expect(try root.verify().ok)
  }

  @Test("without one of the parts the others count as far as they go, and the network brings the rest (promise 9)")
  func oneMissing() throws {
    try write(24)
    let made = try export("报送.bundle")
    let lost = 1
    let rest = made.files.enumerated().filter { $0.offset != lost }.map(\.element)
    let taken = try root.importBundles(from: rest)
    #expect(taken.files.allSatisfy { $0.missing == [lost + 1] })
    let early = try answers(root)
    #expect(early > 0 && early < 24 && root.waitingBundles() == rest.count - lost)
    #expect(try root.verify().ok)
    try school.synchronize(laptop, with: root)
    try root.takeWaitingBundles()
    #expect(try answers(root) == 24 && root.waitingBundles() == 0)
  }

  @Test(
    "what fits one file is one, whatever size was asked for; too small a size is refused before anything is written")
  func sizes() throws {
    try write(1)
    #expect(try export("one.bundle", partBytes: 20_000_000).files == [path("one.bundle")])
    #expect(try root.importBundle(from: path("one.bundle")).part == nil)
    let before = try files()
    #expect(throws: BundleError.partTooSmall(999_999)) { try export("two.bundle", partBytes: 999_999) }
    #expect(try files() == before)
  }

  @Test("where the name of a part is taken nothing is written, and nothing counts as on its way (promise 8)")
  func nameTaken() throws {
    try write(24)
    let count = try export("probe.bundle").files.count
    try Data("别的".utf8).write(to: URL(fileURLWithPath: path("a-2of\(count).bundle")))
    let (before, exported) = (try files(), try laptop.status().exportedEntries)
    #expect(throws: BundleError.cannotWrite(path("a-2of\(count).bundle"))) { try export("a.bundle") }
    #expect(try files() == before)
    #expect(try laptop.status().exportedEntries == exported)
  }

  @Test("one damaged file among several: nothing of any is taken in (promise 8)")
  func damaged() throws {
    try write(24)
    let made = try export("报送.bundle")
    var bytes = [UInt8](try #require(FileManager.default.contents(atPath: made.files[1])))
    bytes[bytes.count / 2] ^= 1
    try Data(bytes).write(to: URL(fileURLWithPath: made.files[1]))
    #expect(throws: BundleError.damaged) { try root.importBundles(from: made.files) }
    #expect(try answers(root) == 0 && root.waitingBundles() == 0)
    #expect(try root.importBundle(from: made.files[0]).new > 0)
  }

  @Test("a file that waited and was damaged meanwhile is let go, and harms nothing")
  func damagedWhileWaiting() throws {
    try write(24)
    let made = try export("报送.bundle")
    #expect(try root.importBundle(from: made.files[1]).isKept)
    let folder = root.workspace.folder + "/bundles"
    let kept = try #require(try FileManager.default.contentsOfDirectory(atPath: folder).first)
    #expect(Platform.isExposed(folder + "/" + kept) == false)
    try Data([1, 2, 3]).write(to: URL(fileURLWithPath: folder + "/" + kept))
    #expect(try root.importBundle(from: made.files[0]).new > 0)
    #expect(root.waitingBundles() == 0)
    #expect(try root.importBundles(from: Array(made.files[1...])).files.allSatisfy { $0.new > 0 })
    #expect(try answers(root) == 24)
  }

  @Test(
    "names of parts keep folder and extension; totals and remembered sets have one form and are bounded (promise 8)")
  func forms() throws {
    for (path, name) in [
      ("报送.bundle", "报送-2of3.bundle"), ("a.b/报送", "a.b/报送-2of3"), ("/x/.hidden", "/x/.hidden-2of3"),
      ("/x/a.tar.bundle", "/x/a.tar-2of3.bundle"),
    ] { #expect(BundlePart.name(path, 2, of: 3) == name) }
    let set = BundleSetID(high: 1, low: 2)
    var totals = BundleTotals()
    (totals.segments, totals.entries) = (1 << 40, 1 << 47)
    #expect(try BundleTotals(bytes: totals.bytes) == totals)
    totals.part = BundlePart(set: set, number: 3, count: 999)
    #expect(try BundleTotals(bytes: totals.bytes) == totals)
    #expect(totals.bytes.count + 2 + BundleCipher.tagByteCount <= BundleTotals.byteLimit)
    for (number, count) in [(0, 2), (3, 2), (1, 1), (1, 1000)] {
      totals.part = BundlePart(set: set, number: number, count: count)
      #expect(throws: CodecError.self) { try BundleTotals(bytes: totals.bytes) }
    }
    var sets = BundleSets()
    #expect(sets.take(BundlePart(set: set, number: 2, count: 3)) == [1, 3])
    #expect(sets.take(BundlePart(set: set, number: 2, count: 3)) == [1, 3])
    sets = BundleSets(bytes: sets.bytes)
    #expect(sets.take(BundlePart(set: set, number: 1, count: 3)) == [3])
    #expect(sets.take(BundlePart(set: set, number: 3, count: 3)).isEmpty)
    // One that comes again is not called alone.
    #expect(sets.take(BundlePart(set: set, number: 2, count: 3)).isEmpty)
    for low in 0..<UInt64(3 * BundleLimit.rememberedSets) {
      _ = sets.take(BundlePart(set: BundleSetID(high: 9, low: low), number: 1, count: 2))
    }
    #expect(sets.bytes.count < BundleLimit.rememberedSets * 24)
    #expect(BundleSets(bytes: [9, 9]) == BundleSets())
  }
}

/// To whom a bundle goes, and what is only here.
@Suite struct BundleDirectionTests {
  @Test("by default a bundle goes to whom the unit is under now, also after it was moved")
  func moved() throws {
    let school = try TestSchool()
    let root = try school.found()
    for (path, name) in [("school/cs", "计算机学院党总支"), ("school/ee", "电气学院党总支")] {
      _ = try root.at(school.now()).addUnit(path, name: name, kind: .committee, type: nil)
    }
    let campaign = try school.publishSheet(by: root)
    let above = try school.enrol("school/ee", by: root, roles: [.reporter, .reviewer], person: "乙")
    let laptop = try school.enrol("school/cs", by: root, person: "张三")
    for office in [above, laptop] { try school.synchronize(office, with: root) }
    func fill(_ item: String) throws {
      _ = try laptop.at(school.now()).set(
        campaign, try laptop.item(item, of: campaign), fields: [.remark: .text("说明")],
        unit: try laptop.unit("school/cs"), onBehalf: false)
    }
    try fill("1.1")
    #expect(try laptop.at(school.now()).exportBundle(to: school.folder + "/before").receiver.description == "school")
    try root.at(school.now()).move(try root.unit("school/cs"), under: try root.unit("school/ee"))
    for office in [above, laptop] { try school.synchronize(office, with: root) }
    try fill("1.2")
    let made = try laptop.at(school.now()).exportBundle(to: school.folder + "/after")
    #expect(made.receiver.description == "school/ee")
    #expect(try above.importBundle(from: school.folder + "/after").new > 0)
    // The last device of the new unit above is gone: then to whom that one is under.
    try root.at(school.now()).revoke(
      try #require(try root.directory().devices[above.identity.device]), reason: "停用")
    try school.synchronize(laptop, with: root)
    try fill("1.3")
    #expect(try laptop.at(school.now()).exportBundle(to: school.folder + "/last").receiver.description == "school")
  }

  @Test("what only this laptop has is told log by log, with what a bundle carries, until it is acknowledged")
  func onlyHere() throws {
    let school = try TestSchool()
    let root = try school.found()
    _ = try root.at(school.now()).addUnit("school/cs", name: "计算机学院党总支", kind: .committee, type: nil)
    let campaign = try school.publishSheet(by: root)
    let laptop = try school.enrol("school/cs", by: root, person: "张三")
    try school.synchronize(laptop, with: root)
    #expect(try laptop.status().unsentLogs.isEmpty)
    func fill(_ item: String) throws {
      _ = try laptop.at(school.now()).set(
        campaign, try laptop.item(item, of: campaign), fields: [.remark: .text("说明")],
        unit: try laptop.unit("school/cs"), onBehalf: false)
    }
    try fill("1.1")
    _ = try laptop.at(school.now()).exportBundle(to: school.folder + "/a")
    try fill("1.2")
    _ = try laptop.at(school.now()).note("底稿")
    let logs = try laptop.status().unsentLogs
    #expect(logs.map(\.log.channel) == [.answers, .internal])
    #expect(logs.map(\.exported) == [1, 0])
    let status = try laptop.status()
    #expect(logs.reduce(0) { $0 + $1.entries } == status.unsentEntries && status.exportedEntries == 1)
    #expect(logs.allSatisfy { $0.log.unit == laptop.identity.unit && $0.oldestMilliseconds > 0 })
    try school.synchronize(laptop, with: root)
    #expect(try laptop.status().unsentLogs.isEmpty)
    #expect(try root.status().unsentLogs.isEmpty, "the school has nobody above")
  }
}
