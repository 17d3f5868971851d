import Crypto
import CryptoExtras
import Foundation

/// The format of a backup's outside: age v1 with one scrypt recipient (age-encryption.org/v1), so that a backup opens with
/// `age --decrypt` even where this program is gone. The key comes from the passphrase; the content is cut into chunks of
/// 64 KiB, each sealed with its number and whether it is the last, so that no change, cut or reordering goes unnoticed.
enum SealedFile {
  static let versionLine = "age-encryption.org/v1"
  static let chunkByteCount = 64 << 10
  static let tagByteCount = 16
  static let saltByteCount = 16
  static let fileKeyByteCount = 16
  static let nonceByteCount = 16
  /// log2 of scrypt's N, with r = 8 and p = 1: 128 MiB of memory, about a third of a second.
  static let workFactor = 17
  /// What a file may ask of this machine: 1 GiB.
  static let workFactorLimit = 20
  static let headerByteLimit = 1024

  /// The key that wraps the file key.
  static func wrappingKey(_ passphrase: BackupPassphrase, salt: [UInt8], workFactor: Int) throws -> SymmetricKey {
    try KDF.Scrypt.deriveKey(
      from: passphrase.bytes, salt: Array("\(versionLine)/scrypt".utf8) + salt, outputByteCount: 32,
      rounds: 1 << workFactor, blockSize: 8, parallelism: 1)
  }

  static func derived(_ fileKey: SymmetricKey, salt: [UInt8], info: String) -> SymmetricKey {
    HKDF<SHA256>.deriveKey(inputKeyMaterial: fileKey, salt: salt, info: Array(info.utf8), outputByteCount: 32)
  }

  /// Eleven bytes of counter, one that marks the last chunk.
  static func nonce(_ counter: UInt64, isLast: Bool) throws -> ChaChaPoly.Nonce {
    let number = (0..<8).reversed().map { UInt8(truncatingIfNeeded: counter >> (8 * UInt64($0))) }
    return try ChaChaPoly.Nonce(data: [0, 0, 0] + number + [isLast ? 1 : 0])
  }

  static let zeroNonce = [UInt8](repeating: 0, count: 12)

  static func base64(_ bytes: some Sequence<UInt8>) -> String {
    Data(Array(bytes)).base64EncodedString().replacing("=", with: "")
  }

  /// nil unless `text` is the one unpadded form of its bytes.
  static func bytes(base64 text: Substring) -> [UInt8]? {
    let padded = String(text) + String(repeating: "=", count: (4 - text.count % 4) % 4)
    guard !text.contains("="), let data = Data(base64Encoded: padded), base64(data) == text else { return nil }
    return [UInt8](data)
  }
}

/// Seals what is written to it, chunk by chunk: memory stays flat.
struct SealedFileWriter {
  private let file: FileHandle
  private let key: SymmetricKey
  private var pending: [UInt8] = []
  private var counter: UInt64 = 0

  init(to file: FileHandle, passphrase: BackupPassphrase, workFactor: Int = SealedFile.workFactor) throws {
    self.file = file
    var generator = SystemRandomNumberGenerator()
    func random(_ count: Int) -> [UInt8] { (0..<count).map { _ in .random(in: 0...255, using: &generator) } }
    let salt = random(SealedFile.saltByteCount)
    let fileKey = SymmetricKey(data: random(SealedFile.fileKeyByteCount))
    let wrapped = try ChaChaPoly.seal(
      fileKey.withUnsafeBytes { Array($0) },
      using: SealedFile.wrappingKey(passphrase, salt: salt, workFactor: workFactor),
      nonce: ChaChaPoly.Nonce(data: SealedFile.zeroNonce))
    let header =
      "\(SealedFile.versionLine)\n-> scrypt \(SealedFile.base64(salt)) \(workFactor)\n"
      + "\(SealedFile.base64(wrapped.ciphertext + wrapped.tag))\n---"
    let code = HMAC<SHA256>.authenticationCode(
      for: Array(header.utf8), using: SealedFile.derived(fileKey, salt: [], info: "header"))
    let nonce = random(SealedFile.nonceByteCount)
    key = SealedFile.derived(fileKey, salt: nonce, info: "payload")
    try file.writeWhole(Array("\(header) \(SealedFile.base64(code))\n".utf8) + nonce)
  }

  mutating func write(_ bytes: some Collection<UInt8>) throws {
    pending += bytes
    // A full chunk is kept back until something follows it: the last one is marked.
    while pending.count > SealedFile.chunkByteCount {
      try seal(pending.prefix(SealedFile.chunkByteCount), isLast: false)
      pending.removeFirst(SealedFile.chunkByteCount)
    }
  }

  mutating func finish() throws {
    try seal(pending[...], isLast: true)
    pending = []
  }

  private mutating func seal(_ chunk: ArraySlice<UInt8>, isLast: Bool) throws {
    let box = try ChaChaPoly.seal(chunk, using: key, nonce: SealedFile.nonce(counter, isLast: isLast))
    counter += 1
    try file.writeWhole(Array(box.ciphertext + box.tag))
  }
}

