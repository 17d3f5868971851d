/// Which enrolments as administrator entitle whose statements: counted for each device and unit that they name, whatever number of them
/// names it.
struct EntitlementSources {
  enum Start {
    case never
    case always
    case byGrants
  }

  private struct Source {
    var open = 0
    var counting = 0
    var statements: [Int] = []
  }

  private struct Key: Hashable {
    var device: Int
    var unit: UnitPath
  }

  private let book: AuthorityBook
  private let lines: UnitLines
  private var sources: [Key: Source] = [:]
  /// By statement: sources that may still entitle it.
  private var left: [Int]
  private let reach: ReachOfRevocations

  init(_ book: AuthorityBook, _ lines: UnitLines) {
    self.book = book
    self.lines = lines
    left = Array(repeating: 0, count: book.statements.count)
    reach = ReachOfRevocations(book, lines)
    var units: [Int: Set<UnitPath>] = [:]
    for index in book.statements.indices where book.isAdminGrant(index) {
      guard case .grant(let grant) = book.statements[index].content else { continue }
      sources[Key(device: book.subject[index], unit: grant.unit), default: Source()].open += 1
      units[book.subject[index], default: []].insert(grant.unit)
    }
    for device in book.devices.indices {
      guard let own = units[device] else { continue }
      for (unit, indices) in Dictionary(grouping: book.said[device], by: book.unit) {
        let line = lines.line(of: unit)
        book.steps.add(line.count)
        for upper in line where own.contains(upper) { connect(indices, device, upper) }
        connectFormer(indices, device, own, line, below: unit)
      }
    }
  }

  private mutating func connect(_ indices: [Int], _ device: Int, _ unit: UnitPath) {
    book.steps.add(indices.count)
    sources[Key(device: device, unit: unit)]?.statements += indices
    for index in indices { left[index] += 1 }
  }

  private mutating func connectFormer(
    _ indices: [Int], _ device: Int, _ units: Set<UnitPath>, _ line: [UnitPath], below unit: UnitPath
  ) {
    let formers = lines.tree.formers(below: unit)
    if formers.isEmpty { return }
    for upper in formers.count < units.count ? Array(formers.keys) : Array(units) {
      book.steps.add()
      guard units.contains(upper), !line.contains(upper), let cuts = formers[upper] else { continue }
      connect(book.covered(indices, of: device, in: LogID(unit, .notices), by: cuts), device, upper)
    }
  }

  /// What can be said of a statement before anything is decided.
  func start(_ index: Int) -> Start {
    let statement = book.statements[index]
    guard statement.log.channel == .notices, EntitlementReader.isInReach(index, book, lines.tree),
      reach.contains(index)
    else { return .never }
    if statement.author == book.rootDevice { return statement.log.unit == book.root ? .always : .never }
    return left[index] == 0 ? .never : .byGrants
  }

  /// An enrolment counts: what is entitled by it alone.
  mutating func counts(_ device: Int, _ unit: UnitPath) -> [Int] {
    let key = Key(device: device, unit: unit)
    sources[key]?.counting += 1
    guard let source = sources[key], source.counting == 1 else { return [] }
    book.steps.add(source.statements.count)
    return source.statements
  }

  /// An enrolment does not count: what nothing can entitle any more.
  mutating func isRefuted(_ device: Int, _ unit: UnitPath) -> [Int] {
    let key = Key(device: device, unit: unit)
    sources[key]?.open -= 1
    guard let source = sources[key], source.open == 0 else { return [] }
    book.steps.add(source.statements.count)
    for index in source.statements { left[index] -= 1 }
    return source.statements.filter { left[$0] == 0 && book.statements[$0].author != book.rootDevice }
  }
}

/// Which revocations are in reach of their logs: their devices are enrolled in some unit that the notices speak of, or spoke of as far as
/// a move's cuts name.
private struct ReachOfRevocations {
  private var reached: Set<Int> = []
  private let book: AuthorityBook

  init(_ book: AuthorityBook, _ lines: UnitLines) {
    self.book = book
    for device in book.devices.indices where !book.revocations[device].isEmpty {
      let units = Set(
        book.grants[device].compactMap { index -> UnitPath? in
          if case .grant(let grant) = book.statements[index].content { grant.unit } else { nil }
        })
      var above: Set<UnitPath> = []
      for unit in units {
        let line = lines.line(of: unit)
        book.steps.add(line.count)
        above.formUnion(line)
      }
      let speakers = Dictionary(grouping: book.revocations[device], by: book.unit)
      for (speaker, indices) in speakers where above.contains(speaker) { reached.formUnion(indices) }
      let others = Set(speakers.keys).subtracting(above)
      if others.isEmpty || lines.tree.movedUnits.isEmpty { continue }
      for unit in units {
        let formers = lines.tree.formers(below: unit)
        for speaker in formers.count < others.count ? Array(formers.keys) : Array(others) {
          book.steps.add()
          guard others.contains(speaker), let cuts = formers[speaker] else { continue }
          for (author, own) in Dictionary(grouping: speakers[speaker] ?? [], by: { book.author[$0] }) {
            reached.formUnion(book.covered(own, of: author, in: LogID(speaker, .notices), by: cuts))
          }
        }
      }
    }
  }

  func contains(_ index: Int) -> Bool {
    guard case .revocation = book.statements[index].content else { return true }
    return reached.contains(index)
  }
}

extension AuthorityBook {
  /// Those of a device's statements in a log that every cut covers.
  func covered(_ indices: [Int], of device: Int, in log: LogID, by cuts: [FeedCut]) -> [Int] {
    let forest = forest(of: device)
    var left = indices
    for cut in cuts {
      guard let places = cut.places[log], !left.isEmpty else { return [] }
      let stretches = forest.covered(by: FeedCut([log: places]))
      steps.add(left.count)
      left = left.filter { index in forest.positions[index].map(stretches.covers) ?? false }
    }
    return left
  }
}
