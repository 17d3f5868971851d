/// Holds the statements against each other under one tree of units: what follows is drawn along, statement by statement, from what was
/// decided, and where nothing follows any more the senior of what is left is chosen (``SeniorChoice``).
final class AuthoritySettling {
  enum State: UInt8 {
    case open
    case counting
    case refuted
  }

  let book: AuthorityBook
  let lines: UnitLines
  private(set) var states: [State]
  /// By statement: boards on which something still hits it.
  private var hitBoards: [UInt8]
  private var isEntitled: [Bool]
  private var decided: [Int] = []
  private var sources: EntitlementSources
  private var ownHits: [Int: OwnHits] = [:]
  private var answers: [Int: AnswerHits] = [:]
  private var standing: AuthorityStanding
  private var choice: SeniorChoice?

  init(_ book: AuthorityBook, _ tree: UnitTree) {
    self.book = book
    lines = UnitLines(tree, steps: book.steps)
    states = Array(repeating: .open, count: book.statements.count)
    hitBoards = Array(repeating: 0, count: book.statements.count)
    isEntitled = Array(repeating: false, count: book.statements.count)
    sources = EntitlementSources(book, lines)
    standing = AuthorityStanding(book)
    for device in book.devices.indices where !book.revocations[device].isEmpty {
      if let hits = OwnHits(on: device, book) {
        ownHits[device] = hits
        for index in book.said[device] { hitBoards[index] += 1 }
      }
      // One alone has nothing to answer.
      guard book.revocations[device].count > 1 else { continue }
      answers[device] = AnswerHits(of: device, book, lines)
      for index in book.revocations[device] { hitBoards[index] += 1 }
    }
  }

  /// What came of it.
  struct Settled {
    fileprivate let book: AuthorityBook
    fileprivate let states: [State]
    fileprivate let standing: AuthorityStanding

    func counts(_ index: Int) -> Bool { states[index] == .counting }

    func rank(of index: Int) -> AuthorityRank { standing.rank(of: index) }

    /// By device: the units for which an enrolment as administrator counts.
    var countingUnits: [Int: Set<UnitPath>] {
      var found: [Int: Set<UnitPath>] = [:]
      for index in book.statements.indices where counts(index) && book.isAdminGrant(index) {
        if case .grant(let grant) = book.statements[index].content {
          found[book.subject[index], default: []].insert(grant.unit)
        }
      }
      return found
    }
  }

  func settle() -> Settled {
    for index in book.statements.indices {
      book.steps.add()
      switch sources.start(index) {
      case .never: decide(index, .refuted)
      case .always: isEntitled[index] = true
      case .byGrants: break
      }
    }
    for device in book.devices.indices {
      freed(ownHits[device]?.takeUnhit() ?? [])
      freed(answers[device]?.takeUnhit() ?? [])
    }
    for index in states.indices { accept(index) }
    drain()
    if states.contains(.open) { chooseSeniors() }
    standing.settleChains()
    return Settled(book: book, states: states, standing: standing)
  }

  /// Nothing follows any more: what is left hits each other, or entitles only each other.
  private func chooseSeniors() {
    let choice = SeniorChoice(book, lines)
    self.choice = choice
    for index in states.indices where states[index] == .open && isEntitled[index] { choice.enter(index) }
    while true {
      standing.settleChains()
      for device in standing.takeChanged() { choice.rankChanged(of: device) }
      guard let first = choice.senior(by: standing) else { return }
      decide(first, .counting)
      ownHits[book.author[first]]?.takeHitters(of: first).forEach(refute)
      if case .revocation = book.statements[first].content {
        answers[book.subject[first]]?.takeHitters(of: first).forEach(refute)
      }
      drain()
    }
  }

  // MARK: What follows

  private func decide(_ index: Int, _ state: State) {
    states[index] = state
    decided.append(index)
    choice?.leave(index)
  }

  private func refute(_ index: Int) {
    if states[index] == .open { decide(index, .refuted) }
  }

