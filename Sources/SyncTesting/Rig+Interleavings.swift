import SyncEngine
import SyncModel

extension Rig {
  /// Two replicas and one register, every way in which `writes` writes, up to `sends` transfers and their arrivals can
  /// follow each other: who writes, who sends, and which transfer arrives before which. Each run ends with everything
  /// delivered and is compared with the oracle throughout.
  ///
  /// - Parameter blind: each write twice over, by an author who looked at the screen first and by one who never did.
  /// - Returns: how many runs there were. The first write is the first replica's: the others are their mirror images.
  public static func everyInterleaving(writes: Int, sends: Int, blind: Bool) throws -> Int {
    let rig = try Rig(seed: 1, plan: Plan(replicas: 2, events: 0, registers: 1))
    return try rig.explore(writes: writes, sends: sends, blind: blind, underway: [], value: 0)
  }

  private struct Transfer {
    var receiver: Int
    var segments: [[UInt8]]
  }

  private func explore(
    writes: Int, sends: Int, blind: Bool, underway: [Transfer], value: Int64
  ) throws -> Int {
    var runs = 0
    if writes == 0, underway.isEmpty {
      var last = try copied()
      try last.settle()
      return 1
    }
    for site in sites.indices where writes > 0 && (site == 0 || value > 0) {
      for shown in Set(blind ? [sites[site].order, 0] : [sites[site].order]).sorted() {
        var next = try copied()
        try next.write([Change(registers[0], .integer(value))], at: site, shownUpTo: shown)
        runs += try next.explore(
          writes: writes - 1, sends: sends, blind: blind, underway: underway, value: value + 1)
      }
    }
    for site in sites.indices where writes > 0 && sends > 0 {
      let engine = sites[site].engine
      let segments = try engine.strands.indices.compactMap {
        try engine.segment(on: $0, after: 0, byteLimit: 1 << 20)?.bytes
      }
      if segments.isEmpty { continue }
      runs += try copied().explore(
        writes: writes, sends: sends - 1, blind: blind,
        underway: underway + [Transfer(receiver: 1 - site, segments: segments)], value: value)
    }
    for index in underway.indices {
      var next = try copied()
      for bytes in underway[index].segments { try next.take(bytes, at: underway[index].receiver) }
      var rest = underway
      rest.remove(at: index)
      runs += try next.explore(writes: writes, sends: sends, blind: blind, underway: rest, value: value)
    }
    return runs
  }

  private func copied() throws -> Rig {
    var copy = self
    for site in sites.indices { copy.sites[site] = try sites[site].copied() }
    return copy
  }
}
