import SyncReports
import Testing

@Suite("QR codes")
struct QRCodeTests {
  /// Version 1-M of this text has 21 modules a side; with the quiet zone 29.
  @Test("a code has its finder patterns, a quiet zone of four and half-block lines of one width")
  func terminal() throws {
    let code = try #require(QRCode("unitsync"))
    #expect(code.size == 21)
    let lines = code.terminalLines
    #expect(lines.count == 15)
    #expect(lines.allSatisfy { $0.count == 29 })
    #expect(lines[0] == String(repeating: "█", count: 29))
    // Light is drawn: the finder pattern's upper edge is dark over a row that is dark only at its ends.
    #expect(lines[2].hasPrefix("████ ▄▄▄▄▄ █"))
    #expect(lines[2].hasSuffix("█ ▄▄▄▄▄ ████"))
  }

  @Test("what is empty or too long is no code")
  func limits() {
    #expect(QRCode("") == nil)
    #expect(QRCode(String(repeating: "长", count: 2000)) == nil)
  }

  @Test("the PNG is whole: signature, header, checksums and as many pixels as it says")
  func png() throws {
    let code = try #require(QRCode(String(repeating: "unitsync://join/", count: 20)))
    let bytes = code.png
    #expect(bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]))
    func number(_ at: Int) -> Int { bytes[at..<at + 4].reduce(0) { $0 << 8 | Int($1) } }
    let side = number(16)
    #expect(side == (code.size + 8) * 8)
    #expect(number(20) == side)
    var offset = 8
    var names: [String] = []
    var data: [UInt8] = []
    while offset < bytes.count {
      let length = number(offset)
      names.append(String(decoding: bytes[offset + 4..<offset + 8], as: UTF8.self))
      let body = bytes[offset + 4..<offset + 8 + length]
      #expect(number(offset + 8 + length) == Int(Self.crc(body)))
      if names.last == "IDAT" { data += body.dropFirst(4) }
      offset += 12 + length
    }
    #expect(names == ["IHDR", "IDAT", "IEND"])
    // Zlib's two bytes and checksum around stored blocks of five bytes each.
    let pixels = side * ((side + 7) / 8 + 1)
    #expect(data.count == 2 + pixels + 5 * ((pixels + 65534) / 65535) + 4)
  }

  /// The table-driven form, unlike the one under test.
  private static func crc(_ bytes: ArraySlice<UInt8>) -> UInt32 {
    let table = (0..<256).map { start -> UInt32 in
      var value = UInt32(start)
      for _ in 0..<8 { value = value & 1 == 1 ? 0xEDB8_8320 ^ (value >> 1) : value >> 1 }
      return value
    }
    var crc = UInt32.max
    for byte in bytes { crc = table[Int((crc ^ UInt32(byte)) & 0xFF)] ^ (crc >> 8) }
    return ~crc
  }

  @Test("the SVG draws each dark module once")
  func svg() throws {
    let code = try #require(QRCode("unitsync"))
    #expect(code.svg.contains("viewBox=\"0 0 29 29\""))
    let dark = code.svg.split(separator: "M").count - 1
    #expect((1..<21 * 21).contains(dark))
  }

  @Test(
    "file names hold nothing that a file system refuses or that leaves the folder",
    arguments: [
      ("教师一支部", "教师一支部"), ("../../etc/passwd", "_.._etc_passwd"), ("a/b\\c:d", "a_b_c_d"), ("CON", "_CON"),
      ("nul.txt", "_nul.txt"), (" . ", "_"), ("", "_"), ("甲\u{202e}乙\n丙", "甲_乙_丙"), ("支部. ", "支部"),
    ])
  func fileNames(text: String, name: String) {
    #expect(SafeFileName.name(text) == name)
    #expect(SafeFileName.name(String(repeating: text + "长", count: 200)).utf8.count <= 181)
  }
}
