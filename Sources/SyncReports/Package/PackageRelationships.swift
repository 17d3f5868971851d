/// A `.rels` part: which parts another one leans on, by what they are for (ECMA-376-2 §6.5).
final class PackageRelationships: MarkupHandler {
  struct Target {
    let id: String
    /// The last word of the type, alike in the Transitional and the Strict form: `officeDocument`, `worksheet`.
    let kind: String
    /// Its name in the archive.
    let part: String
  }

  private(set) var targets: [Target] = []
  private let folder: String
  private let limit: Int

  /// - Parameter source: the part that the relationships are of; empty for the package itself.
  init(of source: String, limit: Int) {
    folder = Self.folder(of: source)
    self.limit = limit
  }

  /// Where the relationships of `source` stand in the archive.
  static func part(of source: String) -> String {
    let folder = folder(of: source)
    return folder + "_rels/" + source.dropFirst(folder.count) + ".rels"
  }

  func first(_ kind: String) -> String? { targets.first { $0.kind == kind }?.part }

  func begin(_ element: MarkupElement) throws(ImportError) {
    guard element.name == "Relationship", let target = element.plain("Target"), let type = element.plain("Type"),
      element.plain("TargetMode") != "External"
    else { return }
    if targets.count == limit { throw .tooLarge("一个部件引用的部件", limit: "\(limit) 个") }
    let kind = type.split(separator: "/").last.map(String.init) ?? ""
    targets.append(Target(id: element.plain("Id") ?? "", kind: kind, part: Self.resolve(target, in: folder)))
  }

  func text(_ text: String) {}
  func end(_ name: String) throws(ImportError) {}

  private static func folder(of part: String) -> String {
    part.lastIndex(of: "/").map { String(part[...$0]) } ?? ""
  }

  /// From the archive's root where it begins with a slash, else from `folder`. Only a name to look up: nothing is ever
  /// written under it.
  private static func resolve(_ target: String, in folder: String) -> String {
    let path = target.hasPrefix("/") ? String(target.dropFirst()) : folder + target
    var names: [Substring] = []
    for name in path.split(separator: "/") where name != "." {
      if name == ".." { _ = names.popLast() } else { names.append(name) }
    }
    return names.joined(separator: "/")
  }
}
