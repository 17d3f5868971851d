import SyncModel

/// Statements made to be hard to decide on, with how the feeds that hold them branch.
public struct HostileStatements {
  public private(set) var statements: [AuthorityStatement] = []
  public let ways = ChainWays()

  public static let root = UnitPath("school") ?? { preconditionFailure("a well-formed path") }()
  public static let rootDevice = DeviceID(high: 0, low: 1)

  public static func device(_ number: Int) -> DeviceID {
    number == 0 ? rootDevice : DeviceID(high: UInt64(number), low: 0)
  }

  private static func replica(_ device: Int, _ number: Int = 0) -> ReplicaID {
    ReplicaID(high: UInt64(device), low: UInt64(7 + number))
  }

  private var written: [Int: UInt32] = [:]

  private static func place(_ device: Int, _ number: Int, mark: Int, _ seq: UInt32) -> FeedPlace {
    FeedPlace(
      replica: replica(device, number), seq: seq, hash: Digest256(a: UInt64(mark), b: 0, c: 0, d: UInt64(seq)))
  }

  public func outcome() -> AuthorityResolver.Outcome {
    AuthorityResolver(root: Self.root, rootDevice: Self.rootDevice, statements: statements, ways: ways).resolve()
  }

  public func oracle() -> AuthorityResolver.Outcome {
    AuthorityOracle(root: Self.root, rootDevice: Self.rootDevice, statements: statements, ways: ways).resolve()
  }

  // MARK: Families

  /// Ways in which an administrator of the smallest unit makes about `count` statements.
  public enum Family: String, CaseIterable, Sendable {
    /// Enrols many keys, two of which stop all the others.
    case twoStopAll
    /// Enrols many keys, all of which stop one.
    case allStopOne
    /// All stop one that enrols as many, each up to another place of its feed.
    case allCutOne
    /// Each stops the next.
    case ring
    /// Each stops each, up to different places.
    case eachOther
    /// Each enrols the next, which stops it.
    case chain
    /// All stop one, under numbers that fall.
    case falling
    /// In many units below.
    case manyUnits
    /// Each stops itself and another.
    case themselves
    /// One stops itself over and over, and is stopped by those that it stops.
    case oneAndAll
    /// Moves units about.
    case moves
    /// Many authors move few units under the last number.
    case movers
    /// One enrolled in many units, whose administrator is stopped from each.
    case manyGrants
    /// Feeds that fork at every entry.
    case forks
    /// Enrols many and no more.
    case honest
  }

