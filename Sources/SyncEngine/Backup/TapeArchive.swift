import Foundation
import SyncModel

/// The inside of a backup: a tar archive (POSIX ustar) of plain files and folders, which any system's `tar` reads. Written
/// here because the archive library belongs to the room above, and because so little of the format is needed.
enum TapeArchive {
  static let blockByteCount = 512
  /// Deeper, longer or more than anything a workspace holds.
  static let depthLimit = 8
  static let nameByteLimit = 255
  static let memberLimit = 4_000_000

  struct Member: Hashable {
    /// As ``RawText`` writes it: names of files need not be UTF-8.
    var name: String
    var isFolder: Bool
    var byteCount: Int
  }

  fileprivate enum Field {
    static let name = 0..<100
    static let mode = 100..<108
    static let size = 124..<136
    static let time = 136..<148
    static let checksum = 148..<156
    static let kind = 156
    static let magic = 257..<265
    static let prefix = 345..<500
  }

  fileprivate static let magic = Array("ustar\u{0}00".utf8)

  /// Relative, without `.` or `..`: it cannot lead out of the folder it is unpacked into.
  static func isSafe(_ name: String) -> Bool {
    let bytes = RawText.bytes(name)
    let parts = bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    return !bytes.isEmpty && bytes.count <= nameByteLimit && parts.count <= depthLimit
      && parts.allSatisfy { part in
        !part.isEmpty && !part.elementsEqual(".".utf8) && !part.elementsEqual("..".utf8)
          && part.allSatisfy { $0 > 0x1f && $0 != 0x7f && $0 != UInt8(ascii: "\\") }
      }
  }

  /// - Throws: ``BackupError/malformed(_:)`` for a name that does not fit.
  static func header(_ member: Member) throws -> [UInt8] {
    var block = [UInt8](repeating: 0, count: blockByteCount)
    func put(_ bytes: [UInt8], at range: Range<Int>) { block.replaceSubrange(range.prefix(bytes.count), with: bytes) }
    func octal(_ number: Int, at range: Range<Int>) {
      let digits = String(number, radix: 8)
      put(Array((String(repeating: "0", count: range.count - 1 - digits.count) + digits).utf8), at: range)
    }
    let (prefix, name) = try split(member.name)
    put(name, at: Field.name)
    put(prefix, at: Field.prefix)
    octal(member.isFolder ? 0o700 : 0o600, at: Field.mode)
    octal(0, at: 108..<116)
    octal(0, at: 116..<124)
    if member.byteCount < 1 << 33 {
      octal(member.byteCount, at: Field.size)
    } else {
      // Beyond 8 GiB the number is binary, marked by the first bit.
      put(
        [0x80, 0, 0, 0] + (0..<8).reversed().map { UInt8(truncatingIfNeeded: member.byteCount >> (8 * $0)) },
        at: Field.size)
    }
    octal(0, at: Field.time)
    put(Array(repeating: UInt8(ascii: " "), count: 8), at: Field.checksum)
    block[Field.kind] = UInt8(ascii: member.isFolder ? "5" : "0")
    put(magic, at: Field.magic)
    let sum = String(block.reduce(0) { $0 + Int($1) }, radix: 8)
    put(Array((String(repeating: "0", count: 6 - sum.count) + sum + "\u{0} ").utf8), at: Field.checksum)
    return block
  }

  /// A name of up to 100 bytes as it is; a longer one is parted at a slash.
  private static func split(_ name: String) throws -> (prefix: [UInt8], name: [UInt8]) {
    let bytes = RawText.bytes(name)
    guard isSafe(name) else { throw BackupError.malformed("文件名") }
    if bytes.count <= Field.name.count { return ([], bytes) }
    for (index, byte) in bytes.enumerated() where byte == UInt8(ascii: "/") {
      if index <= Field.prefix.count, bytes.count - index - 1 <= Field.name.count {
        return (Array(bytes[..<index]), Array(bytes[(index + 1)...]))
      }
    }
    throw BackupError.malformed("文件名太长")
  }