/// Opens a sealed file, chunk by chunk. What it hands out is genuine, but only ``next()``'s nil says that it was all:
/// nothing may be used before.
struct SealedFileReader {
  private let file: FileHandle
  private let key: SymmetricKey
  private var ahead: [UInt8] = []
  private var counter: UInt64 = 0
  private var isDone = false

  /// Bytes handed out so far.
  private(set) var offset = 0

  /// - Throws: ``BackupError/notABackup``, ``BackupError/wrongPassphrase``.
  init(_ file: FileHandle, passphrase: BackupPassphrase) throws {
    self.file = file
    var start = try file.readWhole(SealedFile.headerByteLimit)
    guard let text = String(bytes: start.prefix { $0 < 0x80 }, encoding: .ascii) else { throw BackupError.notABackup }
    let lines = text.split(separator: "\n", maxSplits: 4, omittingEmptySubsequences: false)
    guard lines.count == 5, lines[0] == SealedFile.versionLine else { throw BackupError.notABackup }
    let stanza = lines[1].split(separator: " ", omittingEmptySubsequences: false)
    let closing = lines[3].split(separator: " ", omittingEmptySubsequences: false)
    guard stanza.count == 4, stanza[0] == "->", stanza[1] == "scrypt", closing.count == 2, closing[0] == "---",
      let salt = SealedFile.bytes(base64: stanza[2]), salt.count == SealedFile.saltByteCount,
      let workFactor = Int(stanza[3]), (1...SealedFile.workFactorLimit).contains(workFactor),
      String(workFactor) == stanza[3],
      let wrapped = SealedFile.bytes(base64: lines[2]),
      wrapped.count == SealedFile.fileKeyByteCount + SealedFile.tagByteCount,
      let code = SealedFile.bytes(base64: closing[1])
    else { throw BackupError.notABackup }
    guard
      let fileKey = try? ChaChaPoly.open(
        ChaChaPoly.SealedBox(combined: SealedFile.zeroNonce + wrapped),
        using: SealedFile.wrappingKey(passphrase, salt: salt, workFactor: workFactor)
      )
    else { throw BackupError.wrongPassphrase }
    let unwrapped = SymmetricKey(data: fileKey)
    let header = lines[0...2].map { $0 + "\n" }.joined() + "---"
    guard
      HMAC<SHA256>.isValidAuthenticationCode(
        code, authenticating: Array(header.utf8), using: SealedFile.derived(unwrapped, salt: [], info: "header"))
    else { throw BackupError.wrongPassphrase }
    let headerByteCount = lines[0...3].reduce(0) { $0 + $1.utf8.count + 1 }
    start.removeFirst(headerByteCount)
    if start.count < SealedFile.nonceByteCount {
      start += try file.readWhole(SealedFile.nonceByteCount - start.count)
    }
    guard start.count >= SealedFile.nonceByteCount else { throw BackupError.damaged(at: 0) }
    key = SealedFile.derived(unwrapped, salt: Array(start.prefix(SealedFile.nonceByteCount)), info: "payload")
    ahead = Array(start.dropFirst(SealedFile.nonceByteCount))
    try fill()
  }

  /// The next chunk; nil once the whole file has been read and found whole.
  /// - Throws: ``BackupError/damaged(at:)``.
  mutating func next() throws -> [UInt8]? {
    if isDone { return nil }
    let chunk = ahead
    ahead = []
    try fill()
    isDone = ahead.isEmpty
    guard chunk.count >= SealedFile.tagByteCount, counter == 0 || chunk.count > SealedFile.tagByteCount,
      let box = try? ChaChaPoly.SealedBox(
        nonce: SealedFile.nonce(counter, isLast: isDone), ciphertext: chunk.dropLast(SealedFile.tagByteCount),
        tag: chunk.suffix(SealedFile.tagByteCount)),
      let clear = try? ChaChaPoly.open(box, using: key)
    else { throw BackupError.damaged(at: offset) }
    counter += 1
    offset += clear.count
    return [UInt8](clear)
  }

  private mutating func fill() throws {
    ahead += try file.readWhole(SealedFile.chunkByteCount + SealedFile.tagByteCount - ahead.count)
  }
}

extension FileHandle {
  /// - Throws: ``WorkspaceError/diskFull``, ``WorkspaceError/storage(_:)``.
  func writeWhole(_ bytes: [UInt8]) throws {
    switch Platform.write(bytes, to: fileDescriptor) {
    case 0: return
    case let error where Platform.fullDiskErrors.contains(error): throw WorkspaceError.diskFull
    case let error: throw WorkspaceError.storage("\(error)")
    }
  }

  /// Up to `count` bytes, fewer only at the end of the file.
  func readWhole(_ count: Int) throws -> [UInt8] {
    var bytes: [UInt8] = []
    while bytes.count < count {
      let next: Data?
      do { next = try read(upToCount: count - bytes.count) } catch { throw WorkspaceError.storage("\(error)") }
      guard let next, !next.isEmpty else { break }
      bytes += next
    }
    return bytes
  }
}
