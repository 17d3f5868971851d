/// Which statements of one log their own past leaves out: a device's about one subject beyond the 64th along its feed, with what that
/// continues.
///
/// Law: whether a statement is left out follows from the entries before it on its way and from nothing else, so that it is left out on every
/// replica or on none (promise 1). Statements are counted whatever they say and whether they count or not.
public struct StatementLimit {
  public static let perSubject = 64

  public struct Said {
    var spot: FeedSpot
    var about: Subject

    public init(spot: FeedSpot, kind: UInt64, subject: SubjectID) {
      self.spot = spot
      about = Subject(kind: kind, subject: subject)
    }
  }

  struct Subject: Hashable {
    var kind: UInt64
    var subject: SubjectID
  }

  /// As the statements were given.
  public private(set) var isAdmitted: [Bool]

  private struct Visit {
    var branch: Int
    var nextStatement = 0
    var nextBranch = 0
    var counted: [Subject] = []
  }

  /// - Parameter said: of each branch along it.
  /// - Parameter beginnings: by branch, the entry after which it begins on another one; none for a feed that continues nothing.
  public init(_ said: [Said], beginnings: [Int: FeedSpot]) {
    isAdmitted = Array(repeating: false, count: said.count)
    var statements: [Int: [Int]] = [:]
    for (index, one) in said.enumerated() { statements[one.spot.branch, default: []].append(index) }
    var branches: [Int: [(seq: UInt32, branch: Int)]] = [:]
    var known = Set(statements.keys)
    for (branch, beginning) in beginnings {
      branches[beginning.branch, default: []].append((beginning.seq, branch))
      known.formUnion([branch, beginning.branch])
    }
    for branch in branches.keys { branches[branch]?.sort { ($0.seq, $0.branch) < ($1.seq, $1.branch) } }
    var counts: [Subject: Int] = [:]
    // Along every way once: what a branch adds is taken back where it ends.
    for first in known.sorted() where beginnings[first] == nil {
      var way = [Visit(branch: first)]
      while var visit = way.popLast() {
        let own = statements[visit.branch] ?? []
        let next = visit.nextStatement < own.count ? own[visit.nextStatement] : nil
        if let beside = branches[visit.branch], visit.nextBranch < beside.count,
          next.map({ beside[visit.nextBranch].seq < said[$0].spot.seq }) ?? true
        {
          let branch = beside[visit.nextBranch].branch
          visit.nextBranch += 1
          way += [visit, Visit(branch: branch)]
        } else if let next {
          let count = (counts[said[next].about] ?? 0) + 1
          counts[said[next].about] = count
          isAdmitted[next] = count <= Self.perSubject
          visit.counted.append(said[next].about)
          visit.nextStatement += 1
          way.append(visit)
        } else {
          for subject in visit.counted { counts[subject, default: 1] -= 1 }
        }
      }
    }
  }
}
