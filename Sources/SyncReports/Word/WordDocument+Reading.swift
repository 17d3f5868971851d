extension WordDocument {
  /// Reads the .docx at `path`; at most `limits.fileBytes` of it are ever held.
  public init(path: String, limits: WordLimits = WordLimits()) throws(ImportError) {
    try self.init(bytes: try BoundedFile.read(path, limits: limits), limits: limits)
  }

  /// Reads a .docx held in memory. Hostile bytes throw; they never trap.
  public init(bytes: [UInt8], limits: WordLimits = WordLimits()) throws(ImportError) {
    try BoundedFile.check(bytes, limits: limits)
    guard try FileSignature.isArchive(bytes, old: .oldWordFormat) else {
      throw .notWordDocument(FileSignature.name(of: bytes))
    }
    let parts = try WordPackage(bytes: bytes, limits: limits)

    // Numbers first: a paragraph's label is counted when the paragraph is met.
    let numbering = NumberingReader()
    try parts.read(parts.numbering, with: numbering, limits: limits)
    let styles = StyleReader()
    try parts.read(parts.styles, with: styles, limits: limits)
    let reader = BodyReader(
      numberer: ParagraphNumberer(definitions: numbering.definitions, styles: styles.numbering), limits: limits)
    let lines = LineReader()
    try parts.read(parts.body, with: MarkupPair(reader, lines), limits: limits)
    for part in parts.margins { try parts.read(part, with: lines, limits: limits) }
    self.init(blocks: reader.blocks, everyLine: lines.lines)
    hasForeignBody = reader.hasForeignBody
  }
}

/// Which parts of the package are read; everything else in the archive stays compressed. Relationships say which they
/// are; where a program left those out, they stand where Word puts them.
private struct WordPackage {
  /// The text itself.
  let body: String
  let numbering: String
  let styles: String
  /// Headers and footers.
  let margins: [String]
  private let package: OfficePackage

  private static let usualBody = "word/document.xml"
  private static let usualNumbering = "word/numbering.xml"
  private static let usualStyles = "word/styles.xml"
  /// Word numbers them from 1 and writes up to three of each for a section.
  private static let usualMargins = (1...9).flatMap { ["word/header\($0).xml", "word/footer\($0).xml"] }

  init(bytes: [UInt8], limits: WordLimits) throws(ImportError) {
    let usual = [Self.usualBody, Self.usualNumbering, Self.usualStyles] + Self.usualMargins
    let roots = PackageRelationships.part(of: "")
    var package = try OfficePackage(
      bytes: bytes, parts: usual + [roots, PackageRelationships.part(of: Self.usualBody)], limits: limits)
    body = try package.relationships(of: "", limits: limits)?.first("officeDocument") ?? Self.usualBody
    guard package.names.contains(body), !body.hasPrefix("xl/"), !body.hasPrefix("ppt/") else {
      throw .missingDocument(package.names, body: body)
    }
    let list = PackageRelationships.part(of: body)
    try package.load([body, list].filter { package.parts[$0] == nil }, from: bytes, limits: limits)
    let relationships = try package.relationships(of: body, limits: limits)
    numbering = relationships?.first("numbering") ?? Self.usualNumbering
    styles = relationships?.first("styles") ?? Self.usualStyles
    let named = relationships?.targets.filter { ["header", "footer"].contains($0.kind) }.map(\.part) ?? []
    let margins = Set(named + Self.usualMargins).intersection(package.names).sorted()
    self.margins = margins
    let wanted = ([numbering, styles] + margins).filter { package.parts[$0] == nil }
    try package.load(wanted, from: bytes, limits: limits)
    self.package = package
  }

  /// Does nothing where the package lacks the part.
  func read(_ part: String, with handler: any MarkupHandler, limits: WordLimits) throws(ImportError) {
    guard let bytes = package.parts[part] else { return }
    try MarkupParser.parse(bytes, part: part, limits: limits, handler: handler)
  }
}
