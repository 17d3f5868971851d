import SyncModel

/// What ``AuthorityResolver`` has to come to, worked out as the rules are written: every statement held against every other, again and
/// again until nothing follows. Some hundred statements take minutes.
public struct AuthorityOracle {
  private let root: UnitPath
  private let rootDevice: DeviceID
  private let statements: [AuthorityStatement]
  /// True where an entry of a log lies on the way to one of the places.
  private let covers: (_ places: [FeedPlace], _ log: LogID, _ place: FeedPlace) -> Bool

  private var grantsOf: [DeviceID: [Int]] = [:]
  private var revocationsOf: [DeviceID: [Int]] = [:]

  /// Rounds in which moves may change who is entitled to move; more only where moves undo each other.
  private static let moveRoundLimit = 8

  public init(
    root: UnitPath, rootDevice: DeviceID, statements: some Sequence<AuthorityStatement>,
    ways: any FeedWays
  ) {
    self.root = root
    self.rootDevice = rootDevice
    self.statements = Self.possible(statements, rootDevice: rootDevice).sorted()
    covers = { ways.covers($0, $1, $2) }
    for (index, statement) in self.statements.enumerated() {
      switch statement.content {
      case .grant(let grant): grantsOf[grant.device, default: []].append(index)
      case .revocation(let revocation): revocationsOf[revocation.device, default: []].append(index)
      case .move: break
      }
    }
  }

  /// Well-formed statements by the root key and by whoever it leads to along enrolments as administrators, count they or not:
  /// nobody else can be entitled, whatever counts.
  private static func possible(
    _ statements: some Sequence<AuthorityStatement>, rootDevice: DeviceID
  ) -> [AuthorityStatement] {
    let statements = Set(statements).filter { statement in
      statement.content.generation.map((1...AuthorityStatement.generationLimit).contains) ?? true
    }
    var granted: [DeviceID: [DeviceID]] = [:]
    for statement in statements {
      guard case .grant(let grant) = statement.content, grant.roles.contains(.admin) else { continue }
      granted[statement.author, default: []].append(grant.device)
    }
    let authors = chains(from: rootDevice, along: granted)
    return statements.filter { authors[$0.author] != nil }
  }

  public func resolve() -> AuthorityResolver.Outcome {
    var tree = UnitTree(root: root)
    var settled = settle(tree)
    for _ in 0..<Self.moveRoundLimit {
      let next = self.tree(settled, tree)
      if next == tree { break }
      tree = next
      settled = settle(tree)
    }
    return AuthorityResolver.Outcome(
      tree: tree, counting: settled.counting.sorted().map { statements[$0] },
      aside: statements.indices.filter { !settled.counting.contains($0) }.map { statements[$0] })
  }

  // MARK: Statements against each other

  private struct Settled {
    var counting: Set<Int> = []
    var refuted: Set<Int> = []
    /// Length of the shortest chain of counting enrolments from the root key.
    var chain: [DeviceID: Int] = [:]
  }

  private func settle(_ tree: UnitTree) -> Settled {
    var settled = Settled()
    let attackers = statements.indices.map { self.attackers(of: $0, tree) }
    var open = Array(statements.indices)
    while !open.isEmpty {
      var left: [Int] = []
      for index in open {
        if attackers[index].contains(where: settled.counting.contains) || !isPossible(index, settled, tree) {
          settled.refuted.insert(index)
        } else if attackers[index].allSatisfy(settled.refuted.contains), isEntitled(index, settled.counting, tree) {
          settled.counting.insert(index)
        } else {
          left.append(index)
        }
      }
      if left.count == open.count {
        // Nothing follows any more: what is left hits each other, or entitles only each other.
        guard let first = senior(among: left, attackers, settled, tree) else { break }
        settled.counting.insert(first)
        settled.refuted.formUnion(attackers[first].filter { !settled.counting.contains($0) })
        left.removeAll { settled.counting.contains($0) || settled.refuted.contains($0) }
      }
      open = left
    }
    settled.chain = chain(settled.counting)
    return settled
  }

