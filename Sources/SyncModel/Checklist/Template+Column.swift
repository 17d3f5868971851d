extension Template {
  /// A header cell and what is written under it.
  public struct Column: Hashable, Sendable {
    /// Verbatim.
    public var title: String
    /// Columns of the body that it covers, 1 … ``Template/columnLimit``.
    public var span: Int
    /// Printed width in twentieths of a point; 0 where the document does not say.
    public var width: Int
    public var content: Content
    /// In rows: one without it is not a row.
    public var isRequired: Bool
    /// The words to choose from where ``content`` is a choice; otherwise empty.
    public var choices: [String]

    /// What a cell of a row holds. An item's cells are text, whatever stands here.
    public enum Content: UInt8, CaseIterable, Sendable {
      case text = 1
      case number = 2
      case date = 3
      /// A person's name: personal data that goes with the row and nowhere else.
      case person = 4
      case choice = 5
      /// `2026-09`.
      case month = 6
      /// Counted from 1 when printed, never typed: 序号.
      case sequence = 7
    }

    public init(
      _ title: String, span: Int = 1, width: Int = 0, content: Content = .text, isRequired: Bool = false,
      choices: [String] = []
    ) {
      self.title = title
      self.span = span
      self.width = width
      self.content = content
      self.isRequired = isRequired
      self.choices = choices
    }
  }
}

extension Template.Column: ExpressibleByStringLiteral {
  public init(stringLiteral title: String) { self.init(title) }
}

extension Template.Column.Content {
  /// As in JSON and in the bundled files.
  public var name: String {
    switch self {
    case .text: "text"
    case .number: "number"
    case .date: "date"
    case .person: "person"
    case .choice: "choice"
    case .month: "month"
    case .sequence: "sequence"
    }
  }
}
