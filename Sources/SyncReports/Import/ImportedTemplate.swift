import SyncModel

/// A template as the document has it, and what in it a person should look at.
public struct ImportedTemplate: Hashable, Sendable {
  /// Every text is verbatim: a suspected slip is flagged, never corrected.
  public var template: Template
  /// Doubts met in reading, then those about words, then those about numbers, points and dates, each in document order;
  /// empty where nothing is in doubt.
  public var flags: [Flag]

  public init(template: Template, flags: [Flag] = []) {
    self.template = template
    self.flags = flags
  }

  /// One doubt 存疑.
  public struct Flag: Hashable, Sendable {
    /// The words in doubt exactly as written, at most a line; empty where something is missing.
    public var text: String
    /// Where it stands and what is doubtful, one Chinese sentence.
    public var reason: String
    /// What was probably meant, several separated by 或; nil where nobody can say.
    public var suggestion: String?

    public init(text: String, reason: String, suggestion: String? = nil) {
      self.text = text
      self.reason = reason
      self.suggestion = suggestion
    }
  }
}
