/// Who is above whom in one tree, each way up read once.
final class UnitLines {
  let tree: UnitTree
  private let steps: StepCount
  private var lines: [UnitPath: [UnitPath]] = [:]

  init(_ tree: UnitTree, steps: StepCount) {
    self.tree = tree
    self.steps = steps
  }

  /// The unit itself first, the root last.
  func line(of unit: UnitPath) -> [UnitPath] {
    if let known = lines[unit] { return known }
    let line = tree.lineage(of: unit)
    steps.add(line.count)
    lines[unit] = line
    return line
  }
}

/// Some units, in an order in which what is at or below one of them is a stretch.
struct UnitOrder {
  private(set) var positions: [UnitPath: Int32] = [:]
  /// Of a unit that is no way's end, empty; more than one where moves build on each other beyond ``UnitTree/movedLimit``.
  private var stretches: [UnitPath: [Range<Int32>]] = [:]

  private struct Node {
    var unit: UnitPath
    var children: [Int] = []
    var isAsked = false
  }

  private struct Step: Hashable {
    var node: Int
    var unit: UnitPath
  }

  init(_ units: some Sequence<UnitPath>, _ lines: UnitLines, steps: StepCount) {
    let units = Set(units).sorted()
    guard let first = units.first else { return }
    if units.count == 1 {
      positions[first] = 0
      stretches[first] = [0..<1]
      return
    }
    var nodes: [Node] = []
    var known: [Step: Int] = [:]
    var roots: [Int] = []
    for unit in units {
      var above = -1
      for next in lines.line(of: unit).reversed() {
        steps.add()
        let step = Step(node: above, unit: next)
        if let node = known[step] {
          above = node
          continue
        }
        known[step] = nodes.count
        if above < 0 { roots.append(nodes.count) } else { nodes[above].children.append(nodes.count) }
        above = nodes.count
        nodes.append(Node(unit: next))
      }
      nodes[above].isAsked = true
    }
    let asked = Set(units)
    var count: Int32 = 0
    var stack: [(node: Int, start: Int32?)] = roots.reversed().map { ($0, nil) }
    while let (node, start) = stack.popLast() {
      if let start {
        if asked.contains(nodes[node].unit) { stretches[nodes[node].unit, default: []].append(start..<count) }
        continue
      }
      stack.append((node, count))
      if nodes[node].isAsked {
        positions[nodes[node].unit] = count
        count += 1
      }
      for child in nodes[node].children.reversed() { stack.append((child, nil)) }
    }
  }

  /// The positions of those at or below a unit.
  func stretches(below unit: UnitPath) -> [Range<Int32>] { stretches[unit] ?? [] }
}