  /// The revocations that take the statement away where they count.
  private func attackers(of index: Int, _ tree: UnitTree) -> [Int] {
    let statement = statements[index]
    var found = (revocationsOf[statement.author] ?? []).filter { other in
      guard other != index, case .revocation(let revocation) = statements[other].content,
        revocation.roles.contains(.admin)
      else { return false }
      return !covers(revocation.cut.places[statement.log] ?? [], statement.log, statement.place)
    }
    if case .revocation(let own) = statement.content {
      found += (revocationsOf[own.device] ?? []).filter { other in
        statements[other].author != own.device && answers(other, index)
          && tree.contains(statements[other].log.unit, statement.log.unit)
      }
    }
    return found
  }

  /// True where a revocation is later than another of the same device. Nothing is later than the last number: those that
  /// carry it answer each other, and the order of their authors decides; one feed's later entry answers its earlier one.
  private func answers(_ later: Int, _ earlier: Int) -> Bool {
    guard let left = statements[later].content.generation, let right = statements[earlier].content.generation else {
      return false
    }
    if left != right || left < AuthorityStatement.generationLimit { return left > right }
    let (place, other) = (statements[later].place, statements[earlier].place)
    let isOneFeed = statements[later].log == statements[earlier].log && place.replica == other.replica
    return later != earlier && (!isOneFeed || place.seq > other.seq)
  }

  /// True where the author is an administrator over the log, and the subject is in reach of that log.
  private func isEntitled(_ index: Int, _ counting: Set<Int>, _ tree: UnitTree) -> Bool {
    isEntitled(index, tree) { counting.contains($0) }
  }

  /// True where something that is not refuted yet may still entitle the author.
  private func isPossible(_ index: Int, _ settled: Settled, _ tree: UnitTree) -> Bool {
    isEntitled(index, tree) { !settled.refuted.contains($0) }
  }

  private func isEntitled(_ index: Int, _ tree: UnitTree, by accepted: (Int) -> Bool) -> Bool {
    let statement = statements[index]
    guard statement.log.channel == .notices, isInReach(statement, tree) else { return false }
    if statement.author == rootDevice { return statement.log.unit == root }
    return (grantsOf[statement.author] ?? []).contains { other in
      guard accepted(other), case .grant(let grant) = statements[other].content, grant.roles.contains(.admin) else {
        return false
      }
      if grant.unit == statement.log.unit { return true }
      return isCovered(statement, tree.cuts(above: grant.unit, statement.log.unit))
    }
  }

  private func isCovered(_ statement: AuthorityStatement, _ cuts: [FeedCut]?) -> Bool {
    cuts?.allSatisfy { covers($0.places[statement.log] ?? [], statement.log, statement.place) } ?? false
  }

  /// Notices of a unit speak of it and of what is below it; of what was below it as far as the moves name them.
  private func isInReach(_ statement: AuthorityStatement, _ tree: UnitTree) -> Bool {
    let speaker = statement.log.unit
    func reaches(_ unit: UnitPath) -> Bool { speaker == unit || isCovered(statement, tree.cuts(above: speaker, unit)) }
    switch statement.content {
    case .grant(let grant): return reaches(grant.unit)
    case .revocation(let revocation):
      return (grantsOf[revocation.device] ?? []).contains { index in
        guard case .grant(let grant) = statements[index].content else { return false }
        return reaches(grant.unit)
      }
    case .move(let move): return speaker != move.unit && reaches(move.unit) && reaches(move.parent)
    }
  }

  // MARK: Who comes first

  private struct Rank: Comparable {
    var depth: Int
    var chain: Int
    var author: DeviceID
    var index: Int

