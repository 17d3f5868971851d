/// An error that speaks to a person: what was attempted and why it failed, the next step, and whether trying again can
/// help. Texts are Chinese; `code` is stable and English. Nothing secret stands in any of them.
public protocol ExplainedError: Error {
  /// Stable, lowerCamelCase: what scripts match on.
  var code: String { get }
  var message: String { get }
  /// The next step; empty where there is none.
  var hint: String { get }
  /// True where the same call may succeed later without any change.
  var retry: Bool { get }
}

extension ExplainedError {
  public var hint: String { "" }
  public var retry: Bool { false }
}