  public init(_ family: Family, count: Int) {
    let leaf = Self.unit("school/cs/t1")
    let last = AuthorityStatement.generationLimit
    grant(by: 0, 1, Self.root)
    grant(by: 1, 2, Self.unit("school/cs"))
    grant(by: 2, 3, leaf)
    func upTo(_ device: Int, _ seq: Int, mark: Int = 0) -> FeedCut {
      seq == 0
        ? FeedCut() : FeedCut([LogID(leaf, .notices): [Self.place(device, 0, mark: mark, UInt32(seq))]])
    }
    let half = count / 2
    let third = count / 3
    switch family {
    case .twoStopAll:
      for key in 0..<third { grant(by: 3, 10 + key, leaf) }
      for key in 0..<third { for author in [10, 11] { revoke(by: author, 10 + key, leaf, last) } }
    case .allStopOne:
      for key in 0..<half { grant(by: 3, 10 + key, leaf) }
      for key in 0..<half { revoke(by: 10 + key, 10, leaf, last) }
    case .allCutOne:
      for key in 0..<third { grant(by: 3, 10 + key, leaf) }
      for key in 0..<third { grant(by: 10, 10 + third + key, leaf) }
      for key in 0..<third { revoke(by: 10 + key, 10, leaf, last, upTo(10, key)) }
    case .ring:
      for key in 0..<half { grant(by: 3, 10 + key, leaf) }
      for key in 0..<half { revoke(by: 10 + key, 10 + (key + 1) % half, leaf, last) }
    case .eachOther:
      let side = Int(Double(count).squareRoot())
      for key in 0..<side { grant(by: 3, 10 + key, leaf) }
      for one in 0..<side {
        for other in 0..<side where one != other { revoke(by: 10 + one, 10 + other, leaf, last, upTo(10 + other, one)) }
      }
    case .chain:
      for key in 0..<half { grant(by: key == 0 ? 3 : 9 + key, 10 + key, leaf) }
      for key in 1..<half { revoke(by: 10 + key, 9 + key, leaf, last, upTo(9 + key, 1)) }
    case .falling:
      for key in 0..<half { grant(by: 3, 10 + key, leaf) }
      for key in 0..<half { revoke(by: 10 + key, 10, leaf, UInt64(half - key)) }
    case .manyUnits:
      for key in 0..<third { grant(by: 3, 10 + key, leaf) }
      for key in 0..<third {
        revoke(by: 10 + key, 10 + key * 7 % third, Self.unit("school/cs/t1/u\(key % 97)/v\(key)"), last)
        revoke(by: 10 + key, 10 + key * 7 % third, leaf, UInt64(key + 1))
      }
    case .themselves:
      for key in 0..<third { grant(by: 3, 10 + key, leaf) }
      for key in 0..<third {
        revoke(by: 10 + key, 10 + key, leaf, UInt64(1 + key % 5))
        revoke(by: 10 + key, 10 + (key + 1) % third, leaf, last)
      }
    case .oneAndAll:
      for key in 0..<count / 4 { grant(by: 3, 10 + key, leaf) }
      for key in 0..<count / 4 {
        revoke(by: 10, 10, leaf, UInt64(key + 1), upTo(10, key))
        revoke(by: 10, 10 + key, leaf, last)
        revoke(by: 10 + key, 10, leaf, last, upTo(10, key * 2))
      }
    case .moves:
      for key in 0..<count {
        move(
          by: 3, in: leaf, Self.unit("school/cs/t1/x\(key % 50)"), UInt64(key + 1),
          to: Self.unit("school/cs/t1/\(key % 2 == 0 ? "a" : "b")"), upTo(3, key))
      }
    case .movers:
      for key in 0..<half { grant(by: 3, 10 + key, leaf) }
      for key in 0..<half {
        move(
          by: 10 + key, in: leaf, Self.unit("school/cs/t1/x\(key % 5)"), last,
          to: Self.unit("school/cs/t1/y\(key % 7)"), FeedCut())
      }
    case .manyGrants:
      for key in 0..<half { grant(by: 3, 10, Self.unit("school/cs/t1/u\(key)"), in: leaf) }
      for key in 0..<half { revoke(by: 10, 10, Self.unit("school/cs/t1/u\(key)"), UInt64(key + 1)) }
    case .forks:
      for key in 0..<third { grant(by: 3, 10 + key, leaf) }
      for key in 0..<third {
        if key > 0 { ways.fork(Self.replica(10), mark: UInt64(key), after: UInt32(key), of: UInt64(key - 1)) }
        add(
          10, leaf, .grant(Self.grant(10 + third + key, leaf)), at: Self.place(10, 0, mark: key, UInt32(key + 1)))
      }
      for key in 0..<third { revoke(by: 10 + key, 10, leaf, last, upTo(10, key + 1, mark: key)) }
    case .honest:
      for key in 0..<count { grant(by: 3, 10 + key, leaf) }
    }
  }

  // MARK: Drawn

