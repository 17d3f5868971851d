import SyncModel
import SyncTesting
import Testing

@Suite("What a name written here may be made of")
struct NameProfileTests {
  @Test(
    "letters of every script, marks, numbers, punctuation, symbols, spaces between and selectors are taken",
    arguments: [
      "教师一支部", "阿卜杜拉·买买提", "计算机学院党总支（2026级）", "José", "O'Brien-Smith", "№ 1 & “二”", "𠮷野家", "葛\u{E0100}西", "❤\u{FE0F}支部",
      "می\u{200C}خواهم", "क्\u{200D}ष", "རྒྱལ་མཚན", "ᠮᠣᠩᠭᠣᠯ", "Nguyễn Văn Ánh", "١٢٣", "①号楼", "张 三",
      String(repeating: "字", count: 100),
    ])
  func taken(_ name: String) throws {
    try NameProfile.person.check(name)
    #expect(NameProfile.person.tidied(name).utf8.elementsEqual(name.utf8))
    #expect(name.visibleName.utf8.elementsEqual(name.utf8))
  }

  /// The scalar that is named, in a name that would be good without it.
  @Test(
    "what cannot be seen, turns the direction, begins a line or means nothing elsewhere is refused by its code point",
    arguments: [
      (0xA, NameFault.lineEnd), (0xD, .lineEnd), (0x85, .lineEnd), (0x2028, .lineEnd), (0x2029, .lineEnd),
      (0x9, .control),
      (0, .control), (0x1B, .control), (0x7F, .control), (0x9B, .control), (0x61C, .direction), (0x200E, .direction),
      (0x200F, .direction), (0x202A, .direction), (0x202E, .direction), (0x2066, .direction), (0x2069, .direction),
      (0x200B, .invisible), (0x200C, .invisible), (0x200D, .invisible), (0x2060, .invisible), (0xFEFF, .invisible),
      (0xAD, .invisible), (0x34F, .invisible), (0x115F, .invisible), (0x180E, .invisible), (0x2800, .invisible),
      (0x3164, .invisible), (0xFFA0, .invisible), (0xE0041, .invisible), (0xFFFC, .unreadable), (0xFFFD, .unreadable),
      (0xE000, .privateUse), (0x100000, .privateUse), (0x378, .unassigned), (0xFFFF, .unassigned),
    ] as [(UInt32, NameFault)])
  func refused(_ value: UInt32, _ fault: NameFault) throws {
    let scalar = try #require(Unicode.Scalar(value))
    let name = "教师\(scalar)支部"
    let error = #expect(throws: NameError.self) { try NameProfile.unit.check(name) }
    #expect(error == .character("党组织名称", scalar, fault, place: 3))
    let digits = String(value, radix: 16, uppercase: true)
    let code = "U+" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    #expect(error?.message.contains(code) == true && error?.hint.isEmpty == false && error?.code == "nameCharacter")
    #expect(name.visibleName.contains("\\u{") && !name.visibleName.unicodeScalars.contains(scalar))
  }

  @Test("a name of nothing, of blanks or of what cannot be seen is empty")
  func empty() {
    for name in ["", " ", "\u{3000}\u{3000}", "\n"] {
      #expect(throws: NameError.empty("姓名")) { try NameProfile.person.check(NameProfile.person.tidied(name)) }
    }
    for name in ["\u{200B}", "\u{2060}\u{FEFF}", "\u{FE0F}", "\u{301}"] {
      #expect(throws: NameError.self) { try NameProfile.person.check(name) }
    }
  }

