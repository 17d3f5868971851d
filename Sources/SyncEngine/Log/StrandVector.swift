import SyncModel

/// One entry, by strand (a chain, or a branch of a forked feed, numbered within its log's store) and seq.
public struct Dot: Hashable, Comparable, Sendable {
  public var strand: Int32
  public var seq: UInt32

  public init(strand: Int, seq: UInt32) {
    self.strand = Int32(strand)
    self.seq = seq
  }

  public static func < (left: Self, right: Self) -> Bool {
    left.strand != right.strand ? left.strand < right.strand : left.seq < right.seq
  }
}

/// Where each strand of a log branches off: the one small type that knows that a feed can fork (protocol §5). To
/// everything else a strand is a chain.
public struct StrandTopology: Hashable, Sendable {
  /// The parent strand and the seq after which this one leaves it; nil for a feed's first strand.
  public private(set) var parents: [Dot?]

  public init(parents: [Dot?] = []) {
    self.parents = parents
  }

  public mutating func add(parent: Dot?) {
    parents.append(parent)
  }

  /// The strand that holds `seq` on the way to `strand`.
  public func holder(of seq: UInt32, on strand: Int) -> Int {
    var strand = strand
    while let parent = parents[strand], seq <= parent.seq { strand = Int(parent.strand) }
    return strand
  }

  /// How far the way to `strand` runs along the way to `dot`: the last seq that both hold.
  public func commonSeq(of dot: Dot, and strand: Int) -> UInt32 {
    var ways: [Int: UInt32] = [:]
    var place: Dot? = dot
    while let current = place {
      ways[Int(current.strand)] = current.seq
      place = parents[Int(current.strand)]
    }
    place = Dot(strand: strand, seq: .max)
    while let current = place {
      if let through = ways[Int(current.strand)] { return min(through, current.seq) }
      place = parents[Int(current.strand)]
    }
    return 0
  }
}

/// A version vector over the strands of one log: how far each is covered. Covering a strand covers its parent up to the
/// fork. Join is commutative, associative and idempotent.
public struct StrandVector: Hashable, Sendable {
  /// Highest covered seq by strand; strands beyond the end are not covered at all.
  public private(set) var seqs: [UInt32]

  public init(seqs: [UInt32] = []) {
    // One vector, one form: what is not covered is not named at the end.
    self.seqs = Array(seqs.prefix((seqs.lastIndex { $0 > 0 } ?? -1) + 1))
  }

  public subscript(strand: Int) -> UInt32 {
    strand < seqs.count ? seqs[strand] : 0
  }

  public func covers(_ dot: Dot) -> Bool {
    self[Int(dot.strand)] >= dot.seq
  }

  /// That entry and all its ancestors.
  public mutating func cover(_ dot: Dot, in topology: StrandTopology) {
    var dot = dot
    while true {
      let strand = Int(dot.strand)
      if dot.seq == 0 { return }
      if strand >= seqs.count { seqs += Array(repeating: 0, count: strand + 1 - seqs.count) }
      if seqs[strand] >= dot.seq { return }
      seqs[strand] = dot.seq
      guard let parent = topology.parents[strand] else { return }
      dot = parent
    }
  }

  public mutating func join(_ other: StrandVector) {
    if other.seqs.count > seqs.count { seqs += Array(repeating: 0, count: other.seqs.count - seqs.count) }
    for (strand, seq) in other.seqs.enumerated() where seq > seqs[strand] { seqs[strand] = seq }
  }

  /// The places that imply all the rest: no parent that a covered branch already implies.
  public func tips(in topology: StrandTopology) -> [Dot] {
    var implied = [UInt32](repeating: 0, count: seqs.count)
    for (strand, seq) in seqs.enumerated() where seq > 0 {
      if let parent = topology.parents[strand] {
        implied[Int(parent.strand)] = max(implied[Int(parent.strand)], parent.seq)
      }
    }
    return seqs.indices.compactMap { strand in
      seqs[strand] > implied[strand] ? Dot(strand: strand, seq: seqs[strand]) : nil
    }
  }
}

extension StrandVector {
  /// As stored: a varint a strand.
  public var bytes: [UInt8] {
    var writer = ByteWriter(capacity: seqs.count * 2)
    for seq in seqs { writer.varint(UInt64(seq)) }
    return writer.bytes
  }

  public init(bytes: [UInt8]) throws(CodecError) {
    var reader = ByteReader(bytes)
    var seqs: [UInt32] = []
    while !reader.isAtEnd { seqs.append(try reader.seq()) }
    self.init(seqs: seqs)
  }
}
