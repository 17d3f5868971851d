import SyncModel

/// Who may do what: statements of anybody's choosing in, an outcome in bounded steps out.
let authorityTargets = [
  Target("resolver", seeds: { StatementReader.seeds }) { bytes in
    let statements = StatementReader.statements(bytes)
    let ways = ChainWays()
    for device in 0..<8 {
      for mark in 1..<4 {
        ways.fork(StatementReader.replica(device), mark: UInt64(mark), after: UInt32(mark), of: UInt64(mark - 1))
      }
    }
    let outcome = AuthorityResolver(
      root: StatementReader.units[0], rootDevice: StatementReader.device(0), statements: statements, ways: ways
    ).resolve()
    promise(outcome.counting.count + outcome.aside.count <= statements.count, "statements appear from nowhere")
    let logarithm = Int.bitWidth - (statements.count + 1).leadingZeroBitCount
    // Nine turns of moves, and cuts of a few places.
    promise(
      outcome.steps <= 9 * 60 * (statements.count + 20) * logarithm, "\(outcome.steps) steps for \(statements.count)")
    if statements.count <= 40 {
      let expected = AuthorityOracle(
        root: StatementReader.units[0], rootDevice: StatementReader.device(0), statements: statements, ways: ways
      ).resolve()
      promise(
        outcome.counting == expected.counting && outcome.aside == expected.aside && outcome.tree == expected.tree,
        "the oracle comes to something else")
    }
    let directory = Directory(
      root: StatementReader.units[0], rootDevice: StatementReader.device(0), authority: outcome)
    promise((try? Directory(bytes: directory.bytes)) == directory, "a directory is read back otherwise")
  },

  Target("directory", seeds: { [StatementReader.directory.bytes] }) { bytes in
    guard let directory = try? Directory(bytes: bytes) else { return }
    promise((try? Directory(bytes: directory.bytes)) == directory, "a directory is read back otherwise")
    for device in directory.devices.keys {
      _ = directory.authority(of: device, over: LogID(directory.root, .answers))
    }
  },
]

/// Seven bytes a statement: what, by whom, in whose notices, about whom, the number, how far the cut goes, which branch.
private enum StatementReader {
  static let units = ["school", "school/a", "school/b", "school/a/x", "school/a/x/y", "school/b/z"]
    .map { required(UnitPath($0), "path") }

  static func device(_ number: Int) -> DeviceID { DeviceID(high: UInt64(number), low: 1) }

  static func replica(_ number: Int) -> ReplicaID { ReplicaID(high: UInt64(number), low: 7) }

  /// Marks begin after entry 1, 2 and 3: what stands before is on the branch that they leave.
  private static func place(_ device: Int, _ mark: Int, _ seq: Int) -> FeedPlace {
    FeedPlace(
      replica: replica(device), seq: UInt32(seq),
      hash: Digest256(a: UInt64(min(mark, seq - 1)), b: 0, c: 0, d: UInt64(seq)))
  }

  static func statements(_ bytes: [UInt8]) -> [AuthorityStatement] {
    var found: [AuthorityStatement] = []
    for start in stride(from: 0, to: min(bytes.count, 7 * 400) - 6, by: 7) {
      let part = bytes[start..<start + 7].map(Int.init)
      let (author, unit, subject) = (part[1] % 8, units[part[2] % 6], part[3] % 8)
      let generation = part[4] % 3 == 0 ? AuthorityStatement.generationLimit : UInt64(1 + part[4] % 7)
      let log = LogID(unit, part[0] >= 250 ? .answers : .notices)
      var cut = FeedCut()
      if part[5] > 0 {
        var places = [
          log: [place(subject, part[5] / 64, 1 + part[5] % 64), place(author, part[6] % 4, 1 + part[5] % 16)]
        ]
        places[LogID(units[part[5] % 6], .notices), default: []].append(place(subject, 0, 1 + part[5] % 32))
        cut = FeedCut(places)
      }
      let content: AuthorityStatement.Content =
        switch part[0] % 8 {
        case 0, 1, 2:
          .grant(
            .init(
              device: device(subject), key: [], unit: units[part[4] % 6], roles: part[0] < 200 ? .all : .reporter,
              agreementKey: []))
        case 7: .move(.init(unit: units[part[3] % 6], generation: generation, parent: units[part[5] % 6], cut: cut))
        default:
          .revocation(
            .init(device: device(subject), generation: generation, roles: part[0] < 200 ? .all : [], cut: cut))
        }
      let statement = AuthorityStatement(
        log: log, place: place(author, part[6] % 4, 1 + found.count / 2), author: device(author), content: content)
      // An entry says one thing about a subject.
      if found.suffix(4).allSatisfy({ $0 < statement || statement < $0 }) { found.append(statement) }
    }
    return found
  }

  /// The root enrols three, who stop and move one another.
  static let seeds: [[UInt8]] = [stops, moves, many]

  private static let stops: [UInt8] = [
    0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 1, 1, 3, 1, 0, 0, 3, 1, 0, 2, 3, 9, 0, 3, 2, 0, 1, 3, 9, 1,
  ]
  private static let moves: [UInt8] = [
    0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 2, 0, 0, 0, 7, 1, 0, 3, 1, 2, 0, 7, 2, 1, 4, 3, 1, 2, 3, 1, 1, 1, 3, 66, 2,
  ]
  private static let many: [UInt8] = (0..<60).flatMap { (number: UInt8) -> [UInt8] in
    [number % 8, number % 5, number % 6, number % 7, number, number, number % 4]
  }

  static let directory: Directory = {
    var directory = Directory(
      root: units[0], rootDevice: device(0),
      authority: AuthorityResolver(
        root: units[0], rootDevice: device(0), statements: statements(seeds[1]), ways: ChainWays()
      ).resolve(), schoolName: "示例大学")
    directory.add(DirectoryUnit(path: units[0], name: "示例大学", kind: .school, givenName: "示例大学"))
    return directory
  }()
}
