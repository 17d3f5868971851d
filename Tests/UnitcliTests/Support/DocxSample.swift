/// A small guide as a .docx, in invented wording.
enum DocxSample {
  static var bytes: [UInt8] { stored("word/document.xml", Array(document.utf8)) }

  private static let rows = [
    ["一级指标", "二级指标"], ["1.卫生", "（1）每月召开1次楼长会。\n（2）组织太科生打扫。"], ["2.安全", "（1）不私拉电线，每年不少于32学时。"],
  ]

  private static var document: String {
    let table = rows.map { row in
      "<w:tr>" + row.map { "<w:tc>" + $0.split(separator: "\n").map(paragraph).joined() + "</w:tc>" }.joined()
        + "</w:tr>"
    }
    return
      "<?xml version=\"1.0\"?><w:document xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\">"
      + "<w:body>\(paragraph("宿舍指南"))<w:tbl>\(table.joined())</w:tbl></w:body></w:document>"
  }

  private static func paragraph(_ text: some StringProtocol) -> String { "<w:p><w:r><w:t>\(text)</w:t></w:r></w:p>" }

  /// A zip archive of one entry that is not compressed (APPNOTE 4.3).
  private static func stored(_ name: String, _ content: [UInt8]) -> [UInt8] {
    func little(_ value: Int, _ count: Int) -> [UInt8] {
      (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
    let sizes = little(Int(crc32(content)), 4) + little(content.count, 4) + little(content.count, 4)
    let common =
      little(20, 2) + little(0, 2) + little(0, 2) + little(0, 4) + sizes + little(name.utf8.count, 2) + little(0, 2)
    let local = little(0x0403_4B50, 4) + common + Array(name.utf8) + content
    let entry = little(0x0201_4B50, 4) + little(20, 2) + common + little(0, 2 + 2 + 2 + 4 + 4) + Array(name.utf8)
    let end =
      little(0x0605_4B50, 4) + little(0, 4) + little(1, 2) + little(1, 2) + little(entry.count, 4)
      + little(local.count, 4)
    return local + entry + end + little(0, 2)
  }

  private static func crc32(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(~UInt32(0)) { sum, byte in
      (0..<8).reduce(sum ^ UInt32(byte)) { value, _ in value >> 1 ^ (value & 1 == 1 ? 0xEDB8_8320 : 0) }
    }
  }
}
