import SyncModel

/// Carries bytes and treats them badly: packets get lost, come twice, overtake each other, stay under way for as long as the
/// generator likes, and are cut in the middle. It never changes a byte; that is what the hostile-bytes tests do.
///
/// `Address` says where a packet goes and what it belongs to.
public struct FaultyNetwork<Address: Sendable>: Sendable {
  public struct Packet: Sendable {
    public var address: Address
    public var bytes: [UInt8]
    /// Not delivered before, on a manual clock.
    public var dueMilliseconds: UInt64

    public init(_ address: Address, bytes: [UInt8], dueMilliseconds: UInt64 = 0) {
      self.address = address
      self.bytes = bytes
      self.dueMilliseconds = dueMilliseconds
    }
  }

  /// What became of a packet.
  public struct Fate: Sendable {
    public var isLost = false
    public var isDoubled = false
    public var isCut = false
  }

  public var lossPercent: Int
  public var duplicationPercent: Int
  public var cutPercent: Int
  public private(set) var underway: [Packet] = []

  public init(lossPercent: Int = 15, duplicationPercent: Int = 15, cutPercent: Int = 0) {
    self.lossPercent = lossPercent
    self.duplicationPercent = duplicationPercent
    self.cutPercent = cutPercent
  }

  @discardableResult
  public mutating func send(_ packet: Packet, _ generator: inout SeededGenerator) -> Fate {
    var fate = Fate()
    if generator.chance(percent: lossPercent) {
      fate.isLost = true
      return fate
    }
    var packet = packet
    if cutPercent > 0, !packet.bytes.isEmpty, generator.chance(percent: cutPercent) {
      packet.bytes.removeLast(generator.int(in: 1...packet.bytes.count))
      fate.isCut = true
    }
    underway.append(packet)
    if generator.chance(percent: duplicationPercent) {
      underway.append(packet)
      fate.isDoubled = true
    }
    return fate
  }

  /// Any packet that is under way and due, not the oldest; nil where none is.
  public mutating func receive(at milliseconds: UInt64 = .max, _ generator: inout SeededGenerator) -> Packet? {
    let due = underway.indices.filter { underway[$0].dueMilliseconds <= milliseconds }
    return generator.pick(due).map { underway.remove(at: $0) }
  }

  /// Everything under way is lost.
  public mutating func clear() { underway = [] }
}
