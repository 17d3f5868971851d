import SyncModel
import SyncTesting
import Testing

/// Which statements count (promises 1 and 7), on chains that never fork: a place is covered by a later one of its feed.
@Suite struct AuthorityResolverTests {
  private static let root = UnitPath("school") ?? UnitPath.fallback
  private static let rootDevice = DeviceID(high: 0, low: 1)

  /// A school told in short: who grants, stops and moves what.
  private struct Story {
    var statements: [AuthorityStatement] = []
    private var written: [DeviceID: UInt32] = [:]

    static func device(_ number: UInt64) -> DeviceID { DeviceID(high: number, low: 0) }

    private static func replica(_ device: DeviceID) -> ReplicaID { ReplicaID(high: device.high, low: 7) }

    mutating func add(_ author: DeviceID, in unit: String, _ content: AuthorityStatement.Content) throws {
      let seq = (written[author] ?? 0) + 1
      written[author] = seq
      statements.append(
        AuthorityStatement(
          log: LogID(try #require(UnitPath(unit)), .notices),
          place: FeedPlace(replica: Self.replica(author), seq: seq, hash: Digest256(a: 0, b: 0, c: 0, d: UInt64(seq))),
          author: author, content: content))
    }

    mutating func grant(
      _ device: UInt64, _ unit: String, _ roles: Roles = .all, by author: UInt64? = nil, in log: String? = nil
    ) throws {
      try add(
        author.map(Self.device) ?? rootDevice, in: log ?? unit,
        .grant(
          .init(
            device: Self.device(device), key: [], unit: try #require(UnitPath(unit)), roles: roles, agreementKey: [])))
    }

    /// Everything that the author may have seen of the target: up to `through` of its entries in each log named.
    mutating func revoke(
      _ device: UInt64, by author: UInt64, in unit: String, generation: UInt64 = 1, roles: Roles = .all,
      through: UInt32, of logs: [String]
    ) throws {
      let replica = Self.replica(Self.device(device))
      var places: [LogID: [FeedPlace]] = [:]
      for log in logs {
        places[LogID(try #require(UnitPath(log)), .notices)] = [
          FeedPlace(replica: replica, seq: through, hash: Digest256(a: 0, b: 0, c: 0, d: UInt64(through)))
        ]
      }
      try add(
        Self.device(author), in: unit,
        .revocation(
          .init(
            device: Self.device(device), generation: generation, roles: roles,
            cut: FeedCut(through == 0 ? [:] : places))))
    }

    func directory(_ statements: [AuthorityStatement]? = nil) -> Directory {
      Directory(
        root: root, rootDevice: rootDevice,
        authority: AuthorityResolver(
          root: root, rootDevice: rootDevice, statements: statements ?? self.statements, ways: ChainWays()
        ).resolve())
    }

    func roles(_ device: UInt64) -> Roles { directory().devices[Self.device(device)]?.roles ?? [] }
  }

  @Test("an enrolment counts by whoever is an administrator of the unit or above, and by nobody else")
  func grants() throws {
    var story = Story()
    try story.grant(1, "school")
    try story.grant(2, "school/cs", .admin, by: 1)
    try story.grant(3, "school/cs/b1", .reporter, by: 2)
    try story.grant(4, "school/ee", .reporter, by: 2, in: "school/ee")
    try story.grant(5, "school", .all, by: 3, in: "school")
    try story.grant(6, "school", .all, by: 5, in: "school")
    #expect(story.roles(3) == .reporter)
    let directory = story.directory()
    let answers = LogID(try #require(UnitPath("school/ee")), .answers)
    for outsider in [4, 5, 6] as [UInt64] {
      #expect(directory.devices[Story.device(outsider)] == nil)
    }
    #expect(directory.authority(of: Story.device(4), over: answers) == .none, "an administrator said so: known")
    #expect(directory.authority(of: Story.device(5), over: answers) == .unknown, "anybody may say so")
  }

  @Test(
    "statements by those whom no enrolment leads to are left out, however many, before others are held against them")
  func leftOut() throws {
    var story = Story()
    try story.grant(1, "school")
    try story.grant(2, "school/cs", .reporter, by: 1)
    try story.grant(3, "school/cs", .admin, by: 1)
    try story.grant(4, "school/cs", .all, by: 2)
    for number in 1...200 as ClosedRange<UInt64> {
      try story.grant(4 + number, "school", .all, by: 3 + number)
      try story.revoke(1, by: 4 + number, in: "school", generation: number, through: 0, of: [])
    }
    let outcome = AuthorityResolver(
      root: Self.root, rootDevice: Self.rootDevice, statements: story.statements, ways: ChainWays()
    ).resolve()
    #expect(outcome.counting.count == 3 && outcome.aside.isEmpty)
  }

  @Test("two who enrol only each other are nobody")
  func circle() throws {
    var story = Story()
    try story.grant(1, "school", by: 2)
    try story.grant(2, "school", by: 1)
    #expect(story.roles(1).isEmpty && story.roles(2).isEmpty)
  }

  @Test("what a stopped administrator said before the cut counts, what it says later does not")
  func cut() throws {
    var story = Story()
    try story.grant(1, "school")
    try story.grant(2, "school/cs", .admin, by: 1)
    try story.grant(3, "school/cs", .reporter, by: 2)
    try story.revoke(2, by: 1, in: "school/cs", through: 1, of: ["school/cs"])
    try story.grant(4, "school/cs", .reporter, by: 2)
    #expect(story.roles(2).isEmpty)
    #expect(story.roles(3) == .reporter)
    #expect(story.roles(4).isEmpty)
  }

  @Test(
    "a later line drawn by an administrator brings back what lay beyond the first; the stopped device cannot draw it")
  func raised() throws {
    var story = Story()
    try story.grant(1, "school")
    try story.grant(2, "school/cs", .admin, by: 1)
    try story.grant(3, "school/cs", .reporter, by: 2)
    try story.revoke(2, by: 1, in: "school/cs", through: 0, of: [])
    #expect(story.roles(3).isEmpty)
    try story.revoke(2, by: 2, in: "school/cs", generation: 2, roles: [], through: 0, of: [])
    #expect(story.roles(2).isEmpty, "nobody gives back to themselves")
    try story.revoke(2, by: 1, in: "school/cs", generation: 3, through: 1, of: ["school/cs"])
    #expect(story.roles(3) == .reporter)
  }

  /// Numbers that some device in the story gives a statement which is to stand for ever.
  private static let greatest = [AuthorityStatement.generationLimit, UInt64(Int64.max), .max]

  private static func number(_ generator: inout SeededGenerator) -> UInt64 {
    generator.chance(percent: 20) ? greatest[generator.below(3)] : UInt64(generator.int(in: 1...3))
  }

  @Test(
    "whatever number a junior gives a revocation, a senior answers it, and answers their own answer",
    arguments: greatest)
  func answered(_ generation: UInt64) throws {
    // 1: the school; 2: a senior, 3: a junior administrator of the committee; 4: whom it is about.
    for (author, logs) in [(1, ["school", "school/cs"]), (2, ["school/cs"])] as [(UInt64, [String])] {
      for log in logs {
        var story = Story()
        try story.grant(1, "school")
        try story.grant(2, "school/cs", .admin, by: 1)
        try story.grant(3, "school/cs", .admin, by: 2)
        try story.grant(4, "school/cs", .reporter, by: 2)
        try story.revoke(4, by: 3, in: "school/cs", generation: generation, through: 0, of: [])
        #expect(story.roles(4).isEmpty == (generation == AuthorityStatement.generationLimit))
        for roles in [[], .all, []] as [Roles] {
          try story.revoke(
            4, by: author, in: log, generation: story.directory().nextRevocationGeneration(of: Story.device(4)),
            roles: roles, through: 0, of: [])
          #expect(story.roles(4) == (roles.isEmpty ? .reporter : []))
        }
        try story.revoke(4, by: 3, in: "school/cs", generation: generation, through: 0, of: [])
        #expect(story.roles(4) == .reporter, "nor does saying it again help the junior")
      }
    }
  }

  @Test("an answer is written where it overrides what counts, as far up as its author may write")
  func whereAnswered() throws {
    var story = Story()
    try story.grant(1, "school")
    try story.grant(2, "school/cs", .admin, by: 1)
    try story.grant(3, "school/cs", .reporter, by: 2)
    func log(by author: UInt64) throws -> String {
      let directory = story.directory()
      let device = try #require(directory.devices[Story.device(3)])
      return directory.revocationLog(of: device, by: Story.device(author)).unit.description
    }
    try story.revoke(3, by: 2, in: "school/cs", through: 0, of: [])
    #expect(try log(by: 1) == "school/cs" && log(by: 2) == "school/cs")
    try story.revoke(3, by: 2, in: "school/cs", generation: .max, through: 0, of: [])
    #expect(try log(by: 1) == "school/cs", "says nothing")
    try story.revoke(
      3, by: 2, in: "school/cs", generation: AuthorityStatement.generationLimit, through: 0, of: [])
    #expect(try log(by: 1) == "school" && log(by: 2) == "school/cs")
    try story.revoke(3, by: 1, in: "school", generation: AuthorityStatement.generationLimit, through: 0, of: [])
    #expect(try log(by: 1) == "school" && log(by: 2) == "school", "where it is refused to the committee's")
  }

  @Test("numbers said without authority raise nothing: the next honest word counts, and those after it")
  func poisoned() throws {
    for generation in Self.greatest {
      var story = Story()
      try story.grant(1, "school")
      try story.grant(2, "school/cs", .reporter, by: 1)
      try story.grant(3, "school/cs", .reporter, by: 1)
      try story.grant(4, "school/ee", .admin, by: 1)
      let unit = try #require(UnitPath("school/cs"))
      // By a reporter, by an administrator of another unit, and by a device that they enrolled themselves.
      try story.grant(5, "school/cs", .all, by: 2)
      for (author, log) in [(2, "school/cs"), (4, "school/cs"), (4, "school/ee"), (5, "school")] as [(UInt64, String)] {
        try story.revoke(3, by: author, in: log, generation: generation, through: 0, of: [])
        try story.add(
          Story.device(author), in: log,
          .move(.init(unit: unit, generation: generation, parent: try #require(UnitPath("school/ee")), cut: FeedCut())))
      }
      #expect(story.roles(3) == .reporter)
      for (number, roles) in ([.all, [], .all] as [Roles]).enumerated() {
        let next = story.directory().nextRevocationGeneration(of: Story.device(3))
        #expect(next == UInt64(number + 1))
        try story.revoke(3, by: 1, in: "school/cs", generation: next, roles: roles, through: 0, of: [])
        #expect(story.roles(3) == (roles.isEmpty ? .reporter : []))
      }
      #expect(story.directory().tree.movedUnits.isEmpty)
      #expect(story.directory().tree.nextGeneration(of: unit) == 1)
    }
  }

  @Test("whatever number a junior gives a move, a senior moves the unit on, and on again", arguments: greatest)
  func movedOn(_ generation: UInt64) throws {
    var story = Story()
    let units = try ["school/cs/x", "school/cs/y", "school/ee", "school/law"].map { try #require(UnitPath($0)) }
    try story.grant(1, "school")
    try story.grant(2, "school/cs", .admin, by: 1)
    try story.add(
      Story.device(2), in: "school/cs",
      .move(.init(unit: units[0], generation: generation, parent: units[1], cut: FeedCut())))
    for parent in [units[2], units[3], units[2]] {
      let next = story.directory().tree.nextGeneration(of: units[0])
      try story.add(
        Story.device(1), in: "school", .move(.init(unit: units[0], generation: next, parent: parent, cut: FeedCut())))
      #expect(story.directory().tree.parent(of: units[0]) == parent)
    }
    try story.add(
      Story.device(2), in: "school/cs",
      .move(.init(unit: units[0], generation: generation, parent: units[1], cut: FeedCut())))
    #expect(story.directory().tree.parent(of: units[0]) == units[2])
  }

  @Test("whom a unit was taken from says nothing more about it than the move names (promise 7)")
  func formerPlace() throws {
    var story = Story()
    let branch = try #require(UnitPath("school/cs/b1"))
    try story.grant(1, "school")
    try story.grant(2, "school/cs", .admin, by: 1)
    try story.grant(3, "school/cs/b1", .reporter, by: 2, in: "school/cs")
    let named = FeedPlace(
      replica: ReplicaID(high: 2, low: 7), seq: 1, hash: Digest256(a: 0, b: 0, c: 0, d: 1))
    try story.add(
      Story.device(1), in: "school",
      .move(
        .init(
          unit: branch, generation: 1, parent: try #require(UnitPath("school/ee")),
          cut: FeedCut([LogID(try #require(UnitPath("school/cs")), .notices): [named]]))))
    try story.grant(4, "school/cs/b1", .reporter, by: 2, in: "school/cs")
    try story.revoke(3, by: 2, in: "school/cs", through: 0, of: [])
    try story.add(
      Story.device(2), in: "school/cs",
      .move(.init(unit: branch, generation: 2, parent: try #require(UnitPath("school/cs/b2")), cut: FeedCut())))
    #expect(story.roles(3) == .reporter)
    #expect(story.roles(4).isEmpty)
    #expect(story.directory().tree.parent(of: branch) == UnitPath("school/ee"))
  }

  @Test("a junior's revocation of a senior counts where nothing answers it")
  func lostLaptop() throws {
    var story = Story()
    try story.grant(1, "school")
    try story.grant(2, "school", by: 1)
    try story.revoke(1, by: 2, in: "school", through: 1, of: ["school"])
    #expect(story.roles(1).isEmpty)
    #expect(story.roles(2) == .all)
  }

  @Test("of two who stop each other, the one nearer the root prevails, then the one earlier in the chain")
  func mutual() throws {
    var same = Story()
    try same.grant(1, "school")
    try same.grant(2, "school", by: 1)
    try same.revoke(1, by: 2, in: "school", through: 1, of: ["school"])
    try same.revoke(2, by: 1, in: "school", through: 0, of: [])
    #expect(same.roles(1) == .all)
    #expect(same.roles(2).isEmpty)

    var levels = Story()
    try levels.grant(1, "school")
    try levels.grant(3, "school/cs", .admin, by: 1)
    try levels.grant(2, "school", by: 1)
    try levels.revoke(3, by: 2, in: "school/cs", through: 0, of: [])
    try levels.revoke(2, by: 3, in: "school", through: 0, of: [])
    #expect(levels.roles(2) == .all)
    #expect(levels.roles(3).isEmpty)
  }

  @Test("a moved unit is administered from its new place, from its old one as far as the move names")
  func moved() throws {
    var story = Story()
    try story.grant(1, "school")
    try story.grant(2, "school/cs", .admin, by: 1)
    try story.grant(3, "school/ee", .admin, by: 1)
    try story.grant(4, "school/cs/b1", .reporter, by: 2)
    let branch = try #require(UnitPath("school/cs/b1"))
    let cut = FeedCut([
      LogID(branch, .notices): [
        FeedPlace(replica: ReplicaID(high: 2, low: 7), seq: 1, hash: Digest256(a: 0, b: 0, c: 0, d: 1))
      ]
    ])
    try story.add(
      Story.device(1), in: "school",
      .move(.init(unit: branch, generation: 1, parent: try #require(UnitPath("school/ee")), cut: cut)))
    try story.grant(5, "school/cs/b1", .reporter, by: 2)
    try story.grant(6, "school/cs/b1", .reporter, by: 3)
    #expect(story.roles(4) == .reporter)
    #expect(story.roles(5).isEmpty)
    #expect(story.roles(6) == .reporter)
    let directory = story.directory()
    let answers = LogID(branch, .answers)
    #expect(directory.mayRead(try #require(UnitPath("school/ee")), answers))
    #expect(!directory.mayRead(try #require(UnitPath("school/cs")), answers))
    #expect(directory.mayRead(branch, LogID(try #require(UnitPath("school/cs")), .notices)), "past ancestors")
    #expect(directory.mayHandOn(try #require(UnitPath("school/cs")), answers))
    let (old, new) = (try #require(UnitPath("school/cs")), try #require(UnitPath("school/ee")))
    #expect(directory.mayRead(new, LogID(old, .notices)), "they say who enrolled the branch's devices")
    #expect(!directory.mayRead(new, LogID(old, .answers)) && !directory.mayRead(old, LogID(new, .notices)))
  }

  @Test("moves that would put a unit below itself do not count, also two that only together would")
  func circularMoves() throws {
    let (a, b) = (try #require(UnitPath("school/a")), try #require(UnitPath("school/b")))
    var story = Story()
    try story.grant(1, "school")
    for (unit, parent) in [(a, b), (b, a)] {
      try story.add(
        Story.device(1), in: "school", .move(.init(unit: unit, generation: 1, parent: parent, cut: FeedCut())))
    }
    let tree = story.directory().tree
    for unit in [a, b] { #expect(tree.lineage(of: unit).last == Self.root) }
    #expect(tree.movedUnits.count == 1)
  }

  @Test("the order and repetition of statements change nothing, whoever stops whom (promise 1)", arguments: 1...60)
  func anyOrder(_ seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    var story = Story()
    let units = ["school", "school/a", "school/b", "school/a/x"]
    try story.grant(1, "school")
    for _ in 0..<40 {
      let author = UInt64(generator.int(in: 1...6))
      let unit = units[generator.below(units.count)]
      switch generator.below(10) {
      case ..<5:
        try story.grant(
          UInt64(generator.int(in: 1...6)), unit, generator.chance(percent: 70) ? .all : .reporter, by: author)
      case ..<9:
        try story.revoke(
          UInt64(generator.int(in: 1...6)), by: author, in: unit, generation: Self.number(&generator),
          roles: generator.chance(percent: 80) ? .all : [], through: UInt32(generator.below(12)), of: units)
      default:
        let draw = generator.below(units.count)
        let parent = try #require(UnitPath(units[draw]))
        try story.add(
          Story.device(author), in: unit,
          .move(
            .init(
              unit: try #require(UnitPath("school/a/x")), generation: Self.number(&generator), parent: parent,
              cut: FeedCut())))
      }
    }
    let expected = story.directory()
    #expect(expected.devices.values.contains { !$0.grants.isEmpty })
    for _ in 0..<4 {
      var shuffled = story.statements
      for index in shuffled.indices.reversed() { shuffled.swapAt(index, generator.below(index + 1)) }
      #expect(story.directory(shuffled + shuffled.prefix(7)) == expected)
    }
  }
}

extension UnitPath {
  fileprivate static var fallback: UnitPath { preconditionFailure("a well-formed path") }
}
