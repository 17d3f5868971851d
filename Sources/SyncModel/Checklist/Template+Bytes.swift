/// The canonical bytes of a template (protocol §9): what is hashed, cut into chunks and stored.
extension Template {
  public static let formatVersion: UInt64 = 2
  /// Larger templates are refused; the largest real one known is under 40 KiB.
  public static let byteLimit = 4 << 20
  /// Levels of nesting: section, indicator, item, and one to spare.
  public static let depthLimit = 4
  public static let columnLimit = 64
  /// Twentieths of a point: twice the long side of A3.
  public static let widthLimit = 47_600
  /// Words to choose from in one column.
  public static let choiceLimit = 64

  public var bytes: [UInt8] {
    var writer = ByteWriter(capacity: 4096)
    writer.varint(Self.formatVersion)
    writer.byte(kind.rawValue)
    writer.text(title)
    writer.text(audience)
    writer.varint(preface.count)
    for line in preface { writer.text(line) }
    writer.varint(columns.count)
    for column in columns {
      writer.text(column.title)
      writer.varint(column.span)
      writer.varint(column.width)
      writer.byte(column.content.rawValue)
      writer.byte(column.isRequired ? 1 : 0)
      writer.varint(column.choices.count)
      for choice in column.choices { writer.text(choice) }
    }
    writer.text(note)
    writer.byte(isLandscape ? 1 : 0)
    write(sections, to: &writer)
    return writer.bytes
  }

  private func write(_ nodes: [Node], to writer: inout ByteWriter) {
    writer.varint(nodes.count)
    for node in nodes {
      writer.text(node.number)
      writer.text(node.text)
      // Zig-zag, because an inspection sheet also prints deductions.
      writer.byte(node.points == nil ? 0 : 1)
      if let points = node.points { writer.zigzag(points.hundredths) }
      writer.varint(node.cells.count)
      for cell in node.cells { writer.text(cell) }
      writer.varint(node.deliverables.count)
      for deliverable in node.deliverables {
        writer.text(deliverable.title)
        writer.varint(deliverable.due.map { $0.daysSinceEpoch + 25_568 } ?? 0)
      }
      writer.varint(node.requirements.count)
      for requirement in node.requirements { requirement.write(to: &writer) }
      write(node.children, to: &writer)
    }
  }

  /// - Throws: ``CodecError`` for anything that ``bytes`` would not have written.
  public init(bytes: [UInt8]) throws(CodecError) {
    if bytes.count > Self.byteLimit {
      throw .limitExceeded(what: "template", value: UInt64(bytes.count), limit: UInt64(Self.byteLimit))
    }
    var reader = ByteReader(bytes)
    let version = try reader.varint()
    if version != Self.formatVersion { throw .needsNewerVersion(what: "template", value: version) }
    guard let kind = Kind(rawValue: try reader.byte()) else {
      throw .invalid(what: "template kind", offset: reader.offset)
    }
    let title = try reader.text("title", limit: Self.byteLimit)
    let audience = try reader.text("audience", limit: Self.byteLimit)
    let preface = try Self.texts(from: &reader)
    var columns: [Column] = []
    for _ in 0..<(try reader.count("columns", limit: Self.columnLimit)) {
      columns.append(try Self.column(from: &reader))
    }
    let note = try reader.text("note", limit: Self.byteLimit)
    let isLandscape = try Self.flag("landscape", from: &reader)
    let sections = try Self.nodes(from: &reader, depth: 1)
    try reader.finish()
    self.init(
      title: title, kind: kind, audience: audience, preface: preface, columns: columns, sections: sections, note: note,
      isLandscape: isLandscape)
  }

  private static func flag(_ what: String, from reader: inout ByteReader) throws(CodecError) -> Bool {
    let flag = try reader.byte()
    if flag > 1 { throw .nonCanonical(what: what, offset: reader.offset) }
    return flag == 1
  }

  private static func column(from reader: inout ByteReader) throws(CodecError) -> Column {
    let title = try reader.text("column", limit: byteLimit)
    let span = try reader.count("span", limit: columnLimit)
    if span == 0 { throw .invalid(what: "span", offset: reader.offset) }
    let width = try reader.count("width", limit: widthLimit)
    guard let content = Column.Content(rawValue: try reader.byte()) else {
      throw .invalid(what: "column content", offset: reader.offset)
    }
    let isRequired = try flag("required", from: &reader)
    var choices: [String] = []
    for _ in 0..<(try reader.count("choices", limit: choiceLimit)) {
      choices.append(try reader.text("choice", limit: byteLimit))
    }
    return Column(title, span: span, width: width, content: content, isRequired: isRequired, choices: choices)
  }

  private static func texts(from reader: inout ByteReader) throws(CodecError) -> [String] {
    var texts: [String] = []
    for _ in 0..<(try reader.count("columns", limit: columnLimit)) {
      texts.append(try reader.text("cell", limit: byteLimit))
    }
    return texts
  }

  private static func points(from reader: inout ByteReader) throws(CodecError) -> Score? {
    let start = reader.offset
    switch try reader.byte() {
    case 0: return nil
    case 1:
      let hundredths = try reader.zigzag()
      if hundredths.magnitude > UInt64(Score.limit.hundredths) { throw .invalid(what: "points", offset: start) }
      return Score(hundredths: hundredths)
    default: throw .nonCanonical(what: "points", offset: start)
    }
  }

  private static func nodes(from reader: inout ByteReader, depth: Int) throws(CodecError) -> [Node] {
    // A node takes at least seven bytes, so this also bounds what a hostile count can make us reserve.
    let count = try reader.count("nodes", limit: reader.remaining / 7 + 1)
    if count > 0, depth > depthLimit {
      throw .limitExceeded(what: "template depth", value: UInt64(depth), limit: UInt64(depthLimit))
    }
    var nodes: [Node] = []
    for _ in 0..<count {
      let number = try reader.text("number", limit: byteLimit)
      let text = try reader.text("text", limit: byteLimit)
      let points = try Self.points(from: &reader)
      let cells = try texts(from: &reader)
      var deliverables: [Deliverable] = []
      for _ in 0..<(try reader.count("deliverables", limit: columnLimit)) {
        let title = try reader.text("deliverable", limit: byteLimit)
        let rawDue = try reader.count("due", limit: 500_000)
        let due = rawDue == 0 ? nil : CalendarDate(daysSinceEpoch: rawDue - 25_568)
        if rawDue != 0, due == nil { throw .invalid(what: "due", offset: reader.offset) }
        deliverables.append(Deliverable(title: title, due: due))
      }
      var requirements: [Requirement] = []
      for _ in 0..<(try reader.count("requirements", limit: columnLimit)) {
        requirements.append(try Requirement(from: &reader))
      }
      nodes.append(
        Node(
          number: number, text: text, points: points, cells: cells, deliverables: deliverables,
          requirements: requirements, children: try Self.nodes(from: &reader, depth: depth + 1)))
    }
    return nodes
  }
}
