/// What a register is set to (protocol §3). A kind that a newer version introduced is kept and forwarded as it is.
public enum Value: Hashable, Sendable {
  /// Cleared; a real value that can be a sibling.
  case nothing
  case text(String)
  case integer(Int64)
  case decimal(FixedDecimal)
  case bytes([UInt8])
  case choice(UInt64)
  case date(CalendarDate)
  case list([Value])
  /// 需要新版本.
  case unknown(kind: UInt64, payload: [UInt8])

  public static let listDepthLimit = 3
}

/// mantissa × 10^−scale in its one shortest form.
public struct FixedDecimal: Hashable, Sendable {
  public let mantissa: Int64
  public let scale: UInt8

  public static let scaleLimit: UInt8 = 6

  /// Drops trailing zeros, so that 1.50 and 1.5 are one value. nil where `scale` is over 6.
  public init?(mantissa: Int64, scale: UInt8) {
    guard scale <= Self.scaleLimit else { return nil }
    var (mantissa, scale) = (mantissa, scale)
    while scale > 0, mantissa % 10 == 0 {
      mantissa /= 10
      scale -= 1
    }
    self.mantissa = mantissa
    self.scale = scale
  }

  public init(_ score: Score) {
    self = FixedDecimal(mantissa: score.hundredths, scale: 2) ?? FixedDecimal(exactly: 0)
  }

  private init(exactly mantissa: Int64) {
    self.mantissa = mantissa
    scale = 0
  }

  /// nil where it has more than two decimals or is out of a score's range.
  public var score: Score? {
    guard scale <= 2 else { return nil }
    let (hundredths, overflow) = mantissa.multipliedReportingOverflow(by: [100, 10, 1][Int(scale)])
    return overflow || hundredths.magnitude > UInt64(Score.limit.hundredths) ? nil : Score(hundredths: hundredths)
  }
}

extension Value {
  /// Canonical bytes: `varint kind ‖ blob payload`.
  public var bytes: [UInt8] {
    var writer = ByteWriter(capacity: 16)
    write(to: &writer)
    return writer.bytes
  }

  public func write(to writer: inout ByteWriter) {
    var payload = ByteWriter()
    let kind: UInt64
    switch self {
    case .nothing: kind = 0
    case .text(let text):
      kind = 1
      payload.raw(text.utf8)
    case .integer(let number):
      kind = 2
      payload.zigzag(number)
    case .decimal(let decimal):
      kind = 3
      payload.zigzag(decimal.mantissa)
      payload.varint(UInt64(decimal.scale))
    case .bytes(let bytes):
      kind = 4
      payload.raw(bytes)
    case .choice(let code):
      kind = 5
      payload.varint(code)
    case .date(let date):
      kind = 6
      payload.zigzag(Int64(date.daysSinceEpoch))
    case .list(let values):
      kind = 7
      for value in values { value.write(to: &payload) }
    case .unknown(let unknownKind, let bytes):
      kind = unknownKind
      payload.raw(bytes)
    }
    writer.varint(kind)
    writer.lengthPrefixed(payload.bytes)
  }

  /// - Throws: ``CodecError`` for anything ``bytes`` would not have written.
  public init(bytes: [UInt8]) throws(CodecError) {
    var reader = ByteReader(bytes)
    self = try Value(from: &reader)
    try reader.finish()
  }

  /// Reads over one value that is known to be well-formed.
  public static func pass(_ reader: inout ByteReader) throws(CodecError) {
    _ = try reader.varint()
    _ = try reader.span("value", limit: Entry.byteLimit)
  }

  /// Reads over one value without making it.
  /// - Throws: as ``init(from:depth:)``.
  public static func skip(_ reader: inout ByteReader) throws(CodecError) {
    let start = reader.offset
    switch try reader.varint() {
    case 0:
      if try !reader.span("value", limit: Entry.byteLimit).isEmpty { throw .trailingBytes(offset: start) }
    case 1:
      let span = try reader.span("value", limit: Entry.byteLimit)
      if !reader.isText(span) { throw .invalidText(offset: start) }
    case 2, 5:
      let end = try reader.count("value", limit: Entry.byteLimit) + reader.offset
      _ = try reader.varint()
      if reader.offset != end { throw .trailingBytes(offset: start) }
    case 4: _ = try reader.span("value", limit: Entry.byteLimit)
    default:
      reader.rewind(to: start)
      _ = try Value(from: &reader)
    }
  }

  public init(from reader: inout ByteReader, depth: Int = 0) throws(CodecError) {
    let start = reader.offset
    let kind = try reader.varint()
    let payload = try reader.lengthPrefixed("value", limit: Entry.byteLimit)
    var inner = ByteReader(payload)
    switch kind {
    case 0: self = .nothing
    case 1:
      guard let text = String(validating: payload, as: UTF8.self) else { throw .invalidText(offset: start) }
      self = .text(text)
      return
    case 2: self = .integer(try inner.zigzag())
    case 3:
      let mantissa = try inner.zigzag()
      let scale = try inner.varint()
      guard scale <= UInt64(FixedDecimal.scaleLimit),
        let decimal = FixedDecimal(mantissa: mantissa, scale: UInt8(scale)), decimal.scale == UInt8(scale)
      else { throw .nonCanonical(what: "decimal", offset: start) }
      self = .decimal(decimal)
    case 4:
      self = .bytes(payload)
      return
    case 5: self = .choice(try inner.varint())
    case 6:
      let days = try inner.zigzag()
      guard let day = Int(exactly: days), let date = CalendarDate(daysSinceEpoch: day) else {
        throw .invalid(what: "date", offset: start)
      }
      self = .date(date)
    case 7:
      guard depth < Self.listDepthLimit else {
        throw .limitExceeded(what: "list depth", value: UInt64(depth + 1), limit: UInt64(Self.listDepthLimit))
      }
      var values: [Value] = []
      while !inner.isAtEnd { values.append(try Value(from: &inner, depth: depth + 1)) }
      self = .list(values)
    default:
      self = .unknown(kind: kind, payload: payload)
      return
    }
    try inner.finish()
  }
}

extension Value {
  public var textValue: String? { if case .text(let text) = self { text } else { nil } }
  public var integerValue: Int64? { if case .integer(let number) = self { number } else { nil } }
  public var choiceValue: UInt64? { if case .choice(let code) = self { code } else { nil } }
  public var dateValue: CalendarDate? { if case .date(let date) = self { date } else { nil } }
  public var bytesValue: [UInt8]? { if case .bytes(let bytes) = self { bytes } else { nil } }
  public var listValue: [Value]? { if case .list(let values) = self { values } else { nil } }
  public var scoreValue: Score? { if case .decimal(let decimal) = self { decimal.score } else { nil } }
}