  /// Nothing on one more board hits these.
  private func freed(_ indices: [Int]) {
    for index in indices {
      hitBoards[index] -= 1
      accept(index)
    }
  }

  private func accept(_ index: Int) {
    if states[index] == .open, hitBoards[index] == 0, isEntitled[index] { decide(index, .counting) }
  }

  private func drain() {
    while let index = decided.popLast() {
      book.steps.add()
      switch book.statements[index].content {
      case .move: break
      case .grant(let grant): decideGrant(index, grant)
      case .revocation: decideRevocation(index)
      }
    }
  }

  private func decideGrant(_ index: Int, _ grant: AuthorityStatement.Grant) {
    if states[index] == .counting { standing.grantCounts(index, grant, depth: lines.line(of: grant.unit).count) }
    guard grant.roles.contains(.admin) else { return }
    if states[index] == .counting {
      for entitled in sources.counts(book.subject[index], grant.unit) where !isEntitled[entitled] {
        isEntitled[entitled] = true
        accept(entitled)
        if states[entitled] == .open { choice?.enter(entitled) }
      }
    } else {
      for lost in sources.isRefuted(book.subject[index], grant.unit) { refute(lost) }
    }
  }

  private func decideRevocation(_ index: Int) {
    let device = book.subject[index]
    if states[index] == .counting {
      ownHits[device]?.hit(by: index).forEach(refute)
      answers[device]?.hit(by: index).forEach(refute)
    } else {
      freed(ownHits[device]?.withdraw(index) ?? [])
      freed(answers[device]?.withdraw(index) ?? [])
    }
  }
}

/// How near the root authors are, by what counts so far.
struct AuthorityStanding {
  private let book: AuthorityBook
  private var depth: [Int]
  private var chain: [Int]
  /// By author: whom enrolments of theirs that count name.
  private var granted: [Int: [Int]] = [:]
  private var fresh: [(author: Int, device: Int)] = []
  private var changed: Set<Int> = []

  init(_ book: AuthorityBook) {
    self.book = book
    depth = Array(repeating: .max, count: book.devices.count)
    chain = depth
    if let root = book.devices.firstIndex(of: book.rootDevice) { (depth[root], chain[root]) = (0, 0) }
  }

  mutating func grantCounts(_ index: Int, _ grant: AuthorityStatement.Grant, depth: Int) {
    let (author, device) = (book.author[index], book.subject[index])
    granted[author, default: []].append(device)
    fresh.append((author, device))
    if grant.roles.contains(.admin), depth < self.depth[device] {
      self.depth[device] = depth
      changed.insert(device)
    }
  }

  /// Takes in the enrolments that came to count: by distance, so that those of one turn shorten each chain once.
  mutating func settleChains() {
    var line = Heap<Reached>()
    func reach(_ device: Int, _ length: Int) {
      book.steps.add()
      guard length < chain[device] else { return }
      chain[device] = length
      changed.insert(device)
      line.push(Reached(length: length, device: device))
    }
    for (author, device) in fresh where chain[author] < .max { reach(device, chain[author] + 1) }
    fresh = []
    while let next = line.pop() {
      guard chain[next.device] == next.length else { continue }
      for device in granted[next.device] ?? [] { reach(device, next.length + 1) }
    }
  }

  private struct Reached: Comparable {
    var length: Int
    var device: Int

    static func < (left: Self, right: Self) -> Bool { (left.length, left.device) < (right.length, right.device) }
  }

  /// Whose place in the order changed since this was asked last.
  mutating func takeChanged() -> Set<Int> {
    defer { changed = [] }
    return changed
  }

  func rank(of index: Int) -> AuthorityRank {
    let author = book.author[index]
    return AuthorityRank(depth: depth[author], chain: chain[author], author: book.devices[author], index: index)
  }

  func rank(ofAuthor author: Int) -> AuthorityRank {
    AuthorityRank(depth: depth[author], chain: chain[author], author: book.devices[author], index: 0)
  }
}
