import SyncModel

/// Consecutive entries of one strand as one row keeps them: rows of single entries would take three times the space and
/// as many statements as entries.
///
/// Bytes, an entry after another: `form (1) ‖ tag8 ‖ …` with plain `[varint batch, where it differs from the entry before]
/// ‖ blob header ‖ blob values`, explicit `blob header ‖ blob slots`, sealed `varint epoch ‖ header digest ‖ values digest ‖ blob
/// box`. Only the tag of each chain hash stands there; whole hashes follow from the row's first one.
final class EntryChunk {
  let first: UInt32
  /// The chain hash before its first entry, and after its last one.
  let startHash: Digest256
  private(set) var endHash: Digest256
  private(set) var bytes: [UInt8]
  private(set) var items: [Item]
  /// When the entries came: how many, and the wall clock, one after another.
  private(set) var received: [(count: UInt32, milliseconds: UInt64)]
  /// nil while it was never written.
  var row: Int64?
  var isChanged: Bool
  private var hashes: [Digest256]?

  struct Item {
    var form: Form
    var tag: ChainTag
    var batch: Int64
    /// Of a sealed entry: epoch and digests.
    var header: Range<Int>
    var body: Range<Int>
  }

  enum Form: UInt8 {
    case plain = 0
    case explicit = 1
    case sealed = 2
    /// Plain, of another batch than the entry before.
    case otherBatch = 3
  }

  /// A row that still fits into one page of the database takes further entries.
  static let openBytes = 3600
  /// No row grows beyond it, but for one entry.
  static let byteLimit = 32 << 10

  private(set) var last: UInt32

  /// An empty one, to be appended to.
  init(first: UInt32, startHash: Digest256) {
    self.first = first
    last = first - 1
    self.startHash = startHash
    endHash = startHash
    bytes = []
    items = []
    received = []
    row = nil
    isChanged = true
  }

  /// Of damaged bytes what stands before the damage can be read.
  /// - Throws: ``WorkspaceError/damaged(_:)`` where the numbers beside them make no sense.
  init(
    row: Int64, first: UInt32, last: UInt32, startHash: Digest256, endHash: Digest256, received: [UInt8],
    bytes: [UInt8]
  ) throws {
    guard first > 0, last >= first, last < .max else { throw WorkspaceError.damaged("chunk") }
    self.row = row
    self.first = first
    self.last = last
    self.startHash = startHash
    self.endHash = endHash
    self.bytes = bytes
    isChanged = false
    items = Self.items(in: bytes, limit: Int(last - first) + 1)
    self.received = try Self.times(in: received)
  }

  // MARK: Reading

  /// - Throws: ``WorkspaceError/damaged(_:)``.
  private func item(_ seq: UInt32) throws -> Item {
    let index = Int(seq) - Int(first)
    guard items.indices.contains(index) else { throw WorkspaceError.damaged("chunk") }
    return items[index]
  }

  func tag(_ seq: UInt32) throws -> ChainTag { try item(seq).tag }

  func byteCount(_ seq: UInt32) throws -> Int {
    let item = try item(seq)
    return item.header.count + item.body.count
  }

  func receivedMilliseconds(_ seq: UInt32) -> UInt64 {
    var left = seq - first
    for (count, milliseconds) in received {
      if left < count { return milliseconds }
      left -= count
    }
    return received.last?.milliseconds ?? 0
  }

  func entry(_ seq: UInt32) throws -> StoredEntry {
    StoredEntry(body: try body(item(seq)), receivedMilliseconds: receivedMilliseconds(seq))
  }

  /// nil where it is not plain.
  func plainEntry(_ seq: UInt32) throws -> PlainEntryView? {
    let item = try item(seq)
    guard item.form == .plain || item.form == .otherBatch else { return nil }
    return PlainEntryView(header: ByteSpan(bytes, item.header), values: ByteSpan(bytes, item.body))
  }

  private func body(_ item: Item) throws -> StoredEntry.Body {
    let (header, body) = (Array(bytes[item.header]), Array(bytes[item.body]))
    switch item.form {
    case .plain, .otherBatch: return .plain(header: header, values: body, batch: BatchID(rawValue: item.batch))
    case .explicit: return .explicit(header: header, slots: try Segment.ValueSlot.read(body))
    case .sealed:
      var reader = ByteReader(header)
      return .sealed(
        Segment.SealedEntry(
          epoch: try reader.varint(), headerDigest: try reader.digest(), valuesDigest: try reader.digest(), box: body))
    }
  }

  /// The chain hash after entry `seq`, worked out from the row's first one.
  /// - Parameter secret: of a batch; nil where it is not here.
  func hash(_ seq: UInt32, secret: (BatchID) throws -> BatchSecret?) throws -> Digest256 {
    if seq == last { return endHash }
    _ = try item(seq)
    if let hashes { return hashes[Int(seq - first)] }
    var all: [Digest256] = []
    all.reserveCapacity(items.count)
    var hash = startHash
    for (index, item) in items.enumerated() {
      hash = try Chain.next(hash, body(item), seq: first + UInt32(index), secret: secret)
      all.append(hash)
    }
    hashes = all
    return all[Int(seq - first)]
  }

  // MARK: Writing

