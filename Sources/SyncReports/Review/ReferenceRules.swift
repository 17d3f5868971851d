/// Doubts about what a text calls by name: attachments 附件, documents 《…》.
enum ReferenceRules {
  typealias Flag = ImportedTemplate.Flag

  /// 《某表》（附件3） where the document's 附件3 is another table and 某表 stands under another number.
  static func flags(in text: String, attachments: [(number: Int?, title: String)]) -> [Flag] {
    text.matches(of: /《([^《》]+)》[（(]附件([0-9]{1,2})[)）]/).compactMap { match in
      let cited = Int(match.2)
      let owners = Set(attachments.filter { $0.title.contains(match.1) }.compactMap(\.number))
      guard let cited, let owner = owners.min(), !owners.contains(cited) else { return nil }
      return Flag(text: String(match.0), reason: "《\(match.1)》在本文件中是附件\(owner)，不是附件\(cited)，请核对。")
    }
  }

  /// A title whose 《name》 the document also writes with the same characters in another order.
  static func flags(title: String, names: [String: Set<String>]) -> [Flag] {
    Self.names(in: title).flatMap { name -> [Flag] in
      (names[String(name.sorted())] ?? []).subtracting([name]).sorted().map { other in
        Flag(text: "《\(name)》", reason: "标题：文中又写作《\(other)》，同一文件名称前后不一，请核对。")
      }
    }
  }

  /// The book titles in a text, also those in <…> as they stand within another 《…》.
  static func names(in text: String) -> [String] {
    (text.enclosed(by: "《", "》") + text.enclosed(by: "<", ">")).map(String.init).filter { $0.count >= 4 }
  }
}
