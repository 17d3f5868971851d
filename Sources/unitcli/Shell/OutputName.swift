import SyncReports

/// What the name of a file that is about to be written says of its contents: it must not lie.
///
/// A table under the name of a .pdf opens nowhere, and whoever gets it believes the program is broken. So a name that ends in
/// something which the command cannot write is refused, before anything is written.
enum OutputName {
  /// Behind the last dot, in small letters; nil where the name has no ending.
  static func ending(of path: String) -> String? {
    let name = path.split(separator: "/").last ?? ""
    guard let dot = name.lastIndex(of: "."), dot > name.startIndex else { return nil }
    return name[name.index(after: dot)...].lowercased()
  }

  /// - Parameters:
  ///   - known: endings that are true of what will be written, without dots.
  ///   - needed: whether a name without an ending will do.
  /// - Throws: ``Refusal`` with those that will do.
  static func check(_ path: String, known: [String], needed: Bool = false) throws {
    let ending = ending(of: path)
    if let ending, known.contains(ending) { return }
    let choice = known.map { "." + $0 }.joined(separator: "、")
    if let ending {
      throw Refusal.usage("不能写成“.\(ending)”文件", hint: "可选：\(choice)")
    }
    if needed { throw Refusal.usage("“\(path)”没有写明是哪种文件", hint: "请以 \(choice) 结尾") }
  }
}