    static func < (left: Self, right: Self) -> Bool {
      if left.depth != right.depth { return left.depth < right.depth }
      if left.chain != right.chain { return left.chain < right.chain }
      return left.author != right.author ? left.author < right.author : left.index < right.index
    }
  }

  /// Among statements that are entitled by what counts already; of one author's a later one before what it answers.
  private func senior(among open: [Int], _ attackers: [[Int]], _ settled: Settled, _ tree: UnitTree) -> Int? {
    let chain = self.chain(settled.counting)
    let ranks = open.filter { isEntitled($0, settled.counting, tree) }
      .map { rank(of: $0, settled.counting, chain, tree) }.sorted()
    let own = ranks.prefix { $0.author == ranks[0].author }.map(\.index)
    let others = Set(own)
    return own.first { !attackers[$0].contains(where: others.contains) } ?? own.first
  }

  private func rank(of index: Int, _ counting: Set<Int>, _ chain: [DeviceID: Int], _ tree: UnitTree) -> Rank {
    let author = statements[index].author
    if author == rootDevice { return Rank(depth: 0, chain: 0, author: author, index: index) }
    let depths = (grantsOf[author] ?? []).filter(counting.contains).compactMap { other -> Int? in
      guard case .grant(let grant) = statements[other].content, grant.roles.contains(.admin) else { return nil }
      return tree.lineage(of: grant.unit).count
    }
    return Rank(depth: depths.min() ?? .max, chain: chain[author] ?? .max, author: author, index: index)
  }

  private func chain(_ counting: Set<Int>) -> [DeviceID: Int] {
    var granted: [DeviceID: [DeviceID]] = [:]
    for index in counting {
      if case .grant(let grant) = statements[index].content {
        granted[statements[index].author, default: []].append(grant.device)
      }
    }
    return Self.chains(from: rootDevice, along: granted)
  }

  /// How many enrolments lead from a device to those it reaches, by who enrolled whom; the fewest, 0 for itself.
  private static func chains(from first: DeviceID, along granted: [DeviceID: [DeviceID]]) -> [DeviceID: Int] {
    var chains = [first: 0]
    var line = [first]
    var next = 0
    while next < line.count {
      let author = line[next]
      next += 1
      for device in granted[author] ?? [] where chains[device] == nil {
        chains[device] = (chains[author] ?? 0) + 1
        line.append(device)
      }
    }
    return chains
  }

  private struct MoveKey: Hashable {
    var unit: UnitPath
    var generation: UInt64
  }

  /// The tree that moves which count lead to. Each has to be entitled by the tree as it is without it and those after it: who
  /// takes a unit back from where it was moved to would otherwise be above it again by that alone. Of several with one unit
  /// and generation the senior author's counts, and of one author the last.
  private func tree(_ settled: Settled, _ known: UnitTree) -> UnitTree {
    var open: [MoveKey: [Rank]] = [:]
    for index in settled.counting {
      guard case .move(let move) = statements[index].content else { continue }
      open[MoveKey(unit: move.unit, generation: move.generation), default: []]
        .append(rank(of: index, settled.counting, settled.chain, known))
    }
    var accepted: [AuthorityStatement.Move] = []
    var tree = UnitTree(root: root)
    // Generations count for one unit each: what a move builds on may come after it here.
    for _ in 0..<Self.moveRoundLimit {
      let before = accepted.count
      for (key, ranks) in open.sorted(by: { ($0.key.generation, $0.key.unit) < ($1.key.generation, $1.key.unit) }) {
        let ordered = ranks.sorted { $0.author == $1.author ? $0.index > $1.index : $0 < $1 }
        guard let first = ordered.first(where: { isEntitled($0.index, settled.counting, tree) }),
          case .move(let move) = statements[first.index].content
        else { continue }
        open[key] = nil
        accepted.append(move)
        tree.add(move)
      }
      if accepted.count == before { break }
      tree = UnitTree(root: root, moves: accepted)
    }
    return tree
  }
}
