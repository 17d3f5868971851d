extension Exchange {
  private enum Part: UInt64 {
    case hello = 1, summary, cursor, ranges
    case segments = 6, wants, probes, refusals, more, history, vouchers, files
  }

  public var bytes: [UInt8] {
    var writer = ByteWriter(capacity: 512 + segments.reduce(0) { $0 + $1.count + 8 })
    writer.varint(Self.version)
    func part(_ kind: Part, _ body: (inout ByteWriter) -> Void) {
      var inner = ByteWriter()
      body(&inner)
      writer.varint(kind.rawValue)
      writer.lengthPrefixed(inner.bytes)
    }
    part(.hello) {
      $0.id(hello.school)
      $0.id(hello.store)
      $0.lengthPrefixed(hello.unit.key)
      $0.bigEndian(hello.clockMilliseconds)
    }
    part(.summary) {
      $0.digest(summary.digest)
      $0.varint(summary.logs)
      $0.varint(summary.entries)
      $0.varint(summary.arrival)
    }
    if let cursor {
      part(.cursor) {
        $0.id(cursor.store)
        $0.varint(cursor.arrival)
      }
    }
    if let ranges { part(.ranges) { ranges.write(to: &$0) } }
    if !segments.isEmpty {
      part(.segments) {
        $0.varint(segments.count)
        for segment in segments { $0.lengthPrefixed(segment) }
      }
    }
    if !wants.isEmpty {
      part(.wants) {
        var names = NameCoder()
        $0.varint(wants.count)
        for want in wants {
          names.write(want.log, to: &$0)
          names.write(want.tip.replica, to: &$0)
          $0.varint(UInt64(want.tip.seq))
          $0.tag(want.tip.tag)
        }
      }
    }
    if !probes.isEmpty {
      part(.probes) {
        var names = NameCoder()
        $0.varint(probes.count)
        for probe in probes {
          names.write(probe.log, to: &$0)
          names.write(probe.replica, to: &$0)
          $0.varint(probe.places.count)
          for place in probe.places {
            $0.varint(UInt64(place.seq))
            $0.tag(place.tag)
          }
        }
      }
    }
    if !refusals.isEmpty {
      part(.refusals) {
        var names = NameCoder()
        $0.varint(refusals.count)
        for refusal in refusals {
          names.write(refusal.log, to: &$0)
          names.write(refusal.replica, to: &$0)
          $0.varint(UInt64(refusal.seq))
          $0.varint(UInt64(refusal.reason.rawValue))
        }
      }
    }
    if more { part(.more) { $0.byte(1) } }
    if let history { part(.history) { Self.write(history, cursor, to: &$0) } }
    if let vouchers {
      part(.vouchers) { writer in
        for voucher in [vouchers.own, vouchers.remembered] {
          writer.byte(voucher == nil ? 0 : 1)
          if let voucher { writer.raw(voucher) }
        }
      }
    }
    if let filesMark { part(.files) { $0.id(filesMark) } }
    return writer.bytes
  }

  /// - Throws: ``CodecError`` for a malformed message. Unknown parts are skipped.
  public init(bytes: [UInt8], frameByteLimit: Int = Exchange.frameByteLimit) throws(CodecError) {
    if bytes.count > frameByteLimit {
      throw .limitExceeded(what: "frame", value: UInt64(bytes.count), limit: UInt64(frameByteLimit))
    }
    var reader = ByteReader(bytes)
    let version = try reader.varint()
    if version != Self.version { throw .needsNewerVersion(what: "exchange", value: version) }
    var bodies: [Part: ByteReader] = [:]
    var last: UInt64 = 0
    while !reader.isAtEnd {
      let kind = try reader.varint()
      if kind <= last { throw .nonCanonical(what: "part order", offset: reader.offset) }
      last = kind
      let body = try reader.lengthPrefixed("part", limit: reader.remaining)
      if let part = Part(rawValue: kind) { bodies[part] = ByteReader(body) }
    }
    guard var helloBody = bodies[.hello], var summaryBody = bodies[.summary] else {
      throw .invalid(what: "exchange without hello or summary", offset: 0)
    }
    let school: SchoolID = try helloBody.id()
    let store: StoreID = try helloBody.id()
    let unit = try UnitPath(key: try helloBody.lengthPrefixed("unit", limit: LogID.keyByteLimit))
    let hello = Hello(school: school, store: store, unit: unit, clockMilliseconds: try helloBody.bigEndian())
    try helloBody.finish()
    let summary = Summary(
      digest: try summaryBody.digest(), logs: try summaryBody.varint(), entries: try summaryBody.varint(),
      arrival: try summaryBody.varint())
    try summaryBody.finish()
    self.init(hello: hello, summary: summary)
    if var body = bodies[.cursor] {
      cursor = Cursor(store: try body.id(), arrival: try body.varint())
      try body.finish()
    }
    if var body = bodies[.ranges] { ranges = try Ranges(from: &body) }
    if var body = bodies[.segments] {
      segments = try Self.list(from: &body) { reader, _ throws(CodecError) in
        try reader.lengthPrefixed("segment", limit: frameByteLimit)
      }
    }
    if var body = bodies[.wants] { wants = try Self.list(from: &body, Self.want) }
    if var body = bodies[.probes] { probes = try Self.list(from: &body, Self.probe) }
    if var body = bodies[.refusals] { refusals = try Self.list(from: &body, Self.refusal) }
    if var body = bodies[.more] {
      guard try body.byte() == 1 else { throw .nonCanonical(what: "more", offset: 0) }
      try body.finish()
      more = true
    }
    if var body = bodies[.history] { history = try Self.history(from: &body, cursor) }
    if var body = bodies[.vouchers] {
      vouchers = Vouchers(own: try Self.voucher(from: &body), remembered: try Self.voucher(from: &body))
      try body.finish()
      if vouchers == nil { throw .nonCanonical(what: "vouchers", offset: body.offset) }
    }
    if var body = bodies[.files] {
      filesMark = try body.id()
      try body.finish()
    }
  }

  private static func write(_ history: History, _ cursor: Cursor?, to writer: inout ByteWriter) {
    writer.varint(history.own.count)
    for mark in history.own { write(mark, to: &writer) }
    if let remembered = history.remembered {
      // Mostly both speak of one store: then its name stands there once.
      if remembered.store == cursor?.store {
        writer.byte(2)
      } else {
        writer.byte(1)
        writer.id(remembered.store)
      }
      write(remembered.mark, to: &writer)
    } else {
      writer.byte(0)
    }
  }

  private static func write(_ mark: Mark, to writer: inout ByteWriter) {
    writer.varint(mark.arrival)
    writer.digest(mark.digest)
  }

  private static func history(from reader: inout ByteReader, _ cursor: Cursor?) throws(CodecError) -> History {
    var own: [Mark] = []
    for _ in 0..<(try reader.count("marks", limit: History.ownLimit)) {
      let mark = try mark(from: &reader)
      if let last = own.last, mark.arrival <= last.arrival {
        throw .nonCanonical(what: "mark order", offset: reader.offset)
      }
      own.append(mark)
    }
    var remembered: Remembered?
    switch (try reader.byte(), cursor) {
    case (0, _): break
    case (1, _):
      let store: StoreID = try reader.id()
      if store == cursor?.store { throw .nonCanonical(what: "remembered store", offset: reader.offset) }
      remembered = Remembered(store: store, mark: try mark(from: &reader))
    case (2, let cursor?): remembered = Remembered(store: cursor.store, mark: try mark(from: &reader))
    default: throw .nonCanonical(what: "remembered", offset: reader.offset)
    }
    try reader.finish()
    return History(own: own, remembered: remembered)
  }

  private static func mark(from reader: inout ByteReader) throws(CodecError) -> Mark {
    Mark(arrival: try reader.varint(), digest: try reader.digest())
  }

  private static func voucher(from reader: inout ByteReader) throws(CodecError) -> [UInt8]? {
    switch try reader.byte() {
    case 0: return nil
    case 1: return try reader.raw(Segment.SignedHead.signatureByteCount)
    default: throw .nonCanonical(what: "voucher", offset: reader.offset)
    }
  }

  private static func list<Element>(
    from reader: inout ByteReader, _ element: (inout ByteReader, inout NameCoder) throws(CodecError) -> Element
  ) throws(CodecError) -> [Element] {
    var elements: [Element] = []
    let count = try reader.count("list", limit: min(itemLimit, reader.remaining))
    if count == 0 { throw .nonCanonical(what: "empty part", offset: reader.offset) }
    var names = NameCoder()
    for _ in 0..<count { elements.append(try element(&reader, &names)) }
    try reader.finish()
    return elements
  }

  private static func want(
    from reader: inout ByteReader, _ names: inout NameCoder
  ) throws(CodecError) -> Want {
    let log = try names.log(from: &reader)
    let replica = try names.replica(from: &reader)
    return Want(log: log, tip: Tip(replica: replica, seq: try reader.seq(), tag: try reader.tag()))
  }

  private static func probe(
    from reader: inout ByteReader, _ names: inout NameCoder
  ) throws(CodecError) -> Probe {
    let log = try names.log(from: &reader)
    let replica = try names.replica(from: &reader)
    var places: [Probe.Place] = []
    for _ in 0..<(try reader.count("places", limit: Probe.placeLimit)) {
      let place = Probe.Place(seq: try reader.seq(), tag: try reader.tag())
      if let last = places.last, (place.seq, place.tag) >= (last.seq, last.tag) {
        throw .nonCanonical(what: "probe order", offset: reader.offset)
      }
      places.append(place)
    }
    return Probe(log: log, replica: replica, places: places)
  }

  private static func refusal(
    from reader: inout ByteReader, _ names: inout NameCoder
  ) throws(CodecError) -> Refusal {
    let log = try names.log(from: &reader)
    let replica = try names.replica(from: &reader)
    let seq = try reader.seq()
    let reason = Refusal.Reason(rawValue: UInt8(try reader.count("reason", limit: Int(UInt8.max))))
    return Refusal(log: log, replica: replica, seq: seq, reason: reason)
  }
}
