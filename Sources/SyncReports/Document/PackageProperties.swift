/// The facts that a .docx or .xlsx carries beside its text (``OfficeDocument/properties``), whichever program saved it last.
public enum PackageProperties {
  private static let part = "docProps/custom.xml"

  /// What is read at most; beyond it the file is refused.
  struct Limits: PackageLimits {
    var fileBytes = 64 << 20
    var inflatedBytes = 2 << 20
    var entries = 4_096
    var markupDepth = 16
    /// Pieces of ``CustomProperties/pieceLength`` and what other programs add.
    var count = 4_096
  }

  /// Reads the file at `path`.
  public static func read(path: String) throws(ImportError) -> [String: String] {
    try read(bytes: try BoundedFile.read(path, limits: Limits()))
  }

  /// Every property with its value as text; empty where the file carries none. Hostile bytes throw; they never trap.
  public static func read(bytes: [UInt8]) throws(ImportError) -> [String: String] {
    let limits = Limits()
    try BoundedFile.check(bytes, limits: limits)
    guard try FileSignature.isArchive(bytes, old: .notOfficeDocument) else { throw .notOfficeDocument }
    let package = try OfficePackage(bytes: bytes, parts: [part], limits: limits)
    guard package.names.contains("word/document.xml") || package.names.contains("xl/workbook.xml") else {
      throw .notOfficeDocument
    }
    guard let markup = package.parts[part] else { return [:] }
    let reader = PropertyReader(limits: limits)
    try MarkupParser.parse(markup, part: part, as: .properties, limits: limits, handler: reader)
    return CustomProperties.joined(reader.properties)
  }
}

extension MarkupVocabulary {
  fileprivate static let properties = MarkupVocabulary(namespaces: [
    "http://schemas.openxmlformats.org/officeDocument/2006/custom-properties",
    "http://purl.oclc.org/ooxml/officeDocument/customProperties",
  ])
}

extension ImportError {
  fileprivate static let notOfficeDocument = Self(
    code: .notWordDocument, message: "这不是 Word 文档（.docx）或表格（.xlsx）。",
    hint: "请选择由本系统导出的 .docx 或 .xlsx 文件；如已另存为其他格式，请用原来的文件。")
}

/// `<property name="…"><vt:lpwstr>…</vt:lpwstr></property>`.
private final class PropertyReader: MarkupHandler {
  private(set) var properties: [String: String] = [:]
  private let limits: PackageProperties.Limits
  private var name: String?
  private var value = ""

  init(limits: PackageProperties.Limits) {
    self.limits = limits
  }

  func begin(_ element: MarkupElement) throws(ImportError) {
    guard element.name == "property" else { return }
    name = element.plain("name")
    value = ""
  }

  func text(_ text: String) {
    if name != nil { value += text }
  }

  func end(_ name: String) throws(ImportError) {
    guard name == "property", let property = self.name else { return }
    self.name = nil
    if properties.count == limits.count { throw .tooLarge("文件属性", limit: "\(limits.count) 项") }
    // Two of one name: whoever reads the first and whoever reads the last must not disagree.
    if properties.updateValue(value, forKey: property) != nil { throw .damaged("有两个同名的文件属性") }
  }
}
