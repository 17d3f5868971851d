/// Statements as points and what hits them as boxes of points: tells which are hit by nothing any more, which are hit by one
/// thing and what hits one of them, without ever going through all pairs.
///
/// A tree over the points (Bentley 1975), cut where they are spread most. A box is remembered at the few nodes that it holds whole:
/// about log n of them where points lie along one line, as the statements of a feed do.
final class HitBoard {
  struct Point {
    var x: Int32 = 0
    var y: Int32 = 0
    var z: Int32 = 0
  }

  /// What lies from `low` up to, not including, `high`.
  struct Box {
    var low = Point(x: .min, y: .min, z: .min)
    var high = Point(x: .max, y: .max, z: .max)

    func holds(_ other: Bounds) -> Bool {
      low.x <= other.low.x && other.high.x < high.x && low.y <= other.low.y && other.high.y < high.y
        && low.z <= other.low.z && other.high.z < high.z
    }

    func meets(_ other: Bounds) -> Bool {
      low.x <= other.high.x && other.low.x < high.x && low.y <= other.high.y && other.low.y < high.y
        && low.z <= other.high.z && other.low.z < high.z
    }
  }

  /// The points of a node, both ends included.
  struct Bounds {
    var low: Point
    var high: Point
  }

  fileprivate struct Node {
    var bounds: Bounds
    /// Boxes that hold this node and no larger one.
    var hits: Int32 = 0
    /// Of the points that take part below, hits from here down; `none` where none takes part.
    var fewest: Int32 = HitBoard.none
    /// The first point with so few.
    var fewestPoint: Int32 = HitBoard.none
    var firstPoint: Int32 = HitBoard.none
    /// Points that were not taken off.
    var left: Int32
    /// The last of its entries in `hitters`.
    var lastHitter: Int32 = -1
  }

  fileprivate static let none = Int32.max

  private let points: [Point]
  private let steps: StepCount
  private var order: [Int32]
  /// By point.
  private var leaves: [Int32]
  private var nodes: [Node] = []
  private var hitters: [(hitter: Int32, before: Int32)] = []

  /// - Parameter takingPart: whether all points take part from the first, or each from ``join(_:)`` on.
  init(_ points: [Point], takingPart: Bool, steps: StepCount) {
    self.points = points
    self.steps = steps
    order = points.indices.map { Int32($0) }
    leaves = Array(repeating: 0, count: points.count)
    guard !points.isEmpty else { return }
    let nothing = Node(bounds: Bounds(low: Point(), high: Point()), left: 0)
    nodes = Array(repeating: nothing, count: 2 * points.count - 1)
    build(0, 0, points.count, takingPart)
  }

  private func build(_ node: Int, _ low: Int, _ high: Int, _ takingPart: Bool) {
    steps.add(high - low)
    var bounds = Bounds(low: points[Int(order[low])], high: points[Int(order[low])])
    for index in low..<high {
      let point = points[Int(order[index])]
      bounds.low = Point(x: min(bounds.low.x, point.x), y: min(bounds.low.y, point.y), z: min(bounds.low.z, point.z))
      bounds.high = Point(
        x: max(bounds.high.x, point.x), y: max(bounds.high.y, point.y), z: max(bounds.high.z, point.z))
    }
    nodes[node] = Node(bounds: bounds, left: Int32(high - low))
    if high - low == 1 {
      let point = order[low]
      leaves[Int(point)] = Int32(low)
      if takingPart { (nodes[node].fewest, nodes[node].fewestPoint, nodes[node].firstPoint) = (0, point, point) }
      return
    }
    let spread = (
      x: Int(bounds.high.x) - Int(bounds.low.x), y: Int(bounds.high.y) - Int(bounds.low.y),
      z: Int(bounds.high.z) - Int(bounds.low.z)
    )
    if spread.x >= spread.y, spread.x >= spread.z {
      sort(low, high, \.x)
    } else if spread.y >= spread.z {
      sort(low, high, \.y)
    } else {
      sort(low, high, \.z)
    }
    let middle = (low + high) / 2
    build(node + 1, low, middle, takingPart)
    build(node + 2 * (middle - low), middle, high, takingPart)
    update(node, node + 1, node + 2 * (middle - low))
  }

  /// Once sorted along a line, a board of one line is not sorted again.
  private func sort(_ low: Int, _ high: Int, _ key: KeyPath<Point, Int32>) {
    let keys = order[low..<high].map { points[Int($0)][keyPath: key] }
    if zip(keys, keys.dropFirst()).allSatisfy({ $0 <= $1 }) { return }
    steps.add((high - low) * (Int.bitWidth - (high - low).leadingZeroBitCount))
    let sorted = zip(keys, order[low..<high]).sorted { $0 < $1 }
    for (index, (_, point)) in sorted.enumerated() { order[low + index] = point }
  }

