/// (subject, field), the smallest thing that has a value: a fixed-size key (protocol §2).
///
/// Nothing that somebody typed stands in it, because headers are never redacted.
public struct RegisterName: Hashable, Comparable, Sendable {
  public var subject: SubjectID
  /// Zero unless the register is one element of an add-wins set.
  public var element: ElementID
  /// Zero unless numbered: an item of a campaign's template, a chunk of a document.
  public var part: UInt64
  public var kind: SubjectKind
  public var field: Field

  public init(
    _ kind: SubjectKind, _ subject: SubjectID, part: UInt64 = 0, element: ElementID = ElementID(high: 0, low: 0),
    _ field: Field
  ) {
    self.kind = kind
    self.subject = subject
    self.part = part
    self.element = element
    self.field = field
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(subject)
    if !element.isZero { hasher.combine(element) }
    hasher.combine(part)
    hasher.combine(UInt32(kind.rawValue) << 16 | UInt32(field.rawValue))
  }

  public static func < (left: Self, right: Self) -> Bool {
    if left.kind != right.kind { return left.kind.rawValue < right.kind.rawValue }
    if left.subject != right.subject { return left.subject < right.subject }
    if left.element != right.element { return left.element < right.element }
    if left.part != right.part { return left.part < right.part }
    return left.field.rawValue < right.field.rawValue
  }
}

/// What a register's subject is. Open: a number unknown to this version is kept like any other. What this device writes
/// itself needs a ``ChannelRule``, which says in which channels.
public struct SubjectKind: RawRepresentable, Hashable, Sendable {
  public let rawValue: UInt16
  public init(rawValue: UInt16) { self.rawValue = rawValue }

  public static let school = SubjectKind(rawValue: 1)
  public static let unit = SubjectKind(rawValue: 2)
  public static let device = SubjectKind(rawValue: 3)
  public static let person = SubjectKind(rawValue: 4)
  public static let invitation = SubjectKind(rawValue: 5)
  public static let document = SubjectKind(rawValue: 6)
  public static let campaign = SubjectKind(rawValue: 7)
  /// subject = campaign, part = template slot << 32 | item ordinal.
  public static let answer = SubjectKind(rawValue: 8)
  /// 依规删除: subject = a hash over the log, the place and the change whose value is to go.
  public static let redaction = SubjectKind(rawValue: 9)
  /// subject = SubjectID(unit:), in the unit's notices: what the school has of its answers.
  public static let receipt = SubjectKind(rawValue: 12)

  /// 佐证材料: subject and part as an answer's, element random, one for each file.
  public static let attachment = SubjectKind(rawValue: 13)

  /// 核定: named as the register that is settled, in the entry that writes its value; what is said about it, perhaps nothing.
  public static let settlement = SubjectKind(rawValue: 15)

  /// In `answers`: who may read the unit's `internal` log. subject = epoch or device, element = device.
  public static let sealing = SubjectKind(rawValue: 10)
  /// In `internal`: the unit's notebook. subject random.
  public static let note = SubjectKind(rawValue: 11)

  // 64…: private to the unit, written in `internal` alone. Numbers are final.
  /// 谈心谈话: what was said. Date and pair may go up elsewhere.
  public static let talk = SubjectKind(rawValue: 64)
  /// 党费, by member.
  public static let dues = SubjectKind(rawValue: 65)
  /// 缺席原因, by meeting and member.
  public static let absence = SubjectKind(rawValue: 66)
  /// 发展党员: the file of an applicant or candidate.
  public static let development = SubjectKind(rawValue: 67)
  /// 统计数: how many of such things there are, all that goes up of them.
  public static let count = SubjectKind(rawValue: 96)

  /// What units answer items with.
  public var isAnswered: Bool { self == .answer || self == .attachment }

  /// Whether registers of this kind make up the directory, from which all authority follows.
  public var isOfDirectory: Bool { self == .school || self == .unit || self == .device }
}

/// Which aspect of a subject a register holds. Numbers are final; names live with the kinds that use them.
public struct Field: RawRepresentable, Hashable, Sendable {
  public let rawValue: UInt16
  public init(rawValue: UInt16) { self.rawValue = rawValue }
}

extension RegisterName {
  /// The register in which an entry says that it settles this one; nil for what nobody settles.
  public var settlement: RegisterName? {
    switch kind {
    case .answer, .row, .registerRow: RegisterName(.settlement, subject, part: part, element: element, field)
    default: nil
    }
  }

  /// What a settlement's register of a log in this channel speaks of.
  public func settled(in channel: Channel) -> RegisterName {
    let isRow = field == .rowCell || field == .rowState
    let kind: SubjectKind = channel == .internal ? .registerRow : isRow ? .row : .answer
    return RegisterName(kind, subject, part: part, element: element, field)
  }

  public var bytes: [UInt8] {
    var writer = ByteWriter(capacity: 48)
    write(to: &writer)
    return writer.bytes
  }

  public func write(to writer: inout ByteWriter) {
    writer.byte((element.isZero ? 0 : 1) | (part == 0 ? 0 : 2))
    writer.varint(UInt64(kind.rawValue))
    writer.id(subject)
    if !element.isZero { writer.id(element) }
    if part != 0 { writer.varint(part) }
    writer.varint(UInt64(field.rawValue))
  }

  public init(from reader: inout ByteReader) throws(CodecError) {
    let start = reader.offset
    let shape = try reader.byte()
    guard shape <= 3 else { throw .needsNewerVersion(what: "register shape", value: UInt64(shape)) }
    let kind = try reader.count("subject kind", limit: Int(UInt16.max))
    let subject: SubjectID = try reader.id()
    let element: ElementID = shape & 1 == 0 ? ElementID(high: 0, low: 0) : try reader.id()
    let part = shape & 2 == 0 ? 0 : try reader.varint()
    let field = try reader.count("field", limit: Int(UInt16.max))
    self.init(
      SubjectKind(rawValue: UInt16(kind)), subject, part: part, element: element, Field(rawValue: UInt16(field)))
    if (shape & 1 != 0) == element.isZero || (shape & 2 != 0) == (part == 0) {
      throw .nonCanonical(what: "register name", offset: start)
    }
  }

  /// - Throws: ``CodecError`` for anything ``bytes`` would not have written.
  public init(bytes: [UInt8]) throws(CodecError) {
    var reader = ByteReader(bytes)
    self = try RegisterName(from: &reader)
    try reader.finish()
  }
}
