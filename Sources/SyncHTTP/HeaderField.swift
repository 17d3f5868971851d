/// One header field of a message; names are lower case.
public struct HeaderField: Hashable, Sendable {
  public var name: String
  public var value: String

  public init(_ name: String, _ value: String) {
    self.name = name
    self.value = value
  }
}

extension [HeaderField] {
  /// The field's value, several joined as RFC 9110 §5.3 has it; nil where it is missing.
  public subscript(name: String) -> String? {
    let values = filter { $0.name == name }.map { $0.value.trimming(while: { $0 == " " || $0 == "\t" }) }
    return values.isEmpty ? nil : values.joined(separator: ", ")
  }
}

extension String {
  fileprivate func trimming(while drop: (Character) -> Bool) -> String {
    var text = self[...]
    while let first = text.first, drop(first) { text.removeFirst() }
    while let last = text.last, drop(last) { text.removeLast() }
    return String(text)
  }
}
