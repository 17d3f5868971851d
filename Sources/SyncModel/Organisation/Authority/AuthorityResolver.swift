/// Works out which statements of the notices count.
///
/// Who may say something is itself said in statements, and a revocation takes away what its target went on to say. So a
/// statement counts exactly where its author is entitled by statements that count, and every revocation that hits it does
/// not count. Where two revocations hit each other, the one counts whose author is nearer the root, then earlier in the
/// chain of enrolments, then of the smaller id. (Grounded semantics, Dung 1995, with a preference for what is left.)
///
/// What nobody with authority can have written is left out before anything is held against anything else: its amount is
/// up to whoever may write a file at all.
///
/// Laws: the result depends on the set of statements alone, not on their order (promise 1). The work grows about as the
/// number of statements does, whoever says what about whom (promise 8): ``Outcome/steps`` counts it.
public struct AuthorityResolver {
  private let root: UnitPath
  private let book: AuthorityBook

  /// Rounds in which moves may change who is entitled to move; more only where moves undo each other.
  private static let moveRoundLimit = 8

  public init(
    root: UnitPath, rootDevice: DeviceID, statements: some Sequence<AuthorityStatement>, ways: any FeedWays
  ) {
    self.root = root
    let sorted = Self.possible(statements, rootDevice: rootDevice).sorted()
    book = AuthorityBook(root: root, rootDevice: rootDevice, statements: sorted, ways: ways)
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

  /// How many enrolments lead from a device to those it reaches, by who enrolled whom; the fewest, 0 for itself.
  public static func chains(from first: DeviceID, along granted: [DeviceID: [DeviceID]]) -> [DeviceID: Int] {
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

  /// What counts, and the tree that follows from it.
  public struct Outcome {
    public var tree: UnitTree
    /// Ascending.
    public var counting: [AuthorityStatement]
    /// What does not, of what somebody with authority might have written.
    public var aside: [AuthorityStatement]
    /// How much work it was.
    public var steps: Int

    public init(tree: UnitTree, counting: [AuthorityStatement], aside: [AuthorityStatement], steps: Int = 0) {
      self.tree = tree
      self.counting = counting
      self.aside = aside
      self.steps = steps
    }
  }

  public func resolve() -> Outcome {
    var tree = UnitTree(root: root)
    var settled = AuthoritySettling(book, tree).settle()
    for _ in 0..<Self.moveRoundLimit {
      let next = self.tree(settled, tree)
      if next == tree { break }
      tree = next
      settled = AuthoritySettling(book, tree).settle()
    }
    return Outcome(
      tree: tree, counting: book.statements.indices.filter(settled.counts).map { book.statements[$0] },
      aside: book.statements.indices.filter { !settled.counts($0) }.map { book.statements[$0] },
      steps: book.steps.steps)
  }

  // MARK: Moves

  private struct MoveKey: Hashable {
    var unit: UnitPath
    var generation: UInt64
  }

  /// The tree that moves which count lead to. Each has to be entitled by the tree as it is without it and those after it: who
  /// takes a unit back from where it was moved to would otherwise be above it again by that alone. Of several with one unit
  /// and generation the senior author's counts, and of one author the last.
  private func tree(_ settled: AuthoritySettling.Settled, _ known: UnitTree) -> UnitTree {
    var groups: [MoveKey: [AuthorityRank]] = [:]
    for index in book.statements.indices where settled.counts(index) {
      guard case .move(let move) = book.statements[index].content else { continue }
      groups[MoveKey(unit: move.unit, generation: move.generation), default: []].append(settled.rank(of: index))
    }
    if groups.isEmpty { return UnitTree(root: root) }
    var open = groups.sorted { ($0.key.generation, $0.key.unit) < ($1.key.generation, $1.key.unit) }
      .map { $0.value.sorted { $0.author == $1.author ? $0.index > $1.index : $0 < $1 } }
    let entitled = EntitlementReader(book, granted: settled.countingUnits)
    var accepted: [AuthorityStatement.Move] = []
    var tree = UnitTree(root: root)
    // Generations count for one unit each: what a move builds on may come after it here.
    for _ in 0..<Self.moveRoundLimit {
      var left: [[AuthorityRank]] = []
      for ranks in open {
        guard let first = ranks.first(where: { entitled.isEntitled($0.index, tree) }),
          case .move(let move) = book.statements[first.index].content
        else {
          left.append(ranks)
          continue
        }
        accepted.append(move)
        tree.add(move)
      }
      if left.count == open.count { break }
      open = left
      tree = UnitTree(root: root, moves: accepted)
    }
    return tree
  }
}

/// Who comes first where statements hit each other.
struct AuthorityRank: Comparable {
  /// Of the highest unit that the author is an administrator of; 0 for the root key.
  var depth: Int
  /// Enrolments that lead from the root key to the author.
  var chain: Int
  var author: DeviceID
  var index: Int

  static func < (left: Self, right: Self) -> Bool {
    if left.depth != right.depth { return left.depth < right.depth }
    if left.chain != right.chain { return left.chain < right.chain }
    return left.author != right.author ? left.author < right.author : left.index < right.index
  }
}
