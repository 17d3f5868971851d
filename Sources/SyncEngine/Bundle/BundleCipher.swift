import Crypto
import Foundation
import SyncModel

/// Seals a bundle's chunks one by one under its content key: a nonce says where a chunk stands and whether it is the last
/// (STREAM, Hoang et al. 2015), so that a chunk moved, repeated, left out or cut off does not open.
struct BundleCipher: Sendable {
  private let key: SymmetricKey
  /// Binds every chunk to its own header.
  private let associated: [UInt8]

  static let tagByteCount = 16

  /// - Parameter head: all bytes of the file before the first chunk.
  init(key: [UInt8], head: [UInt8]) {
    self.key = SymmetricKey(data: key)
    associated = Hashing.sha256(head).bytes
  }

  /// `varint last (0 or 1) ‖ blob (ciphertext ‖ tag)`.
  func seal(_ clear: [UInt8], index: Int, isLast: Bool) throws -> [UInt8] {
    let box = try ChaChaPoly.seal(
      clear, using: key, nonce: Self.nonce(index, isLast), authenticating: associated)
    var writer = ByteWriter(capacity: clear.count + 32)
    writer.byte(isLast ? 1 : 0)
    writer.lengthPrefixed(box.ciphertext + box.tag)
    return writer.bytes
  }

  /// nil where the box does not belong here.
  func open(_ box: [UInt8], index: Int, isLast: Bool) -> [UInt8]? {
    guard box.count >= Self.tagByteCount, let nonce = try? Self.nonce(index, isLast),
      let sealed = try? ChaChaPoly.SealedBox(
        nonce: nonce, ciphertext: box.dropLast(Self.tagByteCount), tag: box.suffix(Self.tagByteCount)),
      let clear = try? ChaChaPoly.open(sealed, using: key, authenticating: associated)
    else { return nil }
    return [UInt8](clear)
  }

  /// u64 position ‖ 0 0 0 ‖ last.
  private static func nonce(_ index: Int, _ isLast: Bool) throws -> ChaChaPoly.Nonce {
    var writer = ByteWriter(capacity: 12)
    writer.bigEndian(UInt64(index))
    writer.raw([0, 0, 0, isLast ? 1 : 0])
    return try ChaChaPoly.Nonce(data: writer.bytes)
  }
}
