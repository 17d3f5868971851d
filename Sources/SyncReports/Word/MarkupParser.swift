import Foundation

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// Receives one part's elements in document order.
protocol MarkupHandler: AnyObject {
  func begin(_ element: MarkupElement) throws(ImportError)
  func text(_ text: String)
  func end(_ name: String) throws(ImportError)
}

/// An opening tag.
struct MarkupElement {
  /// The local name within WordprocessingML (`p`, `tbl`); `other:` and the local name elsewhere.
  let name: String
  /// With the element's own prefix: WordprocessingML qualifies its attributes.
  fileprivate let prefix: String
  fileprivate let attributes: [String: String]

  subscript(_ attribute: String) -> String? { attributes[prefix + attribute] }

  /// The attribute `val` as most elements have it.
  var value: String? { self["val"] }

  /// The value of a switch: present means on unless it says otherwise.
  var isOn: Bool { !["0", "false", "off"].contains(value ?? "1") }
}

/// Runs FoundationXML's parser under bounds and believes it only where the whole part was well formed.
enum MarkupParser {
  static func parse(
    _ bytes: [UInt8], part: String, limits: WordLimits, handler: any MarkupHandler
  ) throws(ImportError) {
    let parser = XMLParser(data: Data(try MarkupText.utf8(bytes, part: part)))
    parser.shouldProcessNamespaces = true
    parser.shouldResolveExternalEntities = false
    let events = MarkupEvents(part: part, limits: limits, handler: handler)
    parser.delegate = events
    let finished = parser.parse()
    if let failure = events.failure { throw failure }
    // On Linux `parse()` may say true for text cut off inside a tag; only a root that was closed is believed.
    guard finished, parser.parserError == nil, events.isComplete else {
      throw .malformedMarkup(part: part, "XML 格式有误")
    }
  }
}

private final class MarkupEvents: NSObject, XMLParserDelegate {
  private static let namespaces: Set<String> = [
    "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    "http://purl.oclc.org/ooxml/wordprocessingml/main",
  ]

  private let part: String
  private let limits: WordLimits
  private let handler: any MarkupHandler
  private var depth = 0
  private var hasRoot = false
  private(set) var failure: ImportError?

  init(part: String, limits: WordLimits, handler: any MarkupHandler) {
    self.part = part
    self.limits = limits
    self.handler = handler
  }

  var isComplete: Bool { hasRoot && depth == 0 }

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
    attributes: [String: String]
  ) {
    guard failure == nil else { return }
    depth += 1
    hasRoot = true
    if depth > limits.markupDepth {
      return stop(parser, .tooLarge("\(part) 的嵌套", limit: "\(limits.markupDepth) 层"))
    }
    let prefix = qualifiedName?.split(separator: ":").dropLast().first.map { "\($0):" } ?? ""
    let element = MarkupElement(name: Self.name(name, in: namespaceURI), prefix: prefix, attributes: attributes)
    do { try handler.begin(element) } catch { stop(parser, error) }
  }

  func parser(_ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?) {
    guard failure == nil else { return }
    depth -= 1
    do { try handler.end(Self.name(name, in: namespaceURI)) } catch { stop(parser, error) }
  }

  func parser(_ parser: XMLParser, foundCharacters string: String) {
    if failure == nil { handler.text(string) }
  }

  func parser(_ parser: XMLParser, foundCDATA block: Data) {
    if failure == nil { handler.text(String(decoding: block, as: UTF8.self)) }
  }

  func parser(_ parser: XMLParser, parseErrorOccurred error: any Error) {
    if failure == nil { stop(parser, .malformedMarkup(part: part, "XML 格式有误，第 \(parser.lineNumber) 行附近")) }
  }

  private func stop(_ parser: XMLParser, _ error: ImportError) {
    failure = error
    parser.abortParsing()
  }

  private static func name(_ name: String, in namespace: String?) -> String {
    namespaces.contains(namespace ?? "") ? name : "other:" + name
  }
}
