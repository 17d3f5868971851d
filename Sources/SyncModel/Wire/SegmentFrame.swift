/// A segment of plain runs as its bytes stand: where each entry lies, none of them copied.
public struct SegmentFrame: Sendable {
  public let log: LogID
  public let replica: ReplicaID
  public let from: UInt32
  public let fromHash: Digest256
  public let genesis: [UInt8]?
  public private(set) var runs: [(secret: BatchSecret, count: Int)] = []
  public private(set) var entries: [(header: Range<Int>, values: Range<Int>)] = []
  public private(set) var heads: [Segment.SignedHead] = []

  /// - Throws: as ``Segment/init(bytes:)``; for runs of another form, too, which only that one reads.
  public init(_ bytes: [UInt8]) throws(CodecError) {
    var reader = ByteReader(bytes)
    let start = try Segment.Start(from: &reader)
    (log, replica, from, fromHash, genesis) = (start.log, start.replica, start.from, start.fromHash, start.genesis)
    var runs: [(secret: BatchSecret, count: Int)] = []
    var entries: [(header: Range<Int>, values: Range<Int>)] = []
    heads = try Segment.runsAndHeads(from: &reader, after: from) { reader throws(CodecError) in
      let (form, count) = try Segment.Run.start(from: &reader)
      if form != 0 { throw .needsNewerVersion(what: "run form", value: form) }
      runs.append((try reader.id(), count))
      for _ in 0..<count {
        let header = try reader.span("header", limit: Entry.byteLimit)
        entries.append((header, try reader.span("values", limit: Entry.byteLimit - header.count)))
      }
      return count
    }
    (self.runs, self.entries) = (runs, entries)
  }
}