  /// Up to `count` statements by up to eight devices in six units, some of which fork, stop themselves and carry the last number.
  public init(seed: UInt64, count: Int) {
    var generator = SeededGenerator(seed: seed)
    let units = ["school", "school/a", "school/b", "school/a/x", "school/a/x/y", "school/b/z"].map(Self.unit)
    let devices = generator.int(in: 3...7)
    let isForked = generator.chance(percent: 40)
    let grants = generator.int(in: 1...8)
    let stopsThemselves = generator.chance(percent: 50)
    /// By device, feed and mark: after which entry of which branch it begins.
    var beginnings: [[Int]: (seq: UInt32, of: Int)] = [:]
    if isForked {
      for device in 0...devices {
        for feed in 0..<2 {
          for mark in 1...3 {
            let other = generator.below(mark)
            let seq = (beginnings[[device, feed, other]]?.seq ?? 0) + UInt32(generator.below(5))
            beginnings[[device, feed, mark]] = (seq, other)
            ways.fork(Self.replica(device, feed), mark: UInt64(mark), after: seq, of: UInt64(other))
          }
        }
      }
    }
    func place(_ device: Int, _ seq: UInt32) -> FeedPlace {
      let feed = generator.below(2)
      var mark = isForked ? generator.below(4) : 0
      while let beginning = beginnings[[device, feed, mark]], seq <= beginning.seq { mark = beginning.of }
      return Self.place(device, feed, mark: mark, seq)
    }
    func cut(_ device: Int?) -> FeedCut {
      if generator.chance(percent: 30) { return FeedCut() }
      var places: [LogID: [FeedPlace]] = [:]
      for unit in units where generator.chance(percent: 60) {
        for other in 0...devices where device ?? other == other {
          for _ in 0..<generator.int(in: 1...2) {
            places[LogID(unit, .notices), default: []].append(place(other, UInt32(generator.int(in: 1...14))))
          }
        }
      }
      return FeedCut(places)
    }
    for number in 1...2 { grant(by: 0, number, Self.root) }
    for _ in 2..<max(3, count) {
      let author = generator.int(in: 0...devices)
      let unit = units[generator.below(units.count)]
      let subject = stopsThemselves && generator.chance(percent: 30) ? author : generator.int(in: 0...devices)
      let number = generator.chance(percent: 35) ? AuthorityStatement.generationLimit : UInt64(generator.int(in: 1...4))
      let content: AuthorityStatement.Content
      switch generator.below(10) {
      case ..<grants:
        content = .grant(
          Self.grant(subject, units[generator.below(units.count)], generator.chance(percent: 75) ? .all : .reporter))
      case ..<9:
        content = .revocation(
          .init(
            device: Self.device(subject), generation: number, roles: generator.chance(percent: 85) ? .all : [],
            cut: cut(subject)))
      default:
        content = .move(
          .init(
            unit: units[generator.below(units.count)], generation: number, parent: units[generator.below(units.count)],
            cut: cut(nil)))
      }
      // Sometimes two in one entry, or on two branches at one number.
      let seq = max(1, (written[author] ?? 0) + UInt32(generator.below(2)))
      written[author] = seq
      let statement = AuthorityStatement(
        log: LogID(unit, generator.chance(percent: 97) ? .notices : .answers), place: place(author, seq),
        author: Self.device(author), content: content)
      // An entry says one thing about a subject.
      if statements.allSatisfy({ $0 < statement || statement < $0 }) { statements.append(statement) }
    }
  }

  // MARK: Statements

  private static func unit(_ text: String) -> UnitPath {
    UnitPath(text) ?? { preconditionFailure("a well-formed path") }()
  }

  private static func grant(_ number: Int, _ unit: UnitPath, _ roles: Roles = .all) -> AuthorityStatement.Grant {
    .init(device: device(number), key: [], unit: unit, roles: roles, agreementKey: [])
  }

  private mutating func add(
    _ author: Int, _ unit: UnitPath, _ content: AuthorityStatement.Content, at place: FeedPlace? = nil
  ) {
    let seq = (written[author] ?? 0) + 1
    written[author] = seq
    statements.append(
      AuthorityStatement(
        log: LogID(unit, .notices), place: place ?? Self.place(author, 0, mark: 0, seq), author: Self.device(author),
        content: content))
  }

  private mutating func grant(by author: Int, _ number: Int, _ unit: UnitPath, in log: UnitPath? = nil) {
    add(author, log ?? unit, .grant(Self.grant(number, unit)))
  }

  private mutating func revoke(
    by author: Int, _ number: Int, _ unit: UnitPath, _ generation: UInt64, _ cut: FeedCut = FeedCut()
  ) {
    add(
      author, unit, .revocation(.init(device: Self.device(number), generation: generation, roles: .all, cut: cut)))
  }

  private mutating func move(
    by author: Int, in log: UnitPath, _ unit: UnitPath, _ generation: UInt64, to parent: UnitPath, _ cut: FeedCut
  ) {
    add(author, log, .move(.init(unit: unit, generation: generation, parent: parent, cut: cut)))
  }
}
