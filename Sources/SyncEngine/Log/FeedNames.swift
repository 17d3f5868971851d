import SyncModel

/// Resolves feed-local indices, a branch's through its parents up to the fork.
struct FeedNames<Storage: LogStorage> {
  let storage: Storage
  let strands: [Strand]

  /// The strands from `strand` up to its feed's first, each with the last seq that counts for `strand`.
  private func lineage(of strand: Int) -> [(strand: Int, through: UInt32)] {
    var line = [(strand, UInt32.max)]
    var current = strand
    while let parent = strands[current].parent {
      line.append((Int(parent.strand), parent.seq))
      current = Int(parent.strand)
    }
    return line
  }

  func register(index: Int, of strand: Int) throws -> RegisterID? {
    for (holder, through) in lineage(of: strand) {
      if let found = try storage.register(index: index, of: holder), found.introducedAt <= through { return found.id }
    }
    return nil
  }

  func registers(of strand: Int) throws -> [RegisterID] {
    try lineage(of: strand).reversed().flatMap { holder, through in
      try storage.registers(of: holder).filter { $0.introducedAt <= through }.map(\.id)
    }
  }

  func replicas(of strand: Int) throws -> [ReplicaID] {
    try lineage(of: strand).reversed().flatMap { holder, through in
      try storage.replicas(of: holder).filter { $0.introducedAt <= through }.map(\.id)
    }
  }

  /// Those that entries up to `seq` of the strand introduced.
  func replicas(of strand: Int, introducedThrough seq: UInt32) throws -> [ReplicaID] {
    try lineage(of: strand).reversed().flatMap { holder, through in
      try storage.replicas(of: holder).filter { $0.introducedAt <= min(through, seq) }.map(\.id)
    }
  }

  /// What bounds the header of an applied entry. Replicas are counted exactly: where an entry introduces one and cites it
  /// again, on two branches, a greater count would make the second citation seem out of order.
  func counts(before dot: Dot) throws -> FeedNameCounts {
    var counts = strands[Int(dot.strand)].names
    if dot.seq > 0 { counts.replicas = try replicas(of: Int(dot.strand), introducedThrough: dot.seq - 1).count }
    return counts
  }

  func persons(of strand: Int) throws -> [PersonID] {
    try lineage(of: strand).reversed().flatMap { holder, through in
      try storage.persons(of: holder).filter { $0.introducedAt <= through }.map(\.id)
    }
  }
}

/// The registers that a chain has introduced, by feed-local index, in memory.
struct FeedRegisters {
  private(set) var ids: [RegisterID]
  private var indices: [RegisterID: Int]

  init(_ ids: [RegisterID]) {
    self.ids = ids
    indices = [:]
    indices.reserveCapacity(ids.count)
    for (index, id) in ids.enumerated() { indices[id] = index }
  }

  func index(of id: RegisterID) -> Int? { indices[id] }

  mutating func append(_ id: RegisterID) {
    indices[id] = ids.count
    ids.append(id)
  }
}
