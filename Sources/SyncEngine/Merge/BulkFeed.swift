import SyncModel

/// Where an entry stands in a segment's bytes.
struct BulkEntry {
  var segment: UInt32
  var header: UInt32
  var headerEnd: UInt32
  var body: UInt32
  var bodyEnd: UInt32
  /// How many there are in the body.
  var values: UInt16
}

/// One feed in a ``BulkMerge``: its entries, and its state as they are applied.
struct BulkFeed {
  let replica: ReplicaID
  let deviceKey: [UInt8]
  let genesis: [UInt8]
  private(set) var entries: ContiguousArray<BulkEntry> = []
  /// Of each entry's chain hash, once they are checked.
  private(set) var tags: [ChainTag] = []
  private var pieces: [(frame: SegmentFrame, segment: Int)] = []

  var applied: UInt32 = 0
  var time = HybridTime.zero
  /// Highest covered seq by feed.
  var context: [UInt32] = []
  var replicas: [ReplicaID] = []
  var persons: [PersonID] = []
  /// The log's number of each register that the feed introduced.
  private(set) var registers: [Int32] = []
  private var introduced: [Bool] = []

  init(replica: ReplicaID, deviceKey: [UInt8], genesis: [UInt8]) {
    self.replica = replica
    self.deviceKey = deviceKey
    self.genesis = genesis
  }

  /// Stands in the place of one that is worked on.
  static let none = BulkFeed(replica: ReplicaID(high: 0, low: 0), deviceKey: [], genesis: [])

  var names: FeedNameCounts {
    FeedNameCounts(replicas: replicas.count, persons: persons.count, registers: registers.count)
  }

  func hasIntroduced(_ register: Int32) -> Bool {
    Int(register) < introduced.count && introduced[Int(register)]
  }

  mutating func introduce(_ register: Int32) {
    let missing = Int(register) + 1 - introduced.count
    if missing > 0 { introduced += Array(repeating: false, count: missing) }
    introduced[Int(register)] = true
    registers.append(register)
  }

  /// - Throws: ``CodecError`` where values are not well-formed.
  mutating func add(
    _ frame: SegmentFrame, segment: Int, in bytes: [UInt8], trust: BulkMerge.Trust
  ) throws(CodecError) {
    entries.reserveCapacity(entries.count + frame.entries.count)
    for (header, body) in frame.entries {
      var reader = ByteReader(ByteSpan(bytes, body))
      var values = 0
      while !reader.isAtEnd {
        switch trust {
        case .checked: try ValueSplit.skip(&reader, number: values)
        case .taken: try Value.pass(&reader)
        }
        values += 1
      }
      entries.append(
        BulkEntry(
          segment: UInt32(segment), header: UInt32(header.lowerBound), headerEnd: UInt32(header.upperBound),
          body: UInt32(body.lowerBound), bodyEnd: UInt32(body.upperBound), values: UInt16(values)))
    }
    if trust == .checked { pieces.append((frame, segment)) }
  }

  /// Works out every chain hash, and checks the signed heads against them.
  /// - Returns: false where anything is not as its author wrote it.
  mutating func check(_ segments: [[UInt8]], school: SchoolID, log: LogID) throws -> Bool {
    defer { pieces = [] }
    tags.reserveCapacity(entries.count)
    var hash = Chain.start(genesis: genesis)
    var seq: UInt32 = 0
    for (frame, segment) in pieces {
      guard frame.fromHash == hash,
        HeadRule.holds(frame.heads, after: frame.from, frame.entries.lazy.map { $0.header.count + $0.values.count })
      else { return false }
      let bytes = segments[segment]
      var heads = frame.heads.makeIterator()
      var head = heads.next()
      var entry = 0
      for (secret, count) in frame.runs {
        for (header, values) in frame.entries[entry..<entry + count] {
          seq += 1
          hash = Chain.next(
            hash, headerDigest: Hashing.sha256(bytes[header]),
            valuesDigest: try Chain.valuesDigest(
              ByteSpan(bytes, values), count: Int(entries[Int(seq) - 1].values), secret: secret, seq: seq))
          tags.append(hash.tag)
          guard let signed = head, signed.seq == seq else { continue }
          let message = Chain.headMessage(school: school, log: log, replica: replica, seq: seq, hash: hash)
          guard DeviceKey.verify(signed.signature, of: message, by: deviceKey) else { return false }
          head = heads.next()
        }
        entry += count
      }
    }
    return true
  }
}
