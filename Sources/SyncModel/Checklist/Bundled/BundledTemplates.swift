extension Template {
  /// Templates that come with the product, for units without a document of their own. The slug is stable and names the
  /// template on the command line; the wording is ours and may improve, which makes a new template with a new hash.
  public static let bundled: [(slug: String, template: Template)] = [
    ("score-sheet-100", .scoreSheet100),
    ("branch-guide-27", .branchGuide27),
  ]
}

extension Template.Node {
  /// A section whose children are numbered from 1; its points are theirs together.
  static func section(_ number: String, _ text: String, scored items: [(text: String, points: Int64)]) -> Self {
    Self(
      number: number, text: text, points: Score(hundredths: items.reduce(0) { $0 + $1.points } * 100),
      children: items.enumerated().map { position, item in
        Self(number: String(position + 1), text: item.text, points: Score(hundredths: item.points * 100))
      })
  }

  /// A section whose children are numbered from 1 and bear no points.
  static func section(_ number: String, _ text: String, items: [String]) -> Self {
    Self(
      number: number, text: text,
      children: items.enumerated().map { position, text in Self(number: String(position + 1), text: text) })
  }
}