  func hasRoom(for entry: StoredEntry) -> Bool {
    items.isEmpty || (isChanged ? bytes.count < Self.byteLimit : bytes.count < Self.openBytes)
  }

  func append(_ entry: StoredEntry, hash: Digest256) {
    add(entry.body, tag: hash.tag)
    last += 1
    endHash = hash
    if received.last?.milliseconds == entry.receivedMilliseconds {
      received[received.count - 1].count += 1
    } else {
      received.append((1, entry.receivedMilliseconds))
    }
    hashes = nil
    isChanged = true
  }

  /// Another form of the same entry.
  func replace(_ body: StoredEntry.Body, at seq: UInt32) throws {
    let bodies = try items.map { try self.body($0) }
    let tags = items.map(\.tag)
    (bytes, items) = ([], [])
    for (index, old) in bodies.enumerated() {
      add(first + UInt32(index) == seq ? body : old, tag: tags[index])
    }
    isChanged = true
  }

  private func add(_ body: StoredEntry.Body, tag: ChainTag) {
    var writer = ByteWriter(appendingTo: bytes)
    bytes = []
    var item = Item(form: .plain, tag: tag, batch: 0, header: 0..<0, body: 0..<0)
    func write(_ form: Form) {
      item.form = form
      writer.byte(form.rawValue)
      writer.tag(tag)
    }
    func blob(_ bytes: [UInt8]) -> Range<Int> {
      writer.lengthPrefixed(bytes)
      return writer.bytes.count - bytes.count..<writer.bytes.count
    }
    switch body {
    case .plain(let header, let values, let batch):
      let known = items.last.map { $0.form == .plain || $0.form == .otherBatch ? $0.batch : 0 } ?? 0
      write(known == batch.rawValue ? .plain : .otherBatch)
      if known != batch.rawValue { writer.varint(UInt64(batch.rawValue)) }
      item.batch = batch.rawValue
      item.header = blob(header)
      item.body = blob(values)
    case .explicit(let header, let slots):
      write(.explicit)
      item.header = blob(header)
      item.body = blob(Segment.ValueSlot.bytes(of: slots))
    case .sealed(let sealed):
      write(.sealed)
      let start = writer.bytes.count
      writer.varint(sealed.epoch)
      writer.digest(sealed.headerDigest)
      writer.digest(sealed.valuesDigest)
      item.header = start..<writer.bytes.count
      item.body = blob(sealed.box)
    }
    bytes = writer.bytes
    items.append(item)
  }

  // MARK: Bytes

  var receivedBytes: [UInt8] {
    var writer = ByteWriter(capacity: received.count * 8)
    for (count, milliseconds) in received {
      writer.varint(UInt64(count))
      writer.varint(milliseconds)
    }
    return writer.bytes
  }

  static func times(in bytes: [UInt8]) throws(CodecError) -> [(count: UInt32, milliseconds: UInt64)] {
    var reader = ByteReader(bytes)
    var found: [(count: UInt32, milliseconds: UInt64)] = []
    while !reader.isAtEnd { found.append((try reader.seq(), try reader.varint())) }
    return found
  }

  /// At most `limit`, as far as they can be read.
  private static func items(in bytes: [UInt8], limit: Int) -> [Item] {
    var reader = ByteReader(bytes)
    var items: [Item] = []
    var batch: Int64 = 0
    while !reader.isAtEnd, items.count < limit, let item = try? item(from: &reader, batch: &batch) {
      items.append(item)
    }
    return items
  }

  private static func item(from reader: inout ByteReader, batch: inout Int64) throws(CodecError) -> Item {
    guard let form = Form(rawValue: try reader.byte()) else {
      throw .invalid(what: "form of an entry", offset: reader.offset)
    }
    let tag = try reader.tag()
    if form == .otherBatch {
      guard let number = Int64(exactly: try reader.varint()) else {
        throw .invalid(what: "batch", offset: reader.offset)
      }
      batch = number
    }
    let header: Range<Int>
    if form == .sealed {
      let start = reader.offset
      _ = try reader.varint()
      try reader.skip(2 * Digest256.byteCount)
      header = start..<reader.offset
    } else {
      header = try reader.span("header", limit: Entry.byteLimit)
    }
    if form == .explicit || form == .sealed { batch = 0 }
    let body = try reader.span("body", limit: reader.remaining)
    return Item(form: form, tag: tag, batch: batch, header: header, body: body)
  }
}

extension Chain {
  /// The chain hash after a stored entry.
  /// - Throws: ``WorkspaceError/damaged(_:)`` where its batch's secret is not here; ``CodecError``.
  static func next(
    _ previous: Digest256, _ body: StoredEntry.Body, seq: UInt32, secret: (BatchID) throws -> BatchSecret?
  ) throws -> Digest256 {
    switch body {
    case .plain(let header, let values, let batch):
      guard let secret = try secret(batch) else { throw WorkspaceError.damaged("batch") }
      return next(
        previous, headerDigest: headerDigest(header), valuesDigest: try valuesDigest(values, secret: secret, seq: seq))
    case .explicit(let header, let slots):
      return next(previous, headerDigest: headerDigest(header), valuesDigest: valuesDigest(slots))
    case .sealed(let sealed):
      return next(previous, headerDigest: sealed.headerDigest, valuesDigest: sealed.valuesDigest)
    }
  }
}
