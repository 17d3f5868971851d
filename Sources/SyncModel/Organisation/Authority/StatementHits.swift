/// What revocations hit of one device's statements: a board, whose points are the statements in the order of `targets`.
protocol DeviceHits {
  var board: HitBoard { get }
  var targets: [Int] { get }
  /// The place of each statement among the targets.
  var numbers: [Int: Int] { get }

  /// Where a revocation hits.
  func boxes(of revocation: Int) -> [HitBoard.Box]
}

extension DeviceHits {
  /// What nothing hits, each told once.
  func takeUnhit() -> [Int] { board.takeUnhit().map { targets[$0] } }

  /// What a revocation that counts takes away, of what some revocation may still hit.
  func hit(by revocation: Int) -> [Int] {
    boxes(of: revocation).flatMap { board.take($0) }.map { targets[$0] }
  }

  /// A revocation does not count: what nothing hits without it.
  func withdraw(_ revocation: Int) -> [Int] {
    let boxes = boxes(of: revocation)
    if boxes.isEmpty { return [] }
    for box in boxes { board.remove(box) }
    return takeUnhit()
  }

  /// The revocations that hit a statement, told once.
  func takeHitters(of index: Int) -> [Int] { numbers[index].map(board.takeHitters) ?? [] }
}

/// What a device said and the revocations that take role 管理员 from it: they hit what their cuts do not cover.
final class OwnHits: DeviceHits {
  private let book: AuthorityBook
  let board: HitBoard
  let targets: [Int]
  let numbers: [Int: Int]

  /// nil where there is none.
  init?(on device: Int, _ book: AuthorityBook) {
    let revocations = book.revocations[device].filter { book.takesAdmin($0) }
    if revocations.isEmpty || book.said[device].isEmpty { return nil }
    self.book = book
    targets = book.said[device]
    let forest = book.forest(of: device)
    board = HitBoard(
      targets.map { HitBoard.Point(z: Int32(forest.positions[$0] ?? 0)) }, takingPart: true, steps: book.steps
    )
    numbers = Dictionary(uniqueKeysWithValues: targets.enumerated().map { ($1, $0) })
    for revocation in revocations {
      for box in boxes(of: revocation) { board.add(box, by: revocation) }
    }
  }

  func boxes(of revocation: Int) -> [HitBoard.Box] { book.hits(of: revocation).map(HitBoard.Box.init(z:)) }
}

/// The revocations of one device: a later one hits those before it, of units at or below its own.
final class AnswerHits: DeviceHits {
  private let book: AuthorityBook
  private let device: Int
  private let order: AnswerOrder
  private let units: UnitOrder
  let board: HitBoard
  let targets: [Int]
  let numbers: [Int: Int]

  init(of device: Int, _ book: AuthorityBook, _ lines: UnitLines) {
    self.book = book
    self.device = device
    let revocations = book.revocations[device]
    let order = AnswerOrder(revocations, book)
    let units = UnitOrder(revocations.map(book.unit), lines, steps: book.steps)
    self.order = order
    self.units = units
    targets = revocations
    board = HitBoard(
      revocations.map {
        HitBoard.Point(x: units.positions[book.unit($0)] ?? 0, y: order.positions[$0] ?? 0)
      }, takingPart: true, steps: book.steps)
    numbers = Dictionary(uniqueKeysWithValues: revocations.enumerated().map { ($1, $0) })
    for revocation in revocations {
      for box in boxes(of: revocation) { board.add(box, by: revocation) }
    }
  }

  /// None of what the device itself says about itself: nobody answers their own.
  func boxes(of revocation: Int) -> [HitBoard.Box] {
    if book.author[revocation] == device { return [] }
    return units.stretches(below: book.unit(revocation)).flatMap { stretch in
      order.answered(by: revocation).map { HitBoard.Box(x: stretch, y: $0) }
    }
  }
}

/// Revocations by their numbers, those that carry the last one by feed: what one is later than is one stretch or two.
///
/// Nothing is later than the last number: those that carry it answer each other, and the order of their authors decides; one feed's
/// later entry answers its earlier one.
struct AnswerOrder {
  private(set) var positions: [Int: Int32] = [:]
  private var answered: [Int: [Range<Int32>]] = [:]

  init(_ revocations: [Int], _ book: AuthorityBook) {
    let limit = AuthorityStatement.generationLimit
    func generation(_ index: Int) -> UInt64 { book.statements[index].content.generation ?? 0 }
    func isOneFeed(_ left: Int, _ right: Int) -> Bool {
      let (left, right) = (book.statements[left], book.statements[right])
      return left.place.replica == right.place.replica && left.log == right.log
    }
    let sorted = revocations.sorted { left, right in
      if generation(left) != generation(right) { return generation(left) < generation(right) }
      if generation(left) < limit { return left < right }
      let (one, two) = (book.statements[left], book.statements[right])
      if one.log != two.log { return one.log < two.log }
      if one.place.replica != two.place.replica { return one.place.replica < two.place.replica }
      return one.place.seq != two.place.seq ? one.place.seq < two.place.seq : left < right
    }
    book.steps.add(sorted.count)
    let count = Int32(sorted.count)
    var start = 0
    while start < sorted.count {
      let first = sorted[start]
      let isLast = generation(first) == limit
      var end = start
      while end < sorted.count, generation(sorted[end]) == generation(first), !isLast || isOneFeed(sorted[end], first) {
        end += 1
      }
      var same = start
      for index in start..<end {
        positions[sorted[index]] = Int32(index)
        if isLast, book.statements[sorted[index]].place.seq != book.statements[sorted[same]].place.seq { same = index }
        let earlier = 0..<Int32(isLast ? same : start)
        answered[sorted[index]] = (isLast ? [earlier, Int32(end)..<count] : [earlier]).filter { !$0.isEmpty }
      }
      start = end
    }
  }

  /// The positions of those that a revocation is later than.
  func answered(by revocation: Int) -> [Range<Int32>] { answered[revocation] ?? [] }
}

extension AuthorityBook {
  func takesAdmin(_ index: Int) -> Bool {
    if case .revocation(let content) = statements[index].content { content.roles.contains(.admin) } else { false }
  }
}

extension HitBoard.Box {
  init(z: Range<Int>) {
    low.z = Int32(z.lowerBound)
    high.z = Int32(z.upperBound)
  }

  init(x: Range<Int32>, y: Range<Int32>) {
    (low.x, high.x) = (x.lowerBound, x.upperBound)
    (low.y, high.y) = (y.lowerBound, y.upperBound)
  }
}
