/// The shape of a benchmark's workload: many units, a few devices each, people who fill in items one field at a time, and a
/// small share of edits made on two devices that did not see each other.
///
/// It is a function of its numbers: the same plan gives the same edits on every platform.
public struct EditPlan: Hashable, Codable, Sendable {
  public var units = 600
  public var devices = 2
  /// Items of the checklist; each has the three fields of ``EditField``.
  public var items = 100
  /// In total, spread evenly over the units.
  public var edits = 100_000
  /// The share of edits that belong to a concurrent pair, in thousandths.
  public var concurrentPerMille = 20
  public var seed: UInt64 = 1

  public init() {}

  /// The chance of going on at a device drawn anew before an edit: with two devices, runs of about 20 edits at one.
  public static let redrawPercent = 10
  /// Over so long a time a unit's edits are spread.
  public static let spanMilliseconds: UInt64 = 30 * 86_400_000
  /// 2025-10-09: where the clocks of all units begin, within a minute.
  public static let startMilliseconds: UInt64 = 1_760_000_000_000

  /// Edits of unit `unit`, `base` or one more, so that the sum is ``edits``.
  public func count(ofUnit unit: Int) -> Int {
    edits / units + (unit < edits % units ? 1 : 0)
  }
}

/// What is filled in for an item.
public enum EditField: String, CaseIterable, Codable, Sendable {
  /// One of four words.
  case status
  /// 0…4.
  case score
  /// A remark of 10 to 60 characters.
  case remark
}

/// One field filled in on one device.
public struct Edit: Hashable, Sendable {
  public var unit: Int
  public var device: Int
  /// Counts a device's edits from 1, no gaps.
  public var seq: UInt32
  /// Grows strictly within a unit.
  public var milliseconds: UInt64
  public var item: Int
  public var field: EditField
  public var value: EditValue
  /// By device: the highest seq of an edit of this item and field that the writer had seen; 0 for none.
  public var seen: [UInt32]

  public init(
    unit: Int, device: Int, seq: UInt32, milliseconds: UInt64, item: Int, field: EditField, value: EditValue,
    seen: [UInt32]
  ) {
    self.unit = unit
    self.device = device
    self.seq = seq
    self.milliseconds = milliseconds
    self.item = item
    self.field = field
    self.value = value
    self.seen = seen
  }
}

public enum EditValue: Hashable, Sendable {
  case text(String)
  case number(Int)

  /// What a peer without types of its own would have to carry: UTF-8, or one byte for a number of one digit.
  public var payloadBytes: Int {
    switch self {
    case .text(let text): text.utf8.count
    case .number(let number): String(number).utf8.count
    }
  }
}
