import SyncEngine
import SyncModel

/// What was typed on a command line: texts must be UTF-8, paths may be any bytes (``RawText``).
public enum TypedWords {
  /// Properties of commands that hold paths. What is not listed is text, and refused where it is none.
  private static let inputs: Set<String> = [
    "file", "files", "invitation", "rootKey", "tlsCertificate", "tlsKey", "passphraseFile",
  ]
  private static let outputs: Set<String> = ["output", "out", "qrFile"]
  /// Commands whose `file` is written.
  private static let writers: Set<String> = ["BackupCommand", "Export"]
  /// Commands whose `files` are names and no paths.
  private static let namers: Set<String> = ["DetachCommand"]
  /// Commands that make the data folder.
  private static let makers: Set<String> = ["JoinCommand", "RestoreCommand", "InitCommand", "RecoverCommand"]

  /// `arguments` with names of UTF-8 for the files and folders among them whose own are not.
  ///
  /// - Parameter command: parsed from `arguments`; nil where that failed.
  /// - Throws: ``NotUTF8`` for a text that is not; whatever a link could not be made for.
  public static func resolved(_ arguments: [String], command: Any?, paths: RawPaths) throws -> [String] {
    guard let command, let first = arguments.firstIndex(where: RawText.isRaw) else {
      throw refusal(arguments, arguments.first(where: RawText.isRaw) ?? "")
    }
    let name = String(describing: type(of: command))
    var arguments = arguments
    let found = rawTexts(in: command, label: "")
    if found.isEmpty { throw refusal(arguments, arguments[first]) }
    for (label, text) in found {
      let path: String
      let last = label.split(separator: ".").last.map(String.init) ?? ""
      if last == "data" {
        path = try RawPaths.dataFolder(text, makes: makers.contains(name)).path
      } else if outputs.contains(last) || label == "file" && writers.contains(name) {
        path = try paths.forWriting(text)
      } else if inputs.contains(last), !namers.contains(name) {
        guard let existing = try paths.existing(text) else { throw NoSuchFile(shown: RawText.shown(text)) }
        path = existing
      } else {
        throw refusal(arguments, text)
      }
      arguments = arguments.map { $0.hasSuffix(text) ? $0.dropLast(text.count) + path : $0 }
    }
    return arguments
  }

  private static func refusal(_ arguments: [String], _ text: String) -> NotUTF8 {
    let index = arguments.firstIndex { $0.hasSuffix(text) } ?? 0
    let option = arguments[..<index].last.flatMap { $0.hasPrefix("-") && !$0.contains("=") ? $0 : nil }
    return NotUTF8(number: index + 1, option: option, shown: RawText.shown(arguments[index]))
  }

  /// The texts in a parsed command that are no UTF-8, each with the property that holds it: `file`, `global.data`.
  private static func rawTexts(in value: Any, label: String, depth: Int = 0) -> [(label: String, text: String)] {
    if let text = value as? String { return RawText.isRaw(text) ? [(label, text)] : [] }
    if depth > 12 { return [] }
    return Mirror(reflecting: value).children.flatMap { child in
      // Wrapped properties are stored under their names with an underscore; what wraps them has names of its own.
      let own = child.label.flatMap { $0.hasPrefix("_") && $0 != "_parsedValue" ? String($0.dropFirst()) : nil }
      return rawTexts(
        in: child.value, label: own.map { label.isEmpty ? $0 : "\(label).\($0)" } ?? label, depth: depth + 1)
    }
  }
}

extension RawPaths {
  /// - Throws: ``FileThere`` where a file of that name is there already.
  fileprivate func forWriting(_ text: String) throws -> String {
    guard let path = try existing(text) else { return try new(text) }
    if !isFolder(text) { throw FileThere(shown: RawText.shown(text)) }
    return path
  }
}

/// An argument is text and no UTF-8.
public struct NotUTF8: ExplainedError, Hashable {
  /// From 1.
  public let number: Int
  public let option: String?
  public let shown: String

  public var code: String { "notUTF8" }
  public var message: String { "第 \(number) 个参数\(option.map { "（\($0) 后面的）" } ?? "")“\(shown)”不是 UTF-8 文字，没有办理" }
  public var hint: String { "请把终端的编码设为 UTF-8 再输入一次；只有文件和文件夹的名字可以是别的编码" }
}

struct NoSuchFile: ExplainedError, Hashable {
  let shown: String
  var code: String { "unreadable" }
  var message: String { "没有文件“\(shown)”，或不能读" }
  var hint: String { "请检查文件名和所在文件夹" }
}

struct FileThere: ExplainedError, Hashable {
  let shown: String
  var code: String { "fileExists" }
  var message: String { "文件“\(shown)”已经有了，未作改动" }
  var hint: String { "请换一个文件名" }
}
