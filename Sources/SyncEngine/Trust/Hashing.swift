import CNettle
import SyncModel

/// SHA-256 as it goes along. Its state is a value: chains are hashed entry by entry, five short hashes each, and an object for each
/// costs more than the hash.
struct SHA256Stream {
  private var context = sha256_ctx()

  init() { nettle_sha256_init(&context) }

  mutating func update(_ bytes: UnsafeRawBufferPointer) {
    guard let start = bytes.baseAddress else { return }
    nettle_sha256_update(&context, bytes.count, start.assumingMemoryBound(to: UInt8.self))
  }

  mutating func update(_ bytes: [UInt8]) { bytes.withUnsafeBytes { update($0) } }

  mutating func update(_ bytes: ArraySlice<UInt8>) { bytes.withUnsafeBytes { update($0) } }

  mutating func update(_ digest: Digest256) {
    let words = (digest.a.bigEndian, digest.b.bigEndian, digest.c.bigEndian, digest.d.bigEndian)
    withUnsafeBytes(of: words) { update($0) }
  }

  mutating func update<Tag>(_ id: Identifier<Tag>) {
    withUnsafeBytes(of: (id.high.bigEndian, id.low.bigEndian)) { update($0) }
  }

  mutating func finish() -> Digest256 {
    var words = (UInt64(0), UInt64(0), UInt64(0), UInt64(0))
    withUnsafeMutableBytes(of: &words) { bytes in
      guard let start = bytes.baseAddress else { return }
      nettle_sha256_digest(&context, bytes.count, start.assumingMemoryBound(to: UInt8.self))
    }
    return Digest256(
      a: UInt64(bigEndian: words.0), b: UInt64(bigEndian: words.1), c: UInt64(bigEndian: words.2),
      d: UInt64(bigEndian: words.3))
  }
}

/// SHA-256 with the project's labels.
enum Hashing {
  static func sha256(_ bytes: [UInt8]) -> Digest256 { bytes.withUnsafeBytes { sha256($0) } }

  static func sha256(_ bytes: ArraySlice<UInt8>) -> Digest256 { bytes.withUnsafeBytes { sha256($0) } }

  static func sha256(_ bytes: UnsafeRawBufferPointer) -> Digest256 {
    var stream = SHA256Stream()
    stream.update(bytes)
    return stream.finish()
  }

  static func labelled(_ label: Label, _ parts: [UInt8]...) -> Digest256 { labelled(label, parts) }

  private static func labelled(_ label: Label, _ parts: [[UInt8]]) -> Digest256 {
    var stream = SHA256Stream()
    stream.update(label.prefix)
    for part in parts { stream.update(part) }
    return stream.finish()
  }

  /// The first 16 bytes of a labelled hash, as an identifier.
  static func identifier<Tag>(_ label: Label, _ parts: [UInt8]...) -> Identifier<Tag> {
    let digest = labelled(label, parts)
    return Identifier(high: digest.a, low: digest.b)
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

extension FeedGenesis {
  /// True where a feed under that name may begin with this record.
  func opens(_ replica: ReplicaID, in log: LogID, of school: SchoolID) -> Bool {
    self.school == school && self.log == log
      && replica == ReplicaID(school: school, deviceKey: deviceKey, incarnation: incarnation)
  }
}

extension SubjectID {
  /// The directory's subject for a unit: two administrators who add one path write the same register.
  public init(unit: UnitPath) {
    self = Hashing.identifier(.unit, unit.key)
  }

  /// A ledger that comes with the product and stands outside any campaign: the same everywhere.
  public init(ledger slug: String) {
    self = Hashing.identifier(.ledger, Array(slug.utf8))
  }

  public init(_ device: DeviceID) { self.init(high: device.high, low: device.low) }
  public init(_ person: PersonID) { self.init(high: person.high, low: person.low) }
}

extension Template {
  /// What names this template for ever: SHA-256 over its canonical bytes.
  public var hash: Digest256 { Hashing.sha256(bytes) }
}
