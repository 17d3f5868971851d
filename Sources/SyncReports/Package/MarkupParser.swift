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
  /// The local name within the vocabulary read (`p`, `tbl`); `other:` and the local name elsewhere.
  let name: String
  /// With the element's own prefix: WordprocessingML qualifies its attributes.
  fileprivate let prefix: String
  fileprivate let attributes: [String: String]

  subscript(_ attribute: String) -> String? { attributes[prefix + attribute] }

  /// An attribute without prefix, as SpreadsheetML has them.
  func plain(_ attribute: String) -> String? { attributes[attribute] }

  /// An attribute of another vocabulary, whatever prefix the document gave it: `r:id`.
  func prefixed(_ attribute: String) -> String? {
    attributes.first { $0.key.hasSuffix(":" + attribute) }?.value
  }

  /// The attribute `val` as most elements have it.
  var value: String? { self["val"] }

  /// The value of a switch: present means on unless it says otherwise.
  var isOn: Bool { !["0", "false", "off"].contains(value ?? "1") }
}

/// Runs FoundationXML's parser under bounds and believes it only where the whole part was well formed.
enum MarkupParser {
  /// UTF-8 bytes of one part (`XML_MAX_LOOKUP_LIMIT`).
  private static let partBytes = 9_900_000

  static func parse(
    _ bytes: [UInt8], part: String, as vocabulary: MarkupVocabulary = .word, limits: some PackageLimits,
    handler: any MarkupHandler
  ) throws(ImportError) {
    // Beyond it libxml2 gives up as if the text were broken.
    if bytes.count > partBytes {
      throw .tooLarge("文件里一个部分", limit: "\(partBytes / 1_000_000) MB（约五万行），可分成几个文件，或另存为 .csv")
    }
    let parser = XMLParser(data: try MarkupText.utf8(bytes, part: part))
    parser.shouldProcessNamespaces = true
    parser.shouldResolveExternalEntities = false
    let events = MarkupEvents(part: part, vocabulary: vocabulary, limits: limits, handler: handler)
    parser.delegate = events
    let finished = parser.parse()
    if let failure = events.failure { throw failure }
    // On Linux `parse()` may say true for text cut off inside a tag; only a root that was closed is believed.
    guard finished, parser.parserError == nil, events.isComplete else {
      throw .malformedMarkup(part: part, "XML 格式有误")
    }
  }
}

/// Whose elements are meant, in the Transitional and the Strict namespace.
struct MarkupVocabulary {
  let namespaces: Set<String>

  static let word = MarkupVocabulary(namespaces: [
    "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    "http://purl.oclc.org/ooxml/wordprocessingml/main",
  ])
  static let sheet = MarkupVocabulary(namespaces: [
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    "http://purl.oclc.org/ooxml/spreadsheetml/main",
  ])
  static let relationships = MarkupVocabulary(namespaces: [
    "http://schemas.openxmlformats.org/package/2006/relationships"
  ])
}

private final class MarkupEvents: NSObject, XMLParserDelegate {
  private let part: String
  private let vocabulary: MarkupVocabulary
  private let depthLimit: Int
  private let elementLimit: Int
  private var elements = 0
  private let handler: any MarkupHandler
  private var depth = 0
  private var hasRoot = false
  private(set) var failure: ImportError?

  init(part: String, vocabulary: MarkupVocabulary, limits: some PackageLimits, handler: any MarkupHandler) {
    self.part = part
    self.vocabulary = vocabulary
    depthLimit = limits.markupDepth
    elementLimit = limits.elements
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
    elements += 1
    if elements > elementLimit { return stop(parser, .tooLarge("\(part) 的标记", limit: "\(elementLimit) 个")) }
    if depth > depthLimit {
      return stop(parser, .tooLarge("\(part) 的嵌套", limit: "\(depthLimit) 层"))
    }
    let prefix = qualifiedName?.split(separator: ":").dropLast().first.map { "\($0):" } ?? ""
    let element = MarkupElement(name: self.name(name, in: namespaceURI), prefix: prefix, attributes: attributes)
    do { try handler.begin(element) } catch { stop(parser, error) }
  }

  func parser(_ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?) {
    guard failure == nil else { return }
    depth -= 1
    do { try handler.end(self.name(name, in: namespaceURI)) } catch { stop(parser, error) }
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

  private func name(_ name: String, in namespace: String?) -> String {
    vocabulary.namespaces.contains(namespace ?? "") ? name : "other:" + name
  }
}
