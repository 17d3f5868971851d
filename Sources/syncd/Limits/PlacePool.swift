import SyncHTTP
import SyncModel

/// Requests of one kind from their header fields to the end of their answer: who waits for a place, whose large body is on its
/// way, for whom the hub works, and who takes an answer (protocol §11). A value that decides; ``Gate`` tells those concerned.
///
/// A place is held by those alone for whom the hub works. Whose peer is slow holds bytes at most, and gives way.
struct PlacePool {
  struct Size {
    /// Requests that the hub works for.
    var places: Int
    /// What bodies come to, on their way and at work.
    var bytes: Int
    /// Of that, for large ones on their way.
    var largeBytes: Int
    /// Answers that are not taken yet: beyond it nobody's turn comes.
    var answerBytes: Int
    /// Of large bodies on their way, and of answers, for one unit.
    var bytesPerUnit: Int
    /// Requests of one device, whatever they are at.
    var perDevice: Int
    var waiting: Int
  }

  enum Turn: Hashable {
    /// It is placed, or its body may come.
    case now
    case later
    case never
  }

  enum Refusal: Hashable {
    /// Others want the room, and this one is the slowest.
    case full
    /// Its body comes more slowly than anybody's may.
    case slow
    /// Its answer is on its way, and not taken: nothing can be said any more.
    case answer
  }

  /// Who has to be told what.
  struct Changes {
    /// Whose turn has come.
    var admitted: [UInt64] = []
    var refused: [(ticket: UInt64, refusal: Refusal)] = []

    static func + (left: Changes, right: Changes) -> Changes {
      Changes(admitted: left.admitted + right.admitted, refused: left.refused + right.refused)
    }
  }

  private enum Phase {
    /// Nothing is held: its small body is being read, or it has just been refused.
    case idle
    case waiting
    case coming
    case working
    case taking
  }

  private struct Entry {
    let owner: Owner
    var phase = Phase.idle
    /// Waits for a large body, or brings it.
    var isLarge = false
    /// What it may come to.
    var bound = 0
    var held = 0
    var pace: Pace?
    /// It has fallen behind, and does not catch up: what it might bring belongs to others.
    var isBehind = false

    /// What of the room for bodies is not there for others.
    var reserved: Int {
      switch phase {
      case .idle, .waiting, .taking: 0
      case .coming: isBehind ? held : bound
      case .working: held
      }
    }

    var isLargeComing: Bool { isLarge && phase == .coming }
    var answerBytes: Int { phase == .taking ? held : 0 }

    /// While the hub itself works: how fast a body comes is its sender's to decide.
    var hasPlace: Bool { phase == .working }
    /// What counts when it is asked whose turn it is.
    var isUnderWay: Bool { phase == .working || phase == .coming && !isBehind }
    var isMoving: Bool { phase == .coming || phase == .taking }
  }

  private let size: Size
  private let limit: HTTPLimit
  private var lastTicket: UInt64 = 0
  private var entries: [UInt64: Entry] = [:]
  /// Tickets, first come first.
  private var line: [UInt64] = []
  private var perDevice: [DeviceID: Int] = [:]

  init(_ size: Size, _ limit: HTTPLimit) {
    self.size = size
    self.limit = limit
  }

  var waiting: Int { line.count }
  var placed: Int { entries.values.count(where: \.hasPlace) }
  var reservedBytes: Int { entries.values.reduce(0) { $0 + $1.reserved } }
  var answerBytes: Int { entries.values.reduce(0) { $0 + $1.answerBytes } }
  var isEmpty: Bool { entries.isEmpty }
  /// Whether anybody's pace matters.
  var hasMoving: Bool { entries.values.contains(where: \.isMoving) }

  // MARK: A request's way

  /// nil where the device has as much under way as it may.
  mutating func open(_ owner: Owner) -> UInt64? {
    guard perDevice[owner.device] ?? 0 < size.perDevice else { return nil }
    perDevice[owner.device, default: 0] += 1
    lastTicket += 1
    entries[lastTicket] = Entry(owner: owner)
    return lastTicket
  }

