extension WordDocument {
  /// Reads the .docx at `path`; at most `limits.fileBytes` of it are ever held.
  public init(path: String, limits: WordLimits = WordLimits()) throws(ImportError) {
    try self.init(bytes: try BoundedFile.read(path, limits: limits), limits: limits)
  }

  /// Reads a .docx held in memory. Hostile bytes throw; they never trap.
  public init(bytes: [UInt8], limits: WordLimits = WordLimits()) throws(ImportError) {
    try BoundedFile.check(bytes, limits: limits)
    guard try FileSignature.isArchive(bytes, old: .oldWordFormat) else { throw .notWordDocument }
    let package = try OfficePackage(
      bytes: bytes, parts: WordPart.allCases.map(\.rawValue) + WordPart.margins, limits: limits)
    guard let body = package.parts[WordPart.document.rawValue] else {
      throw .missingDocument(WordPart.document.rawValue)
    }

    // Numbers first: a paragraph's label is counted when the paragraph is met.
    let numbering = NumberingReader()
    try package.read(.numbering, with: numbering, limits: limits)
    let styles = StyleReader()
    try package.read(.styles, with: styles, limits: limits)
    let reader = BodyReader(
      numberer: ParagraphNumberer(definitions: numbering.definitions, styles: styles.numbering), limits: limits)
    try MarkupParser.parse(body, part: WordPart.document.rawValue, limits: limits, handler: reader)
    let lines = LineReader()
    for part in [WordPart.document.rawValue] + WordPart.margins {
      guard let bytes = package.parts[part] else { continue }
      try MarkupParser.parse(bytes, part: part, limits: limits, handler: lines)
    }
    self.init(blocks: reader.blocks, everyLine: lines.lines)
  }
}

/// The parts that are read; everything else in the archive stays compressed.
enum WordPart: String, CaseIterable {
  case document = "word/document.xml"
  case numbering = "word/numbering.xml"
  case styles = "word/styles.xml"

  /// Headers and footers. Word numbers them from 1 and writes up to three of each for a section.
  static let margins = (1...9).flatMap { ["word/header\($0).xml", "word/footer\($0).xml"] }
}

extension OfficePackage {
  /// Does nothing where the package lacks the part.
  fileprivate func read(_ part: WordPart, with handler: any MarkupHandler, limits: WordLimits) throws(ImportError) {
    guard let bytes = parts[part.rawValue] else { return }
    try MarkupParser.parse(bytes, part: part.rawValue, limits: limits, handler: handler)
  }
}
