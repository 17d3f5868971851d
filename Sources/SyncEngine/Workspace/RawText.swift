import Foundation
import SyncModel

/// Bytes of the command line as text that can be taken back. What is UTF-8 is itself; of anything else, each byte that does not
/// belong to a character stands as a scalar of its own (U+10FE80 … U+10FEFF), as in no text that people write.
public enum RawText {
  private static let base: UInt32 = 0x10FE00

  public static func text(_ bytes: some Collection<UInt8>) -> String {
    if let text = String(validating: bytes, as: UTF8.self), !isRaw(text) { return text }
    var text = ""
    var rest = Array(bytes)[...]
    while let first = rest.first {
      let character = (1...4).lazy.compactMap { count -> (Int, Unicode.Scalar)? in
        guard count <= rest.count, let text = String(validating: rest.prefix(count), as: UTF8.self),
          let scalar = text.unicodeScalars.first, text.unicodeScalars.count == 1, !isByte(scalar)
        else { return nil }
        return (count, scalar)
      }.first
      if let (count, scalar) = character {
        text.unicodeScalars.append(scalar)
        rest = rest.dropFirst(count)
      } else {
        if let scalar = Unicode.Scalar(base + UInt32(first)) { text.unicodeScalars.append(scalar) }
        rest = rest.dropFirst()
      }
    }
    return text
  }

  /// What ``text(_:)`` was made of.
  public static func bytes(_ text: String) -> [UInt8] {
    text.unicodeScalars.flatMap { isByte($0) ? [UInt8($0.value - base)] : Array(String($0).utf8) }
  }

  /// True where `text` stands for bytes that are no UTF-8.
  public static func isRaw(_ text: String) -> Bool { text.unicodeScalars.contains(where: isByte) }

  private static func isByte(_ scalar: Unicode.Scalar) -> Bool { (base + 0x80...base + 0xFF).contains(scalar.value) }

  /// GB 18030, in which Chinese Windows names files, among Foundation's external encodings.
  private static let gb18030 = String.Encoding(rawValue: 0x8000_0632)

  /// The bytes read as GB 18030; nil where they are none.
  public static func gb18030(_ bytes: some Collection<UInt8>) -> String? {
    String(data: Data(bytes), encoding: gb18030)
  }

  /// `text` for people: read as GB 18030 where that is valid, else with `%BA` for a byte.
  public static func shown(_ text: String) -> String {
    if !isRaw(text) { return text }
    if let read = gb18030(bytes(text)) { return VisibleText.line(read) }
    let shown = text.unicodeScalars.map {
      isByte($0) ? "%" + String($0.value - base, radix: 16, uppercase: true) : String($0)
    }
    return VisibleText.line(shown.joined())
  }

  /// The arguments of this process, without the program's name, byte for byte.
  public static var arguments: [String] {
    (1..<max(1, Int(CommandLine.argc))).compactMap { index in
      CommandLine.unsafeArgv[index].map { text(UnsafeRawBufferPointer(start: $0, count: strlen($0))) }
    }
  }
}
