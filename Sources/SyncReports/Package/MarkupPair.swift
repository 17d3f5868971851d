/// Two readers of one part, so that it is parsed once.
final class MarkupPair: MarkupHandler {
  private let first: any MarkupHandler
  private let second: any MarkupHandler

  init(_ first: any MarkupHandler, _ second: any MarkupHandler) {
    self.first = first
    self.second = second
  }

  func begin(_ element: MarkupElement) throws(ImportError) {
    try first.begin(element)
    try second.begin(element)
  }

  func text(_ text: String) {
    first.text(text)
    second.text(text)
  }

  func end(_ name: String) throws(ImportError) {
    try first.end(name)
    try second.end(name)
  }
}
