/// The statements of one device, in an order in which what lies on the way to a place is a few stretches.
///
/// An entry's statements are a node, whose parent is the device's last statement before it on its feed. Of a node's branches the one
/// with the most below it goes on beside it (heavy paths, Sleator and Tarjan 1983): a way of any length, over any number of forks,
/// is at most one stretch for each doubling of the number of nodes.
final class FeedForest {
  /// By the caller's number of a statement: where it stands in the order.
  private(set) var positions: [Int: Int] = [:]
  let count: Int

  private struct Node {
    var spot: FeedSpot
    var statements: [Int]
    var parent = -1
    var size = 1
    var heavy = -1
    var head = -1
    var start = 0
    var end = 0
  }

  private struct Branches {
    /// Nodes of each branch, by seq.
    var nodes: [Int: [Int]] = [:]
    /// The last node before a branch's own entries; −1 where there is none.
    var entries: [Int: Int] = [:]
    var replicas: Set<ReplicaID> = []
  }

  private let ways: any FeedWays
  private let steps: StepCount
  private var nodes: [Node] = []
  private var logs: [LogID: Branches] = [:]

  init(_ statements: [(number: Int, log: LogID, place: FeedPlace)], ways: any FeedWays, steps: StepCount) {
    self.ways = ways
    self.steps = steps
    count = statements.count
    var unplaced: [Int] = []
    var known: [LogID: [FeedSpot: Int]] = [:]
    for (number, log, place) in statements {
      steps.add()
      guard let spot = ways.spot(of: place, in: log) else {
        unplaced.append(number)
        continue
      }
      if let node = known[log]?[spot] {
        nodes[node].statements.append(number)
        continue
      }
      known[log, default: [:]][spot] = nodes.count
      logs[log, default: Branches()].nodes[spot.branch, default: []].append(nodes.count)
      logs[log]?.replicas.insert(place.replica)
      nodes.append(Node(spot: spot, statements: [number]))
    }
    for log in logs.keys.sorted() { link(log) }
    arrange()
    // What is held nowhere lies on no way.
    for number in unplaced { positions[number] = positions.count }
  }

  private func link(_ log: LogID) {
    guard let branches = logs[log]?.nodes.keys.sorted() else { return }
    for branch in branches {
      logs[log]?.nodes[branch]?.sort { nodes[$0].spot.seq < nodes[$1].spot.seq }
    }
    for branch in branches {
      var parent = entry(of: branch, log)
      for node in logs[log]?.nodes[branch] ?? [] {
        nodes[node].parent = parent
        parent = node
      }
    }
  }

  /// Each branch is asked for once, however deep it lies.
  private func entry(of branch: Int, _ log: LogID) -> Int {
    var line: [(branch: Int, parent: FeedSpot?)] = []
    var current = branch
    while logs[log]?.entries[current] == nil {
      steps.add()
      let parent = ways.parent(of: current, in: log)
      line.append((current, parent))
      guard let parent else { break }
      current = parent.branch
    }
    for (branch, parent) in line.reversed() {
      let entry = parent.map { last($0, log) ?? logs[log]?.entries[$0.branch] ?? -1 } ?? -1
      logs[log]?.entries[branch] = entry
    }
    return logs[log]?.entries[branch] ?? -1
  }

  /// The last node of the spot's own branch up to it.
  private func last(_ spot: FeedSpot, _ log: LogID) -> Int? {
    guard let line = logs[log]?.nodes[spot.branch] else { return nil }
    let count = line.partitionPoint { nodes[$0].spot.seq > spot.seq }
    return count == 0 ? nil : line[count - 1]
  }

  private func arrange() {
    var children = Array(repeating: [Int](), count: nodes.count)
    var line: [Int] = []
    for node in nodes.indices {
      if nodes[node].parent < 0 { line.append(node) } else { children[nodes[node].parent].append(node) }
    }
    var heads = line
    var next = 0
    while next < line.count {
      line += children[line[next]]
      next += 1
    }
    steps.add(line.count)
    for node in line.reversed() where nodes[node].parent >= 0 {
      let parent = nodes[node].parent
      nodes[parent].size += nodes[node].size
      if nodes[parent].heavy < 0 || nodes[node].size > nodes[nodes[parent].heavy].size { nodes[parent].heavy = node }
    }
    heads.reverse()
    while let head = heads.popLast() {
      var node = head
      while node >= 0 {
        nodes[node].head = head
        nodes[node].start = positions.count
        for number in nodes[node].statements { positions[number] = positions.count }
        nodes[node].end = positions.count
        for child in children[node] where child != nodes[node].heavy { heads.append(child) }
        node = nodes[node].heavy
      }
    }
  }

  /// The stretches of statements on the way to one of the places, ascending and apart.
  func covered(by cut: FeedCut) -> [Range<Int>] {
    var found: [Range<Int>] = []
    for log in cut.places.count < logs.count ? Array(cut.places.keys) : Array(logs.keys) {
      guard let places = cut.places[log], let replicas = logs[log]?.replicas else { continue }
      for place in places where replicas.contains(place.replica) {
        steps.add()
        guard let spot = ways.spot(of: place, in: log) else { continue }
        var node = last(spot, log) ?? entry(of: spot.branch, log)
        while node >= 0 {
          steps.add()
          let head = nodes[node].head
          found.append(nodes[head].start..<nodes[node].end)
          node = nodes[head].parent
        }
      }
    }
    found.sort { ($0.lowerBound, $0.upperBound) < ($1.lowerBound, $1.upperBound) }
    var merged: [Range<Int>] = []
    for stretch in found {
      if let last = merged.last, stretch.lowerBound <= last.upperBound {
        merged[merged.count - 1] = last.lowerBound..<max(last.upperBound, stretch.upperBound)
      } else {
        merged.append(stretch)
      }
    }
    return merged
  }

  /// The stretches that ``covered(by:)`` leaves.
  func uncovered(by cut: FeedCut) -> [Range<Int>] {
    var left: [Range<Int>] = []
    var start = 0
    for stretch in covered(by: cut) {
      if start < stretch.lowerBound { left.append(start..<stretch.lowerBound) }
      start = stretch.upperBound
    }
    if start < count { left.append(start..<count) }
    return left
  }
}

extension Array {
  /// How many elements come before the first for which `isBeyond` holds; it holds for all after that.
  func partitionPoint(_ isBeyond: (Element) -> Bool) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if isBeyond(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}

extension [Range<Int>] {
  /// Of ascending stretches that lie apart.
  func covers(_ position: Int) -> Bool {
    let next = partitionPoint { $0.lowerBound > position }
    return next > 0 && self[next - 1].contains(position)
  }
}