  /// Asks for a place, or for the turn to bring a large body.
  ///
  /// - Parameter bytes: what it holds by now, and what that inflates to; of a large body what it may come to.
  mutating func ask(_ ticket: UInt64, bytes: Int, isLarge: Bool, at now: UInt64) -> (Turn, Changes) {
    guard var entry = entries[ticket], entry.phase == .idle else { return (.never, Changes()) }
    entry.phase = .waiting
    entry.isLarge = isLarge
    entry.bound = bytes
    entries[ticket] = entry
    line.append(ticket)
    var changes = admit(at: now)
    if let index = changes.admitted.firstIndex(of: ticket) {
      changes.admitted.remove(at: index)
      return (.now, changes)
    }
    while line.count > size.waiting {
      let last = lastOfFullest()
      stopWaiting(last)
      if last == ticket { return (.never, changes) }
      changes.refused.append((last, .full))
    }
    return (.later, changes)
  }

  /// The same for one that does not want to wait.
  mutating func askAtOnce(_ ticket: UInt64, bytes: Int, isLarge: Bool, at now: UInt64) -> (Bool, Changes) {
    guard line.isEmpty else { return (false, Changes()) }
    let (turn, changes) = ask(ticket, bytes: bytes, isLarge: isLarge, at: now)
    if turn == .later { stopWaiting(ticket) }
    return (turn == .now, changes)
  }

  /// A piece of a large body is there.
  /// - Returns: false where there is no room for it, or was none before: it is refused.
  mutating func take(_ ticket: UInt64, _ bytes: Int, at now: UInt64) -> (Bool, Changes) {
    guard entries[ticket]?.phase == .coming else { return (false, Changes()) }
    entries[ticket]?.pace?.move(bytes, at: now, limit)
    return reserve(ticket, bytes, at: now)
  }

  /// The last piece is there, and what it all inflates to is known: it is at work.
  mutating func complete(_ ticket: UInt64, inflated: Int, at now: UInt64) -> (Bool, Changes) {
    guard entries[ticket]?.phase == .coming else { return (false, Changes()) }
    let (isTaken, changes) = reserve(ticket, inflated, at: now)
    guard isTaken else { return (false, changes) }
    entries[ticket]?.phase = .working
    entries[ticket]?.pace = nil
    return (true, changes + admit(at: now))
  }

  /// What it holds is this much by now. Who has a place keeps it.
  mutating func hold(_ ticket: UInt64, _ bytes: Int, at now: UInt64) -> Changes {
    guard entries[ticket]?.phase == .working else { return Changes() }
    entries[ticket]?.held = bytes
    return admit(at: now)
  }

  /// The hub has done its part for now; what comes next is the peer's.
  mutating func rest(_ ticket: UInt64, at now: UInt64) -> Changes {
    guard entries[ticket]?.phase == .working else { return Changes() }
    entries[ticket]?.phase = .idle
    entries[ticket]?.held = 0
    return admit(at: now)
  }

  /// The answer is there: the place is free, what is held of it counts until all is taken.
  mutating func answer(_ ticket: UInt64, holding held: Int, of total: Int, at now: UInt64) -> Changes {
    guard var entry = entries[ticket], entry.phase == .working else { return Changes() }
    entry.phase = .taking
    entry.held = held
    entry.pace = Pace(total: total, at: now)
    entry.isBehind = false
    entries[ticket] = entry
    return admit(at: now)
  }

  /// So much of the answer has been taken.
  mutating func taken(_ ticket: UInt64, _ bytes: Int, at now: UInt64) {
    guard entries[ticket]?.phase == .taking else { return }
    entries[ticket]?.pace?.move(bytes, at: now, limit)
  }

  /// It is over.
  mutating func leave(_ ticket: UInt64, at now: UInt64) -> Changes {
    guard let entry = entries.removeValue(forKey: ticket) else { return Changes() }
    line.removeAll { $0 == ticket }
    let left = (perDevice[entry.owner.device] ?? 0) - 1
    perDevice[entry.owner.device] = left > 0 ? left : nil
    return admit(at: now)
  }

  /// It waits no longer.
  mutating func giveUp(_ ticket: UInt64, at now: UInt64) -> Changes {
    guard entries[ticket]?.phase == .waiting else { return Changes() }
    stopWaiting(ticket)
    return admit(at: now)
  }

