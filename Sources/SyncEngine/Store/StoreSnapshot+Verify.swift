import SyncModel

/// Every chain and signature of a workspace, checked again from the stored bytes.
public struct Verification: Sendable {
  public var feeds = 0
  public var entries = 0
  public var problems: [Problem] = []

  public var ok: Bool { problems.isEmpty }

  public struct Problem: Hashable, Sendable {
    public let log: LogID
    public let replica: ReplicaID
    /// The first entry that cannot be trusted.
    public let seq: UInt32
    public let reason: String
  }
}

extension Office {
  /// Checks every chain hash and signature from the stored bytes; promise 5.
  public func verify() throws -> Verification {
    try read { try $0.verify() }
  }
}

extension StoreSnapshot {
  func verify() throws -> Verification {
    var verification = Verification()
    for summary in try logs() {
      let storage = SQLLogStorage(connection, log: summary.row)
      let strands = try strands(row: summary.row)
      let topology = StrandTopology(parents: strands.map(\.parent))
      for (index, strand) in strands.enumerated() {
        verification.feeds += 1
        let start = strand.parent?.seq ?? 0
        var hash = Chain.start(genesis: strand.genesis)
        if let parent = strand.parent {
          let holder = topology.holder(of: parent.seq, on: index)
          // Where the trunk is damaged, both are named.
          hash = (try? storage.hash(of: Dot(strand: holder, seq: parent.seq))) ?? hash
        }
        func problem(_ seq: UInt32, _ reason: String) {
          verification.problems.append(
            Verification.Problem(log: summary.log, replica: strand.replica, seq: seq, reason: reason))
        }
        if !strand.isOpened(in: summary.log, of: identity.school) { problem(start + 1, "开头与记录不符") }
        let heads = Dictionary(
          try storage.heads(of: index, after: start, through: strand.stored).map { ($0.head.seq, $0.head.signature) },
          uniquingKeysWith: { first, _ in first })
        if strand.stored > start, heads[strand.stored] == nil { problem(strand.stored, "末尾没有签名") }
        let marks = try storage.entries.marks(of: index)
        let starts = Dictionary(marks.map { ($0.first, $0.startHash) }, uniquingKeysWith: { first, _ in first })
        let ends = Dictionary(marks.map { ($0.last, $0.endHash) }, uniquingKeysWith: { first, _ in first })
        var seq = start
        while seq < strand.stored {
          seq += 1
          let found: StoredEntry?
          do {
            found = try storage.entry(Dot(strand: index, seq: seq))
          } catch {
            problem(seq, "内容无法读出")
            break
          }
          guard let entry = found else {
            problem(seq, "缺少这一条")
            break
          }
          verification.entries += 1
          let before = hash
          guard let next = try? Chain.next(before, entry.body, seq: seq, secret: { try storage.secret(of: $0) }),
            let tag = try? storage.tag(of: Dot(strand: index, seq: seq))
          else {
            problem(seq, "内容无法读出")
            break
          }
          hash = next
          if hash.tag != tag || starts[seq].map({ $0 != before }) == true || ends[seq].map({ $0 != hash }) == true {
            problem(seq, "内容与记录不符")
            break
          }
          guard let signature = heads[seq] else { continue }
          let message = Chain.headMessage(
            school: identity.school, log: summary.log, replica: strand.replica, seq: seq, hash: hash)
          if !DeviceKey.verify(signature, of: message, by: strand.deviceKey) {
            problem(seq, "签名不符")
            break
          }
        }
        if let bad = try unopened(strand, index, summary.log, storage) { problem(bad, "密封内容与记录不符") }
        if seq == strand.stored, hash != strand.storedHash { problem(seq, "末尾与记录不符") }
      }
    }
    return verification
  }

  /// The first own entry of a strand whose box does not open although its key is here. The chain covers what a box
  /// holds, not the box.
  private func unopened(_ strand: Strand, _ index: Int, _ log: LogID, _ storage: SQLLogStorage) throws -> UInt32? {
    let keys = try sealing(of: log)
    if keys.isEmpty { return nil }
    var seq = strand.parent?.seq ?? 0
    while seq < strand.stored {
      seq += 1
      guard let entry = try storage.entry(Dot(strand: index, seq: seq)), case .sealed(let sealed) = entry.body,
        keys[sealed.epoch] != nil
      else { continue }
      if try readable(entry, of: strand.replica, seq: seq, in: log).isSealed { return seq }
    }
    return nil
  }
}

extension Strand {
  /// True where record 0 is one that this feed may begin with.
  fileprivate func isOpened(in log: LogID, of school: SchoolID) -> Bool {
    guard let start = try? FeedGenesis(bytes: genesis) else { return false }
    return start.deviceKey == deviceKey && start.opens(replica, in: log, of: school)
  }
}
