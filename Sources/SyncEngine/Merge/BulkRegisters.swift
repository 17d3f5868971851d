import SyncModel

/// One write in a ``BulkMerge``, its value where its bytes stand.
struct BulkWrite {
  var strand: Int32
  var seq: UInt32
  var segment: UInt32
  var start: UInt32
  var end: UInt32
  var change: UInt16
  var time: HybridTime

  var dot: Dot { Dot(strand: Int(strand), seq: seq) }

  /// An entry's one value.
  init(_ entry: BulkEntry, strand: Int, seq: UInt32, time: HybridTime) {
    self.init(entry, entry.body..<entry.bodyEnd, strand: strand, seq: seq, change: 0, time: time)
  }

  init(_ entry: BulkEntry, _ value: Range<UInt32>, strand: Int, seq: UInt32, change: UInt16, time: HybridTime) {
    self.strand = Int32(strand)
    self.seq = seq
    segment = entry.segment
    (start, end) = (value.lowerBound, value.upperBound)
    self.change = change
    self.time = time
  }
}

/// The siblings of a log's registers, by number. Nearly all have one, which stands in a row of its own kind.
struct BulkRegisters: Sendable {
  private var first: ContiguousArray<BulkWrite?> = []
  private var isContested: ContiguousArray<Bool> = []
  private var others: [Int: [BulkWrite]] = [:]

  mutating func add() {
    first.append(nil)
    isContested.append(false)
  }

  func siblings(of register: Int) -> [BulkWrite] {
    (first[register].map { [$0] } ?? []) + (others[register] ?? [])
  }

  /// As ``Siblings/apply(_:context:kept:)``; what is covered is told by feed.
  mutating func apply(_ write: BulkWrite, to register: Int, context: [UInt32], kept: Set<Dot> = []) {
    func isSuperseded(_ other: BulkWrite) -> Bool {
      context[Int(other.strand)] >= other.seq && (kept.isEmpty || !kept.contains(other.dot))
    }
    guard let standing = first[register] else {
      first[register] = write
      return
    }
    if !isContested[register] {
      if isSuperseded(standing) {
        first[register] = write
      } else {
        isContested[register] = true
        others[register] = [write]
      }
      return
    }
    let left = siblings(of: register).filter { !isSuperseded($0) } + [write]
    first[register] = left[0]
    isContested[register] = left.count > 1
    others[register] = left.count == 1 ? nil : Array(left[1...])
  }
}