  /// Time has passed: notes who fell behind, refuses those below the least rate, and those behind where somebody waits.
  mutating func judge(at now: UInt64) -> Changes {
    settle(at: now)
    var changes = Changes()
    for ticket in entries.keys.sorted() where entries[ticket]?.isMoving == true {
      entries[ticket]?.pace?.mark(at: now, limit)
      if entries[ticket]?.pace?.isBelowLeast(at: now, limit) == true {
        changes.refused.append((ticket, refuse(ticket) ? .answer : .slow))
      }
    }
    return changes + admit(at: now)
  }

  // MARK: Who is next

  /// Those for whom there is room now: the first of whoever has least under way. Nobody overtakes, but for large bodies, which
  /// have a share of their own.
  private mutating func admit(at now: UInt64) -> Changes {
    var changes = Changes()
    while let ticket = next(at: now, &changes) {
      line.removeAll { $0 == ticket }
      guard var entry = entries[ticket] else { continue }
      if entry.isLarge {
        entry.phase = .coming
        entry.held = 0
        entry.isBehind = false
        entry.pace = Pace(total: entry.bound, at: now)
      } else {
        entry.phase = .working
        entry.held = entry.bound
      }
      entries[ticket] = entry
      changes.admitted.append(ticket)
    }
    return changes
  }

  private mutating func next(at now: UInt64, _ changes: inout Changes) -> UInt64? {
    // Nobody gives way where that would bring nobody in.
    if line.isEmpty || placed >= size.places { return nil }
    settle(at: now)
    var underWay = ShareCounts()
    for entry in entries.values where entry.isUnderWay { underWay.add(1, to: entry.owner.shares) }
    let turns = line.compactMap { ticket in
      entries[ticket].map { (load: underWay.load($0.owner.shares), ticket: ticket, entry: $0) }
    }.sorted { ($0.load, $0.ticket) < ($1.load, $1.ticket) }
    var isLargeShut = false
    for (_, ticket, entry) in turns {
      if entry.isLarge {
        if isLargeShut { continue }
        switch largeRoom(for: entry, at: now, &changes) {
        case .now: break
        case .later: continue
        case .never:
          isLargeShut = true
          continue
        }
      }
      guard makeRoom(entry.bound, at: now, &changes) else { return nil }
      if !makeAnswerRoom(for: entry, at: now, &changes) { continue }
      return ticket
    }
    return nil
  }

  /// - Returns: later, where its own unit has its share of large bodies; never, where no other large one gets in either.
  private mutating func largeRoom(for entry: Entry, at now: UInt64, _ changes: inout Changes) -> Turn {
    let shares = entry.owner.shares
    var ofOwner = ShareCounts()
    var all = 0
    for other in entries.values where other.isLargeComing {
      ofOwner.add(other.reserved, to: other.owner.shares)
      all += other.reserved
    }
    for share in shares where ofOwner.has(share) {
      let excess = ofOwner.excess(of: share, adding: entry.bound, limit: size.bytesPerUnit)
      if excess <= 0 { continue }
      let isMade = refuse(excess, at: now, &changes) {
        $0.isLargeComing && $0.isBehind && $0.owner.shares.contains(share)
      }
      if !isMade { return .later }
    }
    let excess = all + entry.bound - size.largeBytes
    if all > 0, excess > 0, !refuse(excess, at: now, &changes, of: { $0.isLargeComing && $0.isBehind }) {
      return .never
    }
    return .now
  }

  /// One alone may bring more than there is.
  private mutating func makeRoom(_ bytes: Int, at now: UInt64, _ changes: inout Changes) -> Bool {
    let reserved = reservedBytes
    let excess = reserved + bytes - size.bytes
    return reserved == 0 || excess <= 0
      || refuse(excess, at: now, &changes, of: { $0.isLargeComing && $0.isBehind })
  }

  /// Whether the answers of others leave room for the one that this will have.
  private mutating func makeAnswerRoom(for entry: Entry, at now: UInt64, _ changes: inout Changes) -> Bool {
    let answers = answerBytes - size.answerBytes
    if answers < 0 { return true }
    // Whose unit has more than its share gives way to others as those do who fell behind.
    var ofOwner = ShareCounts()
    for other in entries.values { ofOwner.add(other.answerBytes, to: other.owner.shares) }
    let limit = size.bytesPerUnit
    return refuse(answers + 1, at: now, &changes) { other in
      guard other.phase == .taking else { return false }
      if other.isBehind { return true }
      return other.owner.shares != entry.owner.shares
        && other.owner.shares.contains { ofOwner.excess(of: $0, adding: 0, limit: limit) > 0 }
    }
  }

