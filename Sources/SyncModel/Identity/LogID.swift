/// What a log is for: who writes it and who reads it (protocol §8).
public enum Channel: UInt8, CaseIterable, Sendable {
  /// 下发: directory, devices, templates, campaigns.
  case notices = 1
  /// 上报: the unit's answers, activities, submissions.
  case answers = 2
  /// 本单位底稿: never leaves the unit's own devices but sealed.
  case `internal` = 3
  /// 督查: about the unit, seen only above it.
  case inspection = 4
}

/// (unit, channel): the domain of causality, of access and of replication, and the shard key.
public struct LogID: Hashable, Comparable, Sendable {
  public let unit: UnitPath
  public let channel: Channel

  public init(_ unit: UnitPath, _ channel: Channel) {
    self.unit = unit
    self.channel = channel
  }

  /// - Throws: ``CodecError`` unless ``key`` could have made these bytes.
  public init(key: [UInt8]) throws(CodecError) {
    guard let last = key.last, let channel = Channel(rawValue: last) else {
      throw .invalid(what: "channel", offset: max(0, key.count - 1))
    }
    self.init(try UnitPath(key: Array(key.dropLast())), channel)
  }

  /// Path bytes, then the channel byte. Ordered by it, a unit's logs come before those of the units below it.
  public var key: [UInt8] { unit.key + [channel.rawValue] }

  public static let keyByteLimit = UnitPath.depthLimit * (UnitPath.segmentByteLimit + 1) + 1

  public static func < (left: Self, right: Self) -> Bool {
    // As the keys order: a channel's byte is below any byte of a segment.
    left.unit != right.unit ? left.unit < right.unit : left.channel.rawValue < right.channel.rawValue
  }
}

extension LogID: CustomStringConvertible {
  public var description: String { "\(unit)#\(channel)" }
}
