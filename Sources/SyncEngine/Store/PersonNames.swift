import SyncModel

/// What the author of an entry is called (protocol §3).
public enum PersonName: Hashable, Sendable {
  case known(String)
  /// 依规删除.
  case redacted
  /// Not written in what is here, or not come yet.
  case missing

  public var text: String? { if case .known(let text) = self { text } else { nil } }
}

/// A person: an id of one device in one log. The same id written by another device is somebody else.
struct PersonKey: Hashable {
  let log: Int64
  /// Ed25519 public key.
  let device: [UInt8]
  let person: PersonID
}

extension StoreSnapshot {
  /// What a device last called one of its people in a log: nobody else's word for the id is heard, whether it stands in the register or not.
  ///
  /// The same on every replica that holds the same entries: it goes by what counts and by the order of showing (protocol §6), and not by
  /// what superseded what.
  public func personName(_ person: PersonID, by deviceKey: [UInt8], in log: LogID) throws -> PersonName {
    guard let row = try rowID(of: log) else { return .missing }
    let key = PersonKey(log: row, device: deviceKey, person: person)
    // In a transaction that writes the next entry may name somebody.
    if isCommitted, let known = personNames[key] { return known }
    let found = try lastNaming(key, in: log).map { try name($0, log, row) } ?? .missing
    if isCommitted { personNames[key] = found }
    return found
  }

  /// True where this device has written a name for the person in the log, be it redacted since.
  func hasNamed(_ person: PersonID, by deviceKey: [UInt8], in log: LogID) throws -> Bool {
    guard let row = try rowID(of: log) else { return false }
    return try !namings(PersonKey(log: row, device: deviceKey, person: person)).isEmpty
  }

  private func name(_ naming: RegisterChange, _ log: LogID, _ row: Int64) throws -> PersonName {
    let strand = try strands(row: row)[Int(naming.dot.strand)]
    guard let stored = try storage(row: row).entry(naming.dot) else { return .missing }
    let values = try readable(stored, of: strand.replica, seq: naming.dot.seq, in: log).values
    let value = Int(naming.change) < values.count ? values[Int(naming.change)] : nil
    if let text = value?.textValue { return .known(text) }
    // Whose redaction it is would ask for names again.
    if try value == nil && isRedacted(naming.dot, naming.change, row: row) { return .redacted }
    return .missing
  }

  /// The device's names for the person that count, of each strand the last: along a chain the later entry has the greater HLC.
  private func namings(_ key: PersonKey) throws -> [RegisterChange] {
    let storage = storage(row: key.log)
    let name = RegisterName(.person, SubjectID(key.person), .personName)
    guard let register = try storage.storedRegisterID(name) else { return [] }
    let strands = try strands(row: key.log)
    var last: [Int32: RegisterChange] = [:]
    for change in try storage.history(of: register) {
      guard strands.indices.contains(Int(change.dot.strand)) else { throw WorkspaceError.damaged("register_history") }
      let strand = strands[Int(change.dot.strand)]
      guard strand.deviceKey == key.device, strand.isValid(change.dot.seq) else { continue }
      if let known = last[change.dot.strand], known.dot.seq >= change.dot.seq { continue }
      last[change.dot.strand] = change
    }
    return Array(last.values)
  }

  /// The first in the order of showing.
  private func lastNaming(_ key: PersonKey, in log: LogID) throws -> RegisterChange? {
    let namings = try namings(key)
    // Nearly always: a device names somebody once.
    if namings.count < 2 { return namings.first }
    let strands = try strands(row: key.log)
    let storage = storage(row: key.log)
    let clock = isCommitted ? feedClocks[key.log] ?? FeedClock() : FeedClock()
    if isCommitted { feedClocks[key.log] = clock }
    return try namings.map { naming in
      (
        naming, time: try clock.time(of: naming.dot, in: log, row: key.log, self),
        replica: strands[Int(naming.dot.strand)].replica, hash: try storage.hash(of: naming.dot)
      )
    }.min { left, right in
      if left.time != right.time { return left.time > right.time }
      if left.replica != right.replica { return left.replica < right.replica }
      if left.0.dot.seq != right.0.dot.seq { return left.0.dot.seq < right.0.dot.seq }
      guard let first = left.hash, let second = right.hash else { return left.hash != nil }
      return first < second
    }?.0
  }
}

extension StoreTransaction {
  /// The author's name, where this device has not written it in the log yet.
  func introduction(of person: PersonID, called name: String, by deviceKey: [UInt8], in log: LogID) throws -> [Change] {
    if try hasNamed(person, by: deviceKey, in: log) { return [] }
    return [Change(RegisterName(.person, SubjectID(person), .personName), .text(name))]
  }
}

/// HLCs along the strands of a log, which headers tell as differences: walked once from the start, as far as somebody asks.
final class FeedClock {
  /// By strand, from the first entry of its own on.
  private var times: [Int: [HybridTime]] = [:]

  /// Zero where the entry cannot be read.
  func time(of dot: Dot, in log: LogID, row: Int64, _ snapshot: StoreSnapshot) throws -> HybridTime {
    let strands = try snapshot.strands(row: row)
    guard strands.indices.contains(Int(dot.strand)) else { throw WorkspaceError.damaged("strand") }
    let strand = strands[Int(dot.strand)]
    let start = strand.parent?.seq ?? 0
    var known = times[Int(dot.strand)] ?? []
    if dot.seq > start, Int(dot.seq - start) <= known.count { return known[Int(dot.seq - start) - 1] }
    var time = HybridTime.zero
    if let last = known.last {
      time = last
    } else if let parent = strand.parent {
      time = try self.time(of: parent, in: log, row: row, snapshot)
    }
    let storage = snapshot.storage(row: row)
    while start + UInt32(known.count) < dot.seq {
      let seq = start + UInt32(known.count) + 1
      guard let stored = try storage.entry(Dot(strand: Int(dot.strand), seq: seq)),
        let header = try snapshot.readable(stored, of: strand.replica, seq: seq, in: log).header,
        let next = EntryHeader.time(in: header)?.advancing(time)
      else { return .zero }
      time = next
      known.append(next)
    }
    times[Int(dot.strand)] = known
    return time
  }
}
