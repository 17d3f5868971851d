import SyncModel
import Testing

@testable import SyncEngine

@Suite("bytes of a command line as text")
struct RawTextTests {
  @Test("whatever the bytes, they are taken back as they were; what is UTF-8 is itself")
  func roundTrip() {
    for text in ["", "甲.txt", "--as=张三", "👩‍👧"] {
      #expect(RawText.text(Array(text.utf8)) == text && !RawText.isRaw(text))
    }
    for seed in 0..<2_000 as Range<UInt64> {
      var generator = SplitMix(state: seed)
      let bytes = (0..<Int(generator.next() % 12)).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
      let text = RawText.text(bytes)
      #expect(RawText.bytes(text) == bytes, "seed \(seed)")
      #expect(RawText.isRaw(text) == (String(validating: bytes, as: UTF8.self) == nil), "seed \(seed)")
    }
    // The scalars that stand for bytes stand for themselves where somebody types them.
    let typed = Array("甲\u{10FE80}\u{10FEFF}乙".utf8)
    #expect(RawText.bytes(RawText.text(typed)) == typed && RawText.isRaw(RawText.text(typed)))
  }

  @Test("for people it is read as GB 18030, else byte by byte")
  func shown() {
    #expect(RawText.shown(RawText.text([0xBB, 0xE1, 0xD2, 0xE9, 0x2E, 0x61])) == "会议.a")
    #expect(RawText.shown(RawText.text([0xFF, 0x0A, 0x61])) == "%FF⏎a")
  }

  private struct SplitMix {
    var state: UInt64
    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var value = state
      value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
      value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
      return value ^ (value >> 31)
    }
  }
}