  private func update(_ node: Int, _ first: Int, _ second: Int) {
    let (one, two) = (nodes[first], nodes[second])
    let isFirst = one.fewest != two.fewest ? one.fewest < two.fewest : one.fewestPoint <= two.fewestPoint
    let best = isFirst ? one : two
    nodes[node].fewest = best.fewest == Self.none ? Self.none : best.fewest + nodes[node].hits
    nodes[node].fewestPoint = best.fewestPoint
    nodes[node].firstPoint = min(one.firstPoint, two.firstPoint)
    nodes[node].left = one.left + two.left
  }

  // MARK: Hits

  /// One more hit for what lies in the box, by `hitter`.
  func add(_ box: Box, by hitter: Int? = nil) { change(box, by: 1, hitter.map { Int32($0) }) }

  /// One hit less for what lies in a box that was added.
  func remove(_ box: Box) { change(box, by: -1, nil) }

  private func change(_ box: Box, by amount: Int32, _ hitter: Int32?) {
    if !nodes.isEmpty { change(0, 0, points.count, box, by: amount, hitter) }
  }

  private func change(_ node: Int, _ low: Int, _ high: Int, _ box: Box, by amount: Int32, _ hitter: Int32?) {
    steps.add()
    guard nodes[node].left > 0, box.meets(nodes[node].bounds) else { return }
    if box.holds(nodes[node].bounds) {
      nodes[node].hits += amount
      if nodes[node].fewest != Self.none { nodes[node].fewest += amount }
      if let hitter {
        hitters.append((hitter, nodes[node].lastHitter))
        nodes[node].lastHitter = Int32(hitters.count - 1)
      }
      return
    }
    let middle = (low + high) / 2
    change(node + 1, low, middle, box, by: amount, hitter)
    change(node + 2 * (middle - low), middle, high, box, by: amount, hitter)
    update(node, node + 1, node + 2 * (middle - low))
  }

  // MARK: Points

  func join(_ point: Int) { change(point) { $0.isTakenOff ? () : $0.takePart(Int32(point)) } }

  func takeOff(_ point: Int) { change(point) { $0.takeOff() } }

  private func change(_ point: Int, _ change: (inout Node) -> Void) {
    var line: [(node: Int, other: Int)] = []
    let leaf = walk(to: point) { line.append(($0, $1)) }
    change(&nodes[leaf])
    for (node, other) in line.reversed() { update(node, node + 1, other) }
  }

  /// Calls `pass` with each inner node on the way, and its second child; gives back the leaf.
  private func walk(to point: Int, _ pass: (_ node: Int, _ second: Int) -> Void) -> Int {
    let place = Int(leaves[point])
    var (node, low, high) = (0, 0, points.count)
    while high - low > 1 {
      steps.add()
      let middle = (low + high) / 2
      pass(node, node + 2 * (middle - low))
      if place < middle { (node, high) = (node + 1, middle) } else { (node, low) = (node + 2 * (middle - low), middle) }
    }
    return node
  }

  /// The first of the points that take part, and the first of those that nothing hits.
  var first: (any: Int, unhit: Int?)? {
    guard let root = nodes.first, root.firstPoint != Self.none else { return nil }
    return (Int(root.firstPoint), root.fewest == 0 ? Int(root.fewestPoint) : nil)
  }

  /// Takes off the points that nothing hits any more.
  func takeUnhit() -> [Int] {
    var found: [Int] = []
    while let point = first?.unhit {
      found.append(point)
      takeOff(point)
    }
    return found
  }

  /// Takes off the points in a box.
  func take(_ box: Box) -> [Int] {
    var found: [Int] = []
    if !nodes.isEmpty { collect(0, 0, points.count, box, &found) }
    for point in found { takeOff(point) }
    return found
  }

  private func collect(_ node: Int, _ low: Int, _ high: Int, _ box: Box, _ found: inout [Int]) {
    steps.add()
    guard nodes[node].firstPoint != Self.none, box.meets(nodes[node].bounds) else { return }
    if high - low == 1 { return found.append(Int(order[low])) }
    let middle = (low + high) / 2
    collect(node + 1, low, middle, box, &found)
    collect(node + 2 * (middle - low), middle, high, box, &found)
  }

  /// What was ever added by name and hits the point. Told once: whoever asks sees to it that none of them hits any more.
  func takeHitters(of point: Int) -> [Int] {
    var found: [Int] = []
    func take(_ node: Int) {
      while nodes[node].lastHitter >= 0 {
        let (hitter, before) = hitters[Int(nodes[node].lastHitter)]
        found.append(Int(hitter))
        nodes[node].lastHitter = before
      }
    }
    take(walk(to: point) { node, _ in take(node) })
    steps.add(found.count)
    return found
  }
}

extension HitBoard.Node {
  fileprivate var isTakenOff: Bool { left == 0 }

  fileprivate mutating func takePart(_ point: Int32) {
    (fewest, fewestPoint, firstPoint) = (hits, point, point)
  }

  fileprivate mutating func takeOff() {
    (fewest, fewestPoint, firstPoint, left) = (.max, .max, .max, 0)
  }
}
