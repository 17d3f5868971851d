import SyncModel
import SyncTesting
import Testing

/// Names as bytes: what is read quickly is what is read carefully.
@Suite struct KeyBytesTests {
  @Test("a unit's key is read where its text is one, and nowhere else")
  func unitKeys() {
    var generator = SeededGenerator(seed: 1)
    // What ends a segment, what may stand in one, what may not, and the first bytes of other characters.
    let bytes: [UInt8] = [0, 0, 0x20, 0x21, 0x2e, 0x2f, 0x30, 0x61, 0x61, 0x7a, 0x7e, 0x7f, 0x1f, 0xe4, 0xb8, 0x80]
    var read = 0
    for _ in 0..<20_000 {
      let key = (0..<generator.below(8)).map { _ in bytes[generator.below(bytes.count)] } + [0]
      let text = String(validating: key.dropLast(), as: UTF8.self)
        .flatMap { $0.contains("/") ? nil : UnitPath($0.replacing("\0", with: "/")) }
      let path = try? UnitPath(key: key)
      #expect(path == text)
      if let path {
        #expect(path.key == key)
        read += 1
      }
    }
    #expect(read > 1000, "too few were paths")
  }

  @Test(
    "a key of too many or too long segments is none",
    arguments: [(8, 64, true), (9, 1, false), (1, 65, false), (0, 0, false)])
  func bounds(_ segments: Int, _ length: Int, _ isPath: Bool) {
    let key = (0..<segments).flatMap { _ in Array(repeating: UInt8(ascii: "a"), count: length) + [0] }
    #expect(((try? UnitPath(key: key)) != nil) == isPath)
    #expect((try? UnitPath(key: key + [UInt8(ascii: "a")])) == nil)
  }

  @Test("an identifier reads its bytes in their order, whatever they stand in")
  func identifiers() {
    let bytes = (1...16).map { UInt8($0) }
    let id = SubjectID(high: 0x0102_0304_0506_0708, low: 0x090a_0b0c_0d0e_0f10)
    #expect(SubjectID(bytes: bytes) == id && SubjectID(bytes: ([0] + bytes)[1...]) == id && id.bytes == bytes)
    #expect(SubjectID(bytes: Array(bytes.dropLast())) == nil && SubjectID(bytes: bytes + [0]) == nil)
  }
}
