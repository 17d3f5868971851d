import SyncModel

/// The hash chain of a feed (protocol §3): what makes a changed byte visible while any value can still be erased.
public enum Chain {
  /// h[0].
  public static func start(genesis: [UInt8]) -> Digest256 {
    Hashing.labelled(.feed, genesis)
  }

  /// h[n] = SHA-256(h[n−1] ‖ header digest ‖ values digest).
  public static func next(_ previous: Digest256, headerDigest: Digest256, valuesDigest: Digest256) -> Digest256 {
    var stream = SHA256Stream()
    stream.update(previous)
    stream.update(headerDigest)
    stream.update(valuesDigest)
    return stream.finish()
  }

  public static func headerDigest(_ header: [UInt8]) -> Digest256 {
    Hashing.sha256(header)
  }

  /// In `internal` the header is hidden from those who only relay it.
  public static func headerDigest(_ header: [UInt8], salt: Salt) -> Digest256 {
    valueDigest(header, salt: salt)
  }

  /// h[seq] of an entry as written. In `internal` its header is salted too, hidden from those who only relay it.
  /// - Throws: ``CodecError`` where `values` is not a sequence of canonical values.
  public static func next(
    _ previous: Digest256, header: [UInt8], values: [UInt8], secret: BatchSecret, seq: UInt32, in channel: Channel
  ) throws(CodecError) -> Digest256 {
    next(
      previous,
      headerDigest: channel == .internal
        ? headerDigest(header, salt: headerSalt(secret, seq: seq)) : headerDigest(header),
      valuesDigest: try valuesDigest(values, secret: secret, seq: seq))
  }

  /// Derives one-way from the batch's secret; `change` counts from 0 within entry `seq`.
  public static func salt(_ secret: BatchSecret, seq: UInt32, change: UInt64) -> Salt {
    var stream = SHA256Stream()
    stream.update(saltPrefix)
    stream.update(secret)
    withUnsafeBytes(of: (UInt64(seq).bigEndian, change.bigEndian)) { stream.update($0) }
    let digest = stream.finish()
    return Salt(high: digest.a, low: digest.b)
  }

  /// The header's own salt in `internal`.
  public static func headerSalt(_ secret: BatchSecret, seq: UInt32) -> Salt {
    salt(secret, seq: seq, change: .max)
  }

  public static func valueDigest(_ value: [UInt8], salt: Salt) -> Digest256 { valueDigest(value[...], salt: salt) }

  public static func valueDigest(_ value: ArraySlice<UInt8>, salt: Salt) -> Digest256 {
    var stream = SHA256Stream()
    stream.update(salt)
    stream.update(value)
    return stream.finish()
  }

  public static func valuesDigest(_ digests: [Digest256]) -> Digest256 {
    var stream = SHA256Stream()
    for digest in digests { stream.update(digest) }
    return stream.finish()
  }

  /// Over the values of entry `seq` in a batch as written.
  /// - Throws: ``CodecError`` where `values` is not a sequence of canonical values.
  public static func valuesDigest(_ values: [UInt8], secret: BatchSecret, seq: UInt32) throws(CodecError) -> Digest256 {
    var stream = SHA256Stream()
    var reader = ByteReader(values)
    var change: UInt64 = 0
    while !reader.isAtEnd {
      let start = reader.offset
      try ValueSplit.skip(&reader, number: Int(change))
      stream.update(valueDigest(values[start..<reader.offset], salt: salt(secret, seq: seq, change: change)))
      change += 1
    }
    return stream.finish()
  }

  /// The same of values that were read before and found well-formed, `count` of them.
  static func valuesDigest(
    _ values: ByteSpan, count: Int, secret: BatchSecret, seq: UInt32
  ) throws(CodecError) -> Digest256 {
    if count != 1 { return try valuesDigest(values.copy, secret: secret, seq: seq) }
    var stream = SHA256Stream()
    stream.update(valueDigest(values.slice, salt: salt(secret, seq: seq, change: 0)))
    return stream.finish()
  }

  public static func valuesDigest(_ slots: [Segment.ValueSlot]) -> Digest256 {
    valuesDigest(
      slots.map { slot in
        switch slot {
        case .present(let salt, let value): valueDigest(value, salt: salt)
        case .absent(let digest): digest
        }
      })
  }

  /// What the author signs at `seq`.
  public static func headMessage(
    school: SchoolID, log: LogID, replica: ReplicaID, seq: UInt32, hash: Digest256
  ) -> [UInt8] {
    var writer = ByteWriter(capacity: 160)
    writer.raw(Label.head.prefix)
    writer.id(school)
    writer.lengthPrefixed(log.key)
    writer.id(replica)
    writer.varint(UInt64(seq))
    writer.digest(hash)
    return writer.bytes
  }

  private static let saltPrefix = Label.salt.prefix
}

/// Canonical values one after another, each still as bytes.
enum ValueSplit {
  /// Whether `values` is one canonical value and no more.
  static func isOne(_ values: ByteSpan) -> Bool {
    var reader = ByteReader(values)
    return (try? Value.skip(&reader)) != nil && reader.isAtEnd
  }

  static func split(_ values: [UInt8]) throws(CodecError) -> [[UInt8]] {
    var reader = ByteReader(values)
    var parts: [[UInt8]] = []
    while !reader.isAtEnd {
      let start = reader.offset
      try skip(&reader, number: parts.count)
      if start == 0, reader.isAtEnd { return [values] }
      parts.append(reader.consumed(since: start))
    }
    return parts
  }

  /// Reads over the value with that number, from 0.
  static func skip(_ reader: inout ByteReader, number: Int) throws(CodecError) {
    try Value.skip(&reader)
    if number >= Entry.changeLimit {
      throw .limitExceeded(what: "changes", value: UInt64(number) + 1, limit: UInt64(Entry.changeLimit))
    }
  }
}