  /// Refuses those who are meant, the slowest first, until so many bytes are free; nobody where that is not enough.
  private mutating func refuse(
    _ bytes: Int, at now: UInt64, _ changes: inout Changes, of isMeant: (Entry) -> Bool
  ) -> Bool {
    var missing = bytes
    var chosen: [UInt64] = []
    for ticket in slowest(at: now, of: isMeant) where missing > 0 {
      guard let held = entries[ticket]?.held, held > 0 else { continue }
      missing -= held
      chosen.append(ticket)
    }
    if missing > 0 { return false }
    for ticket in chosen {
      changes.refused.append((ticket, refuse(ticket) ? .answer : .full))
    }
    return true
  }

  // MARK: Room

  /// Who is in good time has it already. For others there must be some left, or who is slower makes it.
  private mutating func reserve(_ ticket: UInt64, _ bytes: Int, at now: UInt64) -> (Bool, Changes) {
    var changes = Changes()
    settle(ticket, at: now)
    guard let entry = entries[ticket], entry.held + bytes <= entry.bound else {
      refuse(ticket)
      return (false, changes)
    }
    if entry.isBehind {
      settle(at: now)
      let excess = max(reservedBytes + bytes - size.bytes, largeReserved + bytes - size.largeBytes)
      if excess > 0 {
        var freed = 0
        var slower: [UInt64] = []
        for slow in slowest(at: now, of: { $0.isLargeComing && $0.isBehind }) where freed < excess {
          if slow == ticket { break }
          freed += entries[slow]?.held ?? 0
          slower.append(slow)
        }
        // Nobody pays for what is not enough.
        guard freed >= excess else {
          refuse(ticket)
          return (false, admit(at: now))
        }
        for slow in slower {
          refuse(slow)
          changes.refused.append((slow, .full))
        }
      }
    }
    entries[ticket]?.held += bytes
    return (true, changes)
  }

  private var largeReserved: Int { entries.values.reduce(0) { $1.isLargeComing ? $0 + $1.reserved : $0 } }

  private func slowest(at now: UInt64, of isMeant: (Entry) -> Bool) -> [UInt64] {
    entries.filter { isMeant($0.value) }
      .map { (rate: $0.value.pace?.rate(at: now, limit) ?? 0, ticket: $0.key) }
      .sorted { ($0.rate, $0.ticket) < ($1.rate, $1.ticket) }.map(\.ticket)
  }

  private mutating func settle(at now: UInt64) {
    for ticket in entries.keys { settle(ticket, at: now) }
  }

  private mutating func settle(_ ticket: UInt64, at now: UInt64) {
    guard let entry = entries[ticket], entry.isMoving, !entry.isBehind, let pace = entry.pace else { return }
    if !pace.isInGoodTime(at: now, limit) { entries[ticket]?.isBehind = true }
  }

  /// - Returns: true where its answer was on its way.
  @discardableResult private mutating func refuse(_ ticket: UInt64) -> Bool {
    defer {
      entries[ticket]?.phase = .idle
      entries[ticket]?.held = 0
      entries[ticket]?.pace = nil
    }
    return entries[ticket]?.phase == .taking
  }

  // MARK: The line

  /// The last to come of those whose unit or network has most in line.
  private func lastOfFullest() -> UInt64 {
    var inLine = ShareCounts()
    for ticket in line { inLine.add(1, to: entries[ticket]?.owner.shares ?? []) }
    let all = line.map { (load: inLine.load(entries[$0]?.owner.shares ?? []), ticket: $0) }
    guard let last = all.max(by: { ($0.load, $0.ticket) < ($1.load, $1.ticket) }) else {
      preconditionFailure("somebody stands in a full line")
    }
    return last.ticket
  }

  private mutating func stopWaiting(_ ticket: UInt64) {
    line.removeAll { $0 == ticket }
    entries[ticket]?.phase = .idle
  }
}
