/// Why a template's data file is refused: which file, where in it, and the reason.
struct TemplateFileError: Error, Hashable, CustomStringConvertible {
  /// The file's name, `score-sheet-100.json`.
  var file: String
  /// From the top of the document, `sections[2].children[0].points`; empty for the file as a whole.
  var place: String
  var reason: String

  /// In the form that build tools pick out of a log.
  var description: String { "\(file): error: \(place.isEmpty ? "" : "\(place): ")\(reason)" }
}
