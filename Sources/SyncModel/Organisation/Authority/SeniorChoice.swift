/// Chooses among statements that are entitled and still open, once nothing follows any more: the senior author's, and of one author's
/// the first that none of the others hits.
final class SeniorChoice {
  private let book: AuthorityBook
  private let lines: UnitLines
  /// By author.
  private var boards: [Int: AuthorBoard] = [:]
  private var line = Heap<Candidate>()
  private var changed: Set<Int> = []

  private struct Candidate: Comparable {
    var rank: AuthorityRank
    var author: Int

    static func < (left: Self, right: Self) -> Bool { left.rank < right.rank }
  }

  init(_ book: AuthorityBook, _ lines: UnitLines) {
    self.book = book
    self.lines = lines
  }

  /// A statement is entitled and open.
  func enter(_ index: Int) {
    let author = book.author[index]
    let board = boards[author] ?? AuthorBoard(of: author, book, lines)
    boards[author] = board
    board.enter(index)
    changed.insert(author)
  }

  /// It was decided.
  func leave(_ index: Int) { boards[book.author[index]]?.leave(index) }

  func rankChanged(of author: Int) {
    if boards[author] != nil { changed.insert(author) }
  }

  /// nil where nothing that is left is entitled.
  func senior(by standing: AuthorityStanding) -> Int? {
    for author in changed.sorted() { line.push(Candidate(rank: standing.rank(ofAuthor: author), author: author)) }
    changed = []
    while let next = line.first {
      book.steps.add()
      if next.rank == standing.rank(ofAuthor: next.author), let first = boards[next.author]?.first { return first }
      _ = line.pop()
    }
    return nil
  }
}

/// One author's statements that are entitled and open, and which of them hit which.
private final class AuthorBoard {
  private let book: AuthorityBook
  private let author: Int
  private let board: HitBoard
  private let numbers: [Int: Int]
  private let order: AnswerOrder
  private let units: UnitOrder
  private var entered: Set<Int> = []
  /// About whom, and where: ascending, one an x.
  private let lines: [Line]

  private struct Line: Comparable, Hashable {
    var subject: Int
    var unit: Int32

    static func < (left: Self, right: Self) -> Bool { (left.subject, left.unit) < (right.subject, right.unit) }
  }

  init(of author: Int, _ book: AuthorityBook, _ unitLines: UnitLines) {
    self.book = book
    self.author = author
    let said = book.said[author]
    let revocations = said.filter { index in
      if case .revocation = book.statements[index].content { true } else { false }
    }
    let order = AnswerOrder(revocations, book)
    let units = UnitOrder(revocations.map(book.unit), unitLines, steps: book.steps)
    let lineOf = revocations.reduce(into: [Int: Line]()) {
      $0[$1] = Line(subject: book.subject[$1], unit: units.positions[book.unit($1)] ?? 0)
    }
    let lines = Set(lineOf.values).sorted()
    let places = Dictionary(uniqueKeysWithValues: lines.enumerated().map { ($1, Int32($0)) })
    let stopsItself = revocations.contains { book.subject[$0] == author && book.takesAdmin($0) }
    let forest = stopsItself ? book.forest(of: author) : nil
    board = HitBoard(
      said.map { index in
        HitBoard.Point(
          x: lineOf[index].flatMap { places[$0] } ?? -1, y: order.positions[index] ?? 0,
          z: Int32(forest?.positions[index] ?? 0))
      }, takingPart: false, steps: book.steps)
    numbers = Dictionary(uniqueKeysWithValues: said.enumerated().map { ($1, $0) })
    self.order = order
    self.units = units
    self.lines = lines
  }

  private func boxes(of index: Int) -> [HitBoard.Box] {
    guard case .revocation = book.statements[index].content else { return [] }
    let subject = book.subject[index]
    if subject == author { return book.hits(of: index).map(HitBoard.Box.init(z:)) }
    return units.stretches(below: book.unit(index)).flatMap { stretch -> [HitBoard.Box] in
      let low = lines.partitionPoint { ($0.subject, $0.unit) >= (subject, stretch.lowerBound) }
      let high = lines.partitionPoint { ($0.subject, $0.unit) >= (subject, stretch.upperBound) }
      if low == high { return [] }
      return order.answered(by: index).map { HitBoard.Box(x: Int32(low)..<Int32(high), y: $0) }
    }
  }

  func enter(_ index: Int) {
    guard let number = numbers[index], entered.insert(index).inserted else { return }
    for box in boxes(of: index) { board.add(box) }
    board.join(number)
  }

  func leave(_ index: Int) {
    guard let number = numbers[index] else { return }
    if entered.remove(index) != nil {
      for box in boxes(of: index) { board.remove(box) }
    }
    board.takeOff(number)
  }

  /// nil where none is left.
  var first: Int? {
    board.first.map { book.said[author][$0.unhit ?? $0.any] }
  }
}
