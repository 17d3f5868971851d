/// The statements that are held against each other, numbered, with what does not depend on the tree of units.
final class AuthorityBook {
  let root: UnitPath
  let rootDevice: DeviceID
  /// Ascending.
  let statements: [AuthorityStatement]
  let ways: any FeedWays
  let steps = StepCount()

  /// Every device that says something or is spoken of, numbered.
  private(set) var devices: [DeviceID] = []
  private var numbers: [DeviceID: Int] = [:]
  /// By statement.
  private(set) var author: [Int] = []
  /// By statement: the device that it enrols or stops; −1 for a move.
  private(set) var subject: [Int] = []
  /// By device, ascending.
  private(set) var said: [[Int]] = []
  private(set) var grants: [[Int]] = []
  private(set) var revocations: [[Int]] = []
  private var forests: [Int: FeedForest] = [:]
  private var cutAway: [Int: [Range<Int>]] = [:]

  init(root: UnitPath, rootDevice: DeviceID, statements: [AuthorityStatement], ways: any FeedWays) {
    self.root = root
    self.rootDevice = rootDevice
    self.statements = statements
    self.ways = ways
    steps.add(statements.count)
    for statement in statements {
      author.append(number(statement.author))
      switch statement.content {
      case .grant(let grant): subject.append(number(grant.device))
      case .revocation(let revocation): subject.append(number(revocation.device))
      case .move: subject.append(-1)
      }
    }
    said = Array(repeating: [], count: devices.count)
    (grants, revocations) = (said, said)
    for (index, statement) in statements.enumerated() {
      said[author[index]].append(index)
      switch statement.content {
      case .grant: grants[subject[index]].append(index)
      case .revocation: revocations[subject[index]].append(index)
      case .move: break
      }
    }
  }

  private func number(_ device: DeviceID) -> Int {
    if let known = numbers[device] { return known }
    numbers[device] = devices.count
    devices.append(device)
    return devices.count - 1
  }

  func unit(_ index: Int) -> UnitPath { statements[index].log.unit }

  func isAdminGrant(_ index: Int) -> Bool {
    if case .grant(let grant) = statements[index].content { grant.roles.contains(.admin) } else { false }
  }

  /// What a device said, in the order of the ways of its feeds.
  func forest(of device: Int) -> FeedForest {
    if let known = forests[device] { return known }
    let forest = FeedForest(
      said[device].map { ($0, statements[$0].log, statements[$0].place) }, ways: ways, steps: steps)
    forests[device] = forest
    return forest
  }

  /// What a revocation that takes role 管理员 hits of what its device said, but itself: stretches of the device's forest.
  func hits(of revocation: Int) -> [Range<Int>] {
    if let known = cutAway[revocation] { return known }
    guard case .revocation(let content) = statements[revocation].content, content.roles.contains(.admin) else {
      return []
    }
    let device = subject[revocation]
    let forest = forest(of: device)
    var found = forest.uncovered(by: content.cut)
    if author[revocation] == device, let own = forest.positions[revocation] {
      found = found.flatMap { $0.contains(own) ? [$0.lowerBound..<own, own + 1..<$0.upperBound] : [$0] }
        .filter { !$0.isEmpty }
    }
    steps.add(found.count)
    cutAway[revocation] = found
    return found
  }

  /// True where every cut covers the statement.
  func isCovered(_ index: Int, by cuts: [FeedCut]) -> Bool {
    if cuts.isEmpty { return true }
    let log = statements[index].log
    let forest = forest(of: author[index])
    guard let position = forest.positions[index] else { return false }
    return cuts.allSatisfy { cut in
      guard let places = cut.places[log] else { return false }
      let own = places.filter { $0.replica == statements[index].place.replica }
      return !own.isEmpty && forest.covered(by: FeedCut([log: own])).covers(position)
    }
  }
}

/// Who is entitled to say something in which notices, as far as moves of units have it.
final class EntitlementReader {
  private let book: AuthorityBook
  /// By author: the units that enrolments as administrator name.
  private let granted: [Int: Set<UnitPath>]

  init(_ book: AuthorityBook, granted: [Int: Set<UnitPath>]) {
    self.book = book
    self.granted = granted
  }

  /// True where the author is an administrator over the log, and the subject is in reach of that log.
  func isEntitled(_ index: Int, _ tree: UnitTree) -> Bool {
    book.steps.add()
    guard Self.isInReach(index, book, tree) else { return false }
    if book.statements[index].author == book.rootDevice { return book.unit(index) == book.root }
    guard let units = granted[book.author[index]] else { return false }
    if tree.lineage(of: book.unit(index)).contains(where: units.contains) { return true }
    return formerly(index, units, tree)
  }

  /// True where one of the units was above the statement's own before a move whose cuts cover the statement.
  private func formerly(_ index: Int, _ units: Set<UnitPath>, _ tree: UnitTree) -> Bool {
    let formers = tree.formers(below: book.unit(index))
    let both = formers.count < units.count ? formers.keys.filter(units.contains) : units.filter { formers[$0] != nil }
    book.steps.add(both.count)
    return both.contains { book.isCovered(index, by: formers[$0] ?? []) }
  }

  /// Notices of a unit speak of it and of what is below it; of what was below it as far as the moves name them. Of a revocation
  /// this says nothing: who it is about may be enrolled in many units.
  static func isInReach(_ index: Int, _ book: AuthorityBook, _ tree: UnitTree) -> Bool {
    let speaker = book.unit(index)
    func reaches(_ unit: UnitPath) -> Bool {
      if speaker == unit { return true }
      guard let cuts = tree.cuts(above: speaker, unit) else { return false }
      return book.isCovered(index, by: cuts)
    }
    switch book.statements[index].content {
    case .grant(let grant): return reaches(grant.unit)
    case .revocation: return true
    case .move(let move): return speaker != move.unit && reaches(move.unit) && reaches(move.parent)
    }
  }
}
