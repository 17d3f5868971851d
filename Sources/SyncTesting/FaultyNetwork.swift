import SyncModel

/// Carries bytes between numbered sites and treats them badly: packets get lost, come twice, overtake each other and stay
/// under way for as long as the generator likes. It never changes a byte; that is what the hostile-bytes tests do.
public struct FaultyNetwork: Sendable {
  public struct Packet: Sendable {
    public var receiver: Int
    public var bytes: [UInt8]

    public init(receiver: Int, bytes: [UInt8]) {
      self.receiver = receiver
      self.bytes = bytes
    }
  }

  public var lossPercent: Int
  public var duplicationPercent: Int
  public private(set) var underway: [Packet] = []

  public init(lossPercent: Int = 15, duplicationPercent: Int = 15) {
    self.lossPercent = lossPercent
    self.duplicationPercent = duplicationPercent
  }

  public mutating func send(_ packet: Packet, _ generator: inout SeededGenerator) {
    if generator.chance(percent: lossPercent) { return }
    underway.append(packet)
    if generator.chance(percent: duplicationPercent) { underway.append(packet) }
  }

  /// Any packet that is under way, not the oldest; nil where none is.
  public mutating func receive(_ generator: inout SeededGenerator) -> Packet? {
    underway.isEmpty ? nil : underway.remove(at: generator.below(underway.count))
  }
}
