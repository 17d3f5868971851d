import Crypto
import SyncModel

/// SHA-256 with the project's labels.
enum Hashing {
  static func sha256(_ bytes: [UInt8]) -> Digest256 {
    digest(SHA256.hash(data: bytes))
  }

  static func labelled(_ label: Label, _ parts: [UInt8]...) -> Digest256 {
    var hasher = SHA256()
    hasher.update(data: label.prefix)
    for part in parts { hasher.update(data: part) }
    return digest(hasher.finalize())
  }

  /// The first 16 bytes of a labelled hash, as an identifier.
  static func identifier<Tag>(_ label: Label, _ parts: [UInt8]...) -> Identifier<Tag> {
    var hasher = SHA256()
    hasher.update(data: label.prefix)
    for part in parts { hasher.update(data: part) }
    let digest = digest(hasher.finalize())
    return Identifier(high: digest.a, low: digest.b)
  }

  static func digest(_ hash: SHA256.Digest) -> Digest256 {
    hash.withUnsafeBytes { bytes in
      func word(_ offset: Int) -> UInt64 {
        UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
      }
      return Digest256(a: word(0), b: word(8), c: word(16), d: word(24))
    }
  }
}

extension SchoolID {
  /// A rehearsal school 演练 and a real one with the same key are two schools.
  public init(rootKey: [UInt8], rehearsal: Bool) {
    self = Hashing.identifier(.school, [rehearsal ? 1 : 0], rootKey)
  }
}

extension DeviceID {
  public init(key: [UInt8]) {
    self = Hashing.identifier(.device, key)
  }
}

extension ReplicaID {
  /// Nobody can open a feed under another's name: the id is a hash over the key that signs it.
  public init(school: SchoolID, deviceKey: [UInt8], incarnation: Incarnation) {
    self = Hashing.identifier(.replica, school.bytes, deviceKey, incarnation.bytes)
  }
}

extension SubjectID {
  /// The directory's subject for a unit: two administrators who add one path write the same register.
  public init(unit: UnitPath) {
    self = Hashing.identifier(.unit, unit.key)
  }

  public init(_ device: DeviceID) { self.init(high: device.high, low: device.low) }
  public init(_ person: PersonID) { self.init(high: person.high, low: person.low) }
}

extension Template {
  /// What names this template for ever: SHA-256 over its canonical bytes.
  public var hash: Digest256 { Hashing.sha256(bytes) }
}
