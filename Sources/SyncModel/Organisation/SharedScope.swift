/// Channels of the logs in a stretch of keys.
public struct ChannelSet: OptionSet, Hashable, Sendable {
  public let rawValue: UInt8

  public init(rawValue: UInt8) { self.rawValue = rawValue }

  public init(_ channel: Channel) { self.init(rawValue: 1 << (channel.rawValue - 1)) }

  public static let all = ChannelSet(Channel.allCases.map { ChannelSet($0) })

  public func contains(_ channel: Channel) -> Bool { contains(ChannelSet(channel)) }
}

/// Which logs two units share, as stretches of the key space: within one, the channel alone decides.
public struct SharedScope: Hashable, Sendable {
  /// Ascending, disjoint, none without a channel.
  public private(set) var pieces: [Piece] = []

  public struct Piece: Hashable, Sendable {
    public var range: Exchange.KeyRange
    public var channels: ChannelSet
  }

  public func contains(_ log: LogID) -> Bool {
    let key = log.key
    let place = firstPlace { key.lexicographicallyPrecedes($0.range.low) }
    return place > 0 && pieces[place - 1].channels.contains(log.channel) && pieces[place - 1].range.contains(key)
  }

  /// The pieces in `range`, cut to it.
  public func pieces(in range: Exchange.KeyRange) -> [Piece] {
    let start = firstPlace { $0.range.high.isEmpty || range.low.lexicographicallyPrecedes($0.range.high) }
    let end = range.high.isEmpty ? pieces.count : firstPlace { !$0.range.low.lexicographicallyPrecedes(range.high) }
    return pieces[start..<max(start, end)].compactMap { piece in
      piece.range.intersection(range).map { Piece(range: $0, channels: piece.channels) }
    }
  }

  /// - Parameter isBehind: false for some first pieces, true for all others.
  private func firstPlace(where isBehind: (Piece) -> Bool) -> Int {
    var (low, high) = (0, pieces.count)
    while low < high {
      let middle = (low + high) / 2
      if isBehind(pieces[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }

  fileprivate mutating func add(_ low: [UInt8], _ high: [UInt8], _ channels: ChannelSet) {
    guard !channels.isEmpty, high.isEmpty || low.lexicographicallyPrecedes(high) else { return }
    if let last = pieces.last, last.channels == channels, last.range.high == low {
      pieces[pieces.count - 1].range.high = high
    } else {
      pieces.append(Piece(range: Exchange.KeyRange(low: low, high: high), channels: channels))
    }
  }
}

extension Directory {
  /// What ``isShared(_:between:and:)`` says of every log there can be, in as many pieces as there are units with a standing of
  /// their own (``UnitTree``): a few, and some more for each unit that was ever moved.
  ///
  /// - Parameter alone: takes away what else is not meant, by how the log's unit stands to `left` or `right`.
  public func sharedScope(
    between left: UnitPath, and right: UnitPath, alone isMeant: (LogID) -> Bool = { _ in true }
  ) -> SharedScope {
    func channels(_ unit: UnitPath) -> ChannelSet {
      ChannelSet(
        Channel.allCases.map { LogID(unit, $0) }
          .filter { isShared($0, between: left, and: right) && isMeant($0) }.map { ChannelSet($0.channel) })
    }
    let landmarks = tree.landmarks(of: left).union(tree.landmarks(of: right))
    /// Of units below `unit` that are no landmarks, nor below another one; nothing of those below no landmark at all.
    func channelsBelow(_ unit: UnitPath?) -> ChannelSet {
      unit?.child(besides: landmarks).map(channels) ?? []
    }
    var scope = SharedScope()
    var low: [UInt8] = []
    var open: [UnitPath] = []
    func closeAll(before unit: UnitPath?) {
      while let last = open.last, unit.map({ !last.contains($0) }) ?? true {
        scope.add(low, last.keysBelow.high, channelsBelow(last))
        low = last.keysBelow.high
        open.removeLast()
      }
    }
    for unit in landmarks.sorted() {
      closeAll(before: unit)
      scope.add(low, unit.key, channelsBelow(open.last))
      scope.add(unit.key, unit.keysBelow.low, channels(unit))
      low = unit.keysBelow.low
      open.append(unit)
    }
    closeAll(before: nil)
    return scope
  }
}

extension UnitPath {
  /// Where the keys lie of logs of the units below this one: behind its own logs, before whatever sorts behind the subtree.
  fileprivate var keysBelow: Exchange.KeyRange {
    let lastChannel = Channel.allCases.map(\.rawValue).max() ?? 0
    return Exchange.KeyRange(low: key + [lastChannel + 1], high: key.dropLast() + [1])
  }

  /// Some unit directly below that is none of `others`; nil where none can be.
  fileprivate func child(besides others: Set<UnitPath>) -> UnitPath? {
    var name: [UInt8] = [UInt8(ascii: "~")]
    while name.count <= Self.segmentByteLimit, let child = try? UnitPath(key: key + name + [0]) {
      if !others.contains(child) { return child }
      name.append(UInt8(ascii: "~"))
    }
    return nil
  }
}

extension Exchange.KeyRange {
  /// Every key there can be.
  public static let all = Exchange.KeyRange(low: [], high: [])

  /// nil where they have nothing in common.
  public func intersection(_ other: Self) -> Self? {
    let low = low.lexicographicallyPrecedes(other.low) ? other.low : low
    let high: [UInt8]
    if self.high.isEmpty || other.high.isEmpty {
      high = self.high + other.high
    } else {
      high = self.high.lexicographicallyPrecedes(other.high) ? self.high : other.high
    }
    return high.isEmpty || low.lexicographicallyPrecedes(high) ? Self(low: low, high: high) : nil
  }
}