  @Test("100 characters, 400 scalars and six marks in a row are the limits")
  func limits() throws {
    let long = String(repeating: "字", count: 101)
    #expect(throws: NameError.tooLong("姓名", 101, limit: 100)) { try NameProfile.person.check(long) }
    #expect(throws: NameError.tooLong("姓名", 30_000, limit: 100)) {
      try NameProfile.person.check(String(repeating: "长", count: 30_000))
    }
    let marked = "a" + String(repeating: "\u{301}", count: 6)
    try NameProfile.person.check(marked)
    #expect(throws: NameError.tooManyMarks("姓名", place: 8, limit: 6)) {
      try NameProfile.person.check(marked + "\u{302}")
    }
    #expect(throws: NameError.tooManyScalars("姓名", limit: 400)) {
      try NameProfile.person.check(String(repeating: "a\u{301}\u{302}\u{303}\u{304}", count: 81))
    }
    try NameProfile.person.check(String(repeating: "a\u{301}\u{302}\u{303}", count: 100))
  }

  @Test("blanks go at the ends; runs between become one space, and stay in file names")
  func blanks() {
    #expect(NameProfile.person.tidied("\u{3000}张 \u{3000}三\u{A0}") == "张 三")
    #expect(NameProfile.file.tidied(" 会议  纪要.pdf\u{3000}") == "会议  纪要.pdf")
    #expect(NameProfile.person.tidied("甲\n乙") == "甲\n乙")
  }

  @Test("what a device of another release calls itself is cleaned, never refused, and passes then")
  func cleaned() throws {
    #expect(NameProfile.device.cleaned("电脑\u{202E}甲\n") == "电脑甲")
    #expect(NameProfile.device.cleaned("\u{200B}\u{301}") == nil)
    for text in [
      String(repeating: "长\u{301}", count: 30_000), "a" + String(repeating: "\u{301}", count: 1000), "\u{301}甲",
    ] {
      try NameProfile.device.check(#require(NameProfile.device.cleaned(text)))
    }
  }

  @Test(
    "whatever comes, what is cleaned passes, what is shown holds nothing unseen, and lines that differ look different")
  func anyScalars() throws {
    var generator = SeededGenerator(seed: 31)
    let ranges: [ClosedRange<UInt32>] = [
      0...0x2FF, 0x300...0x36F, 0x600...0x6FF, 0x900...0x97F, 0x2000...0x206F, 0x3000...0x30FF, 0x4E00...0x4E40,
      0xE000...0xE00F, 0xFE00...0xFE0F, 0xFEF0...0xFFFF, 0x1F600...0x1F64F, 0xE0000...0xE01EF,
    ]
    var names: [String] = []
    for _ in 0..<2000 {
      var scalars = String.UnicodeScalarView()
      for _ in 0..<generator.int(in: 0...12) {
        let range = ranges[generator.below(ranges.count)]
        let value = range.lowerBound + UInt32(generator.below(range.count))
        if let scalar = Unicode.Scalar(value) { scalars.append(scalar) }
      }
      names.append(String(scalars))
    }
    for name in names {
      if let cleaned = NameProfile.device.cleaned(name) {
        try NameProfile.device.check(cleaned)
        #expect(NameProfile.device.tidied(cleaned) == cleaned && cleaned.visibleName == cleaned)
      }
      #expect(!name.visibleName.contains { $0.isNewline })
    }
    for start in stride(from: 0, to: names.count, by: 4) {
      let few = Array(names[start..<start + 4])
      let distinct = NameLines.distinct(few)
      #expect(Set(distinct).count == Set(few.map { Array($0.unicodeScalars) }).count, "\(few)")
    }
  }
}

@Suite("What a typed name comes to")
struct NameMatchTests {
  private struct Thing: Hashable {
    var name: String
    var given: String?
    var id = ""
    var isConfirmed: Bool { given.map { $0.nameKey == name.nameKey } ?? true }
  }

  private enum Result: Hashable {
    case found(String)
    case ambiguous([String])
    case renamed([String])
    case part([String])
    case unknown
  }

  private func find(_ text: String, _ things: [Thing]) -> Result {
    let match = NameMatch.find(
      text, among: things, identified: { $0.id == text && !text.isEmpty }, names: { [$0.name, $0.given ?? $0.name] },
      isSure: { $0.isConfirmed && $0.name == $1 })
    return switch match {
    case .found(let thing): .found(thing.name)
    case .ambiguous(let things): .ambiguous(things.map(\.name))
    case .renamed(let things): .renamed(things.map(\.name))
    case .part(let things): .part(things.map(\.name))
    case .unknown: .unknown
    }
  }

  @Test("one whole name chooses, in any normal form, width and with any blanks; two never do")
  func whole() {
    let things = [Thing(name: "Jos\u{E9}（一）支部"), Thing(name: "教师一支部"), Thing(name: "教师一支部第二小组")]
    #expect(find("Jose\u{301}(一)支部\u{3000}", things) == .found("José（一）支部"))
    #expect(find("教师 一支部", things) == .found("教师一支部"))
    #expect(find("教师一支部", things + [Thing(name: "教师\u{200B}一支部")]) == .ambiguous(["教师一支部", "教师\u{200B}一支部"]))
    #expect(find("ab", [Thing(name: "甲", id: "ab"), Thing(name: "ab")]) == .ambiguous(["甲", "ab"]))
  }

  @Test("a part of a name, a name that a unit gave itself and one that it gave up choose nothing")
  func doubtful() {
    let above = Thing(name: "电子工程学院党总支", given: "电子工程学院党总支")
    let below = Thing(name: "电子工程学院", given: "教师一支部")
    #expect(find("电子工程学院", [above, below]) == .renamed(["电子工程学院", "电子工程学院党总支"]))
    #expect(find("教师一支部", [above, below]) == .renamed(["电子工程学院"]))
    #expect(find("教师一支部", [below, Thing(name: "教师一支部")]) == .ambiguous(["电子工程学院", "教师一支部"]))
    #expect(find("党总支", [above, below]) == .part(["电子工程学院党总支"]))
    #expect(find("\u{200B}", [above, Thing(name: "\u{200B}")]) == .unknown)
    #expect(find("", [above]) == .unknown)
  }

  @Test("lines to choose from always differ to the eye, and ids are as long as it takes")
  func lines() {
    let twins = ["教师支部", "教师\u{200B}支部", "教师\u{200D}支部", "教师\u{FE00}支部", "José", "Jose\u{301}", "\u{C5}", "\u{212B}"]
    let distinct = NameLines.distinct(twins)
    #expect(Set(distinct).count == twins.count)
    #expect(distinct[1] == "教师\\u{200B}支部" && distinct[5] == "Jose\\u{0301}")
    #expect(NameLines.shortest(["aaaaaaaa1", "aaaaaaaa2", "b00000000"]) == ["aaaaaaaa1", "aaaaaaaa2", "b00000000"])
    #expect(NameLines.shortest(["aaaaaaaa1", "b00000000"]) == ["aaaaaaaa", "b0000000"])
  }
}
