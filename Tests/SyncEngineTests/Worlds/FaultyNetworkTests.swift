import SyncTesting
import Testing

/// What the simulated network may do to a packet, and what it may not.
@Suite struct FaultyNetworkTests {
  private let bytes = (0..<100).map { UInt8($0) }

  /// A thousand packets, each numbered, through one network.
  private func carried(_ network: FaultyNetwork<Int>) -> [FaultyNetwork<Int>.Packet] {
    var network = network
    var generator = SeededGenerator(seed: 1)
    for number in 0..<1000 {
      network.send(.init(number, bytes: bytes, dueMilliseconds: UInt64(number)), &generator)
    }
    var arrived: [FaultyNetwork<Int>.Packet] = []
    while let packet = network.receive(&generator) { arrived.append(packet) }
    return arrived
  }

  @Test("packets get lost, come twice and overtake each other, each as often as asked for")
  func faults() {
    let whole = carried(FaultyNetwork(lossPercent: 0, duplicationPercent: 0))
    #expect(whole.count == 1000 && whole.allSatisfy { $0.bytes == bytes })
    #expect(whole.map(\.address) != whole.map(\.address).sorted())
    let lossy = carried(FaultyNetwork(lossPercent: 20, duplicationPercent: 0))
    #expect((700...900).contains(lossy.count) && Set(lossy.map(\.address)).count == lossy.count)
    let doubling = carried(FaultyNetwork(lossPercent: 0, duplicationPercent: 20))
    #expect((1100...1300).contains(doubling.count) && Set(doubling.map(\.address)).count == 1000)
  }

  @Test("a packet that was cut is a shorter start of what was sent, never something else")
  func cuts() {
    let arrived = carried(FaultyNetwork(lossPercent: 0, duplicationPercent: 0, cutPercent: 30))
    let cut = arrived.filter { $0.bytes.count < bytes.count }
    #expect((200...400).contains(cut.count))
    #expect(arrived.allSatisfy { $0.bytes[...] == bytes.prefix($0.bytes.count) })
  }

  @Test("nothing arrives before it is due")
  func due() {
    var network = FaultyNetwork<Int>(lossPercent: 0, duplicationPercent: 0)
    var generator = SeededGenerator(seed: 1)
    for number in 0..<10 { network.send(.init(number, bytes: bytes, dueMilliseconds: UInt64(number)), &generator) }
    var early: Set<Int> = []
    while let packet = network.receive(at: 4, &generator) { early.insert(packet.address) }
    #expect(early == Set(0...4) && network.underway.count == 5)
    network.clear()
    #expect(network.receive(&generator) == nil)
  }
}
