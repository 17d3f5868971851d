import Foundation
import SyncEngine
import SyncModel
import SyncTesting
import Testing

@Suite("attaching and detaching evidence")
struct AttachTests {
  let it: EvidenceSchool

  init() throws { it = try EvidenceSchool() }

  @Test("an attached file stands under its hash, whole, and its entry names hash, length, name and type")
  func attached() throws {
    let file = try it.attach(it.first, "支委会记录", name: "会议记录.pdf")
    #expect(file.byteCount == "支委会记录".utf8.count && file.mediaType == "application/pdf")
    #expect(it.first.workspace.files.isSound(file.hash))
    #expect(try it.names(it.first) == ["会议记录.pdf"])
    #expect(try it.first.status().unsentFiles.files == 1)
    let mode = try FileManager.default.attributesOfItem(atPath: it.first.workspace.files.path(of: file.hash))
    #expect((mode[.posixPermissions] as? NSNumber)?.intValue == 0o600)
  }

  @Test(
    "a photo loses the place where it was taken before it is hashed, and is the same file however often it is attached")
  func photo() throws {
    let photo = try it.path("现场.jpg", PhotoFixtures.jpeg)
    let attached = try it.attach(it.first, [photo])
    let file = try #require(attached.added.first)
    #expect(attached.cleaned == ["现场.jpg"])
    let stored = try it.first.workspace.files.read(file.hash, from: 0, count: 1 << 20)
    #expect(stored == (try PhotoPrivacy.withoutLocation(PhotoFixtures.jpeg)))
    #expect(file.byteCount == stored.count && file.mediaType == "image/jpeg")
    // Cleaned before: found again by its hash.
    let again = try it.attach(it.first, [try it.path("另存.jpg", stored)])
    #expect(again.added.isEmpty && again.already.map(\.hash) == [file.hash] && again.written == nil)
  }

  @Test(
    "what looks like a picture and cannot be cleaned is refused, and so is everything given with it (promise 8)",
    arguments: [
      ("现场.gif", Array("GIF89a".utf8)), ("现场.jpg", Array("不是照片".utf8)), ("录像.avi", Array("RIFFxxxxAVI ".utf8)),
    ])
  func uncleanable(name: String, bytes: [UInt8]) throws {
    let good = try it.path("记录.txt", [1, 2, 3])
    let bad = try it.path(name, bytes)
    #expect(throws: (any Error).self) { try it.attach(it.first, [good, bad]) }
    #expect(it.first.workspace.files.hashes().isEmpty)
    #expect(try it.names(it.first).isEmpty && it.first.status().unsentEntries == 0)
  }

  @Test("a name with an identity card's number is stopped before anything is stored")
  func privateName() throws {
    let path = try it.path("11010519491231002X.txt", [1, 2, 3])
    #expect(throws: PrivacyError.self) { try it.attach(it.first, [path]) }
    #expect(it.first.workspace.files.hashes().isEmpty)
  }

  @Test("a folder, a file that is not there and a name with control characters are refused by name")
  func badPaths() throws {
    #expect(throws: FileError.isFolder((it.school.folder as NSString).lastPathComponent)) {
      try it.attach(it.first, [it.school.folder])
    }
    #expect(throws: FileError.unreadable("没有.txt")) { try it.attach(it.first, [it.school.folder + "/没有.txt"]) }
    for name in ["a\u{1}b.txt", "a\u{202E}txt.exe", "\u{200B}.pdf"] {
      #expect(throws: NameError.self) { try it.attach(it.first, [it.school.folder + "/" + name]) }
    }
  }

  @Test("one entry names all files of a command; the same file twice is one")
  func several() throws {
    let paths = try (1...3).map { try it.path("\($0).txt", [UInt8($0)]) } + [it.path("又一份.txt", [1])]
    let before = try it.first.status().entries
    let attached = try it.attach(it.first, paths)
    #expect(
      attached.added.map(\.fileName) == ["1.txt", "2.txt", "3.txt"] && attached.already.map(\.fileName) == ["又一份.txt"])
    #expect(try it.first.status().entries == before + 1)
  }

  @Test(
    "attachments are an add-wins set: what two attach both stands, what one detaches unseen by the other stays (promise 2)"
  )
  func addWins() throws {
    try it.attach(it.first, "甲", name: "甲.txt")
    try it.attach(it.second, "乙", name: "乙.txt")
    try it.sync()
    #expect(try it.names(it.first) == ["乙.txt", "甲.txt"] && it.names(it.second) == ["乙.txt", "甲.txt"])
    #expect(try it.first.conflicts().isEmpty)

    // One takes it off while the other attaches the same file again elsewhere and here under another name.
    try it.detach(it.first, "甲.txt")
    try it.attach(it.second, "丙", name: "丙.txt")
    try it.sync()
    for office in [it.first, it.second, it.root] {
      #expect(try it.names(office) == ["丙.txt", "乙.txt"])
      #expect(try office.conflicts().isEmpty)
    }
  }

  @Test("detach takes names, numbers and starts of hashes, and refuses what is not attached or not clear")
  func detachNames() throws {
    let files = try (1...3).map { try it.attach(it.first, "内容\($0)", name: "\($0)号.txt") }
    try it.attach(it.first, "别的内容", name: "1号.txt")
    #expect(throws: FileError.ambiguous("1号.txt")) { try it.detach(it.first, "1号.txt") }
    #expect(throws: FileError.notAttached("九.txt", item: "1.1")) { try it.detach(it.first, "九.txt") }
    #expect(try it.detach(it.first, "2号.txt").map(\.attachment) == [files[1]])
    #expect(try it.detach(it.first, files[2].hash.short).map(\.attachment) == [files[2]])
    #expect(try it.detach(it.first, "2").count == 1)
    #expect(try it.names(it.first) == ["1号.txt"])
  }

  @Test(
    "the index of what attachments name agrees with the registers, whatever was attached, detached and synchronised")
  func index() throws {
    var generator = SeededGenerator(seed: 20_261)
    let laptops = [it.first, it.second]
    for step in 0..<40 {
      let office = laptops[generator.below(2)]
      switch generator.below(4) {
      case 0, 1:
        // Often what the item has already: then nothing is written.
        let path = try it.path("\(step).txt", Array("内容\(generator.below(6))".utf8))
        _ = try it.attach(office, [path], item: "1.\(1 + generator.below(2))")
      case 2:
        guard let file = try office.evidence(of: office.ownUnit(), campaign: it.campaign).first, let item = file.item
        else { continue }
        try it.detach(office, file.attachment.hash.short, item: item.id)
      default: try it.school.synchronize(office, with: it.root)
      }
      let (index, registers) = try it.index(office)
      #expect(index == registers, "step \(step)")
    }
    try it.sync()
    for office in laptops + [it.root] {
      let (index, registers) = try it.index(office)
      #expect(index == registers && !registers.isEmpty)
    }
    #expect(try it.index(it.first).index == it.index(it.root).index)
  }

  @Test("a unit above attaches only on behalf, and with the role for it")
  func onBehalf() throws {
    let path = try it.path("督促.txt", [9])
    let item = try it.root.item("1.1", of: it.campaign)
    let unit = try it.root.unit("school/cs")
    #expect(throws: OfficeError.needsOnBehalf(unit: unit.name)) {
      try it.root.attach([path], to: item, of: it.campaign, unit: unit, onBehalf: false)
    }
    #expect(try it.root.attach([path], to: item, of: it.campaign, unit: unit, onBehalf: true).added.count == 1)
    try it.sync()
    #expect(try it.names(it.first) == ["督促.txt"])
  }
}