  /// nil for a block of zeros, which ends the archive.
  static func member(_ block: [UInt8]) throws -> Member? {
    if block.allSatisfy({ $0 == 0 }) { return nil }
    func bytes(_ range: Range<Int>) -> [UInt8] { Array(block[range].prefix { $0 != 0 }) }
    func octal(_ range: Range<Int>) -> Int? {
      let digits = block[range].prefix { $0 != 0 && $0 != UInt8(ascii: " ") }
      return digits.allSatisfy { (0x30...0x37).contains($0) }
        ? Int(String(decoding: digits, as: UTF8.self), radix: 8) : nil
    }
    let spaced = block.enumerated().reduce(0) { sum, byte in
      sum + (Field.checksum.contains(byte.offset) ? 0x20 : Int(byte.element))
    }
    guard Array(block[Field.magic]) == magic, octal(Field.checksum) == spaced else {
      throw BackupError.malformed("目录项")
    }
    let prefix = bytes(Field.prefix)
    let whole = RawText.text((prefix.isEmpty ? [] : prefix + [UInt8(ascii: "/")]) + bytes(Field.name))
    let size: Int?
    if block[Field.size.lowerBound] == 0x80 {
      size = block[Field.size].dropFirst().reduce(Optional(0)) { sum, byte in
        sum.flatMap { $0 < 1 << 54 ? $0 << 8 | Int(byte) : nil }
      }
    } else {
      size = octal(Field.size)
    }
    let isFolder = block[Field.kind] == UInt8(ascii: "5")
    guard let size, isSafe(whole), isFolder ? size == 0 : block[Field.kind] == UInt8(ascii: "0") else {
      throw BackupError.malformed("文件“\(whole.prefix(40))”")
    }
    return Member(name: whole, isFolder: isFolder, byteCount: size)
  }

  static func padding(after byteCount: Int) -> Int { (blockByteCount - byteCount % blockByteCount) % blockByteCount }
}

/// Reads an archive out of a sealed file without ever holding more than a chunk.
struct TapeReader {
  private var file: SealedFileReader
  private var chunk: ArraySlice<UInt8> = []
  private var members = 0

  init(_ file: SealedFileReader) {
    self.file = file
  }

  /// The next member; nil at the archive's end, which is also the file's: the whole has then been read and found whole.
  mutating func next() throws -> TapeArchive.Member? {
    let member = try TapeArchive.member(read(TapeArchive.blockByteCount))
    if member != nil {
      members += 1
      if members > TapeArchive.memberLimit { throw BackupError.malformed("文件太多") }
      return member
    }
    var rest = chunk
    chunk = []
    while true {
      if rest.contains(where: { $0 != 0 }) { throw BackupError.malformed("末尾还有别的内容") }
      guard let next = try file.next() else { return nil }
      rest = next[...]
    }
  }

  /// Hands out a member's content piece by piece.
  mutating func content(of member: TapeArchive.Member, _ body: (ArraySlice<UInt8>) throws -> Void) throws {
    var left = member.byteCount
    while left > 0 {
      try refill()
      let piece = chunk.prefix(left)
      try body(piece)
      chunk = chunk.dropFirst(piece.count)
      left -= piece.count
    }
    _ = try read(TapeArchive.padding(after: member.byteCount))
  }

  private mutating func read(_ count: Int) throws -> [UInt8] {
    var bytes: [UInt8] = []
    while bytes.count < count {
      try refill()
      let piece = chunk.prefix(count - bytes.count)
      bytes += piece
      chunk = chunk.dropFirst(piece.count)
    }
    return bytes
  }

  private mutating func refill() throws {
    while chunk.isEmpty {
      guard let next = try file.next() else { throw BackupError.malformed("内容不完整") }
      chunk = next[...]
    }
  }
}
