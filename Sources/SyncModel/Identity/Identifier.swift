/// 16 opaque bytes, random or the start of a SHA-256; `Tag` keeps one kind from being passed for another.
/// Ordered as its bytes are.
public struct Identifier<Tag>: Hashable, Comparable, Sendable {
  public let high: UInt64
  public let low: UInt64

  public static var byteCount: Int { 16 }

  public init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// nil unless `bytes` holds exactly 16 bytes.
  public init?(bytes: some Collection<UInt8>) {
    self.init(bytes: Array(bytes))
  }

  /// nil unless `bytes` holds exactly 16 bytes.
  public init?(bytes: [UInt8]) {
    guard bytes.count == Self.byteCount else { return nil }
    let (high, low) = bytes.withUnsafeBytes {
      ($0.loadUnaligned(as: UInt64.self), $0.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
    }
    self.init(high: UInt64(bigEndian: high), low: UInt64(bigEndian: low))
  }

  /// nil unless `hex` is 32 hexadecimal digits.
  public init?(hex: String) {
    guard let bytes = Hex.decode(hex) else { return nil }
    self.init(bytes: bytes)
  }

  public var bytes: [UInt8] {
    var writer = ByteWriter(capacity: Self.byteCount)
    writer.id(self)
    return writer.bytes
  }

  public var isZero: Bool { high == 0 && low == 0 }

  public static func < (left: Self, right: Self) -> Bool {
    left.high != right.high ? left.high < right.high : left.low < right.low
  }
}

extension Identifier: CustomStringConvertible {
  /// 32 hexadecimal digits.
  public var description: String { Hex.encode(bytes) }

  /// The first 8 hexadecimal digits: enough for people to tell devices of a school apart.
  public var short: String { String(description.prefix(8)) }
}

public enum SchoolTag {}
public enum DeviceTag {}
public enum ReplicaTag {}
public enum IncarnationTag {}
public enum PersonTag {}
public enum SubjectTag {}
public enum ElementTag {}
public enum StoreTag {}
public enum FilesTag {}
public enum SecretTag {}
public enum SaltTag {}

/// First 16 bytes of SHA-256(tag ‖ rehearsal flag ‖ root public key).
public typealias SchoolID = Identifier<SchoolTag>
/// First 16 bytes of SHA-256(tag ‖ device public key).
public typealias DeviceID = Identifier<DeviceTag>
/// First 16 bytes of SHA-256(tag ‖ school ‖ device public key ‖ incarnation).
public typealias ReplicaID = Identifier<ReplicaTag>
/// Random; drawn anew whenever a replica's past is in doubt.
public typealias Incarnation = Identifier<IncarnationTag>
/// Random; the person's name is a register's value.
public typealias PersonID = Identifier<PersonTag>
/// What a register speaks about: a campaign, a unit, a device, a document, an activity ….
public typealias SubjectID = Identifier<SubjectTag>
/// One element of an add-wins set; zero where a register is not in a set.
public typealias ElementID = Identifier<ElementTag>
/// One database's life: drawn when it is created and when it announces a restore.
public typealias StoreID = Identifier<StoreTag>
/// Random; drawn anew whenever a store has lost a file (protocol §13).
public typealias FilesMark = Identifier<FilesTag>
/// From which the salts of one batch derive one-way.
public typealias BatchSecret = Identifier<SecretTag>
/// Hides one value behind its digest.
public typealias Salt = Identifier<SaltTag>
