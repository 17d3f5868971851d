/// The kinds of file that a paper is written as.
public enum DocumentFormat: String, CaseIterable, Hashable, Sendable {
  /// Word and WPS: as the originals look.
  case docx
  /// Excel and WPS: numbers to calculate with, sums as formulas.
  case xlsx
  /// Texts alone, for other programs.
  case csv
  /// One page to look at and to print, without anything from outside.
  case html

  public var fileExtension: String { rawValue }

  /// Reads what somebody writes after `--format`: `docx`, `.DOCX`, `Word`, `excel`, `网页`. nil for anything else.
  public init?(option text: String) {
    var word = text.trimmed.lowercased()
    if word.hasPrefix(".") { word.removeFirst() }
    switch word {
    case "docx", "word", "文档": self = .docx
    case "xlsx", "excel", "表格": self = .xlsx
    case "csv": self = .csv
    case "html", "htm", "网页": self = .html
    default: return nil
    }
  }

  /// What the name of a file says; nil where it says none of these.
  public init?(path: String) {
    let name = path.split(separator: "/", omittingEmptySubsequences: false).last ?? ""
    guard let dot = name.lastIndex(of: "."), dot > name.startIndex else { return nil }
    self.init(rawValue: name[name.index(after: dot)...].lowercased())
  }
}
