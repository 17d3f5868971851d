import Crypto
import Foundation
import RawStructuredFieldValues
import SyncModel

/// One member of `Signature-Input` (RFC 9421 §4.1): the components covered and the signature's parameters, in the order in
/// which they were written. The structured fields themselves (RFC 9651) are read and written by a library.
struct SignatureInput {
  var components: [Item]
  var parameters: OrderedMap<String, RFC9651BareItem>

  /// The covered component `name`, with `;req` where it is the request's, and `;key` for a dictionary's member.
  static func component(_ name: String, ofRequest: Bool = false, key: String? = nil) -> Item {
    var parameters = OrderedMap<String, RFC9651BareItem>()
    if ofRequest { parameters["req"] = .bool(true) }
    if let key { parameters["key"] = .string(key) }
    return Item(bareItem: .string(name), parameters: parameters)
  }

  init(components: [Item], parameters: [(name: String, value: RFC9651BareItem)]) {
    self.components = components
    self.parameters = OrderedMap()
    for parameter in parameters { self.parameters[parameter.name] = parameter.value }
  }

  /// The one member of a `Signature-Input` field that carries `tag`, with its label; nil where there is none, or two.
  init?(field: String, tag: String, label: inout String) {
    var parser = StructuredFieldValueParser(Array(field.utf8))
    guard let dictionary = try? parser.parseDictionaryFieldValue() else { return nil }
    var found: (label: String, list: InnerList)?
    for (name, member) in dictionary {
      guard case .innerList(let list) = member, list.rfc9651Parameters["tag"] == .string(tag) else { continue }
      if found != nil { return nil }
      found = (name, list)
    }
    guard let found else { return nil }
    label = found.label
    components = Array(found.list.bareInnerList)
    parameters = found.list.rfc9651Parameters
  }

  /// As it stands behind the label, and in the base as `@signature-params`.
  func serialized() -> String? {
    var serializer = StructuredFieldValueSerializer()
    var list = BareInnerList()
    for component in components { list.append(component) }
    let member = ItemOrInnerList.innerList(InnerList(bareInnerList: list, parameters: parameters))
    return (try? serializer.writeListFieldValue([member])).map { String(decoding: $0, as: UTF8.self) }
  }

  /// What is signed (RFC 9421 §2.5); nil where a component has no value or stands twice.
  func base(_ value: (Item) -> String?) -> [UInt8]? {
    var lines: [String] = []
    var names: Set<String> = []
    for component in components {
      var serializer = StructuredFieldValueSerializer()
      guard let bytes = try? serializer.writeItemFieldValue(component), let value = value(component) else { return nil }
      let name = String(decoding: bytes, as: UTF8.self)
      guard names.insert(name).inserted, !value.contains("\n") else { return nil }
      lines.append("\(name): \(value)")
    }
    guard let parameters = serialized() else { return nil }
    lines.append("\"@signature-params\": \(parameters)")
    return Array(lines.joined(separator: "\n").utf8)
  }

  /// Whether exactly these components are covered, in whatever order.
  func covers(exactly required: [Item]) -> Bool {
    components.count == required.count && Set(components) == Set(required)
  }

  func text(_ name: String) -> String? {
    if case .string(let text)? = parameters[name] { text } else { nil }
  }

  func integer(_ name: String) -> Int64? {
    if case .integer(let number)? = parameters[name] { number } else { nil }
  }

  /// The Ed25519 key that `keyid` spells in hexadecimal, where `alg` says so too.
  var deviceKey: [UInt8]? {
    guard text("alg") == Self.algorithm, let key = text("keyid").flatMap({ Hex.decode($0) }),
      key.count == Self.keyByteCount
    else { return nil }
    return key
  }

  static let algorithm = "ed25519"
  private static let keyByteCount = 32
}

/// The byte sequences of `Signature` and `Content-Digest`.
enum ByteField {
  /// `:base64:`.
  static func serialized(_ bytes: some Sequence<UInt8>) -> String {
    ":\(Data(bytes).base64EncodedString()):"
  }

  /// A dictionary's member `key` as bytes; nil where it is missing or something else.
  static func member(_ key: String, of field: String) -> [UInt8]? {
    var parser = StructuredFieldValueParser(Array(field.utf8))
    guard let dictionary = try? parser.parseDictionaryFieldValue(), case .item(let item)? = dictionary[key],
      case .undecodedByteSequence(let text) = item.rfc9651BareItem
    else { return nil }
    // One value, one spelling: bits that mean nothing may not differ.
    guard let data = Data(base64Encoded: text), data.base64EncodedString() == text else { return nil }
    return [UInt8](data)
  }
}

/// `Content-Digest` (RFC 9530), SHA-256.
public enum ContentDigest {
  private static let algorithm = "sha-256"

  public static func field(_ body: [UInt8]) -> String {
    "\(algorithm)=\(ByteField.serialized(SHA256.hash(data: body)))"
  }

  /// Of a file whose hash is known.
  public static func field(_ hash: Digest256) -> String { "\(algorithm)=\(ByteField.serialized(hash.bytes))" }

  /// False also where the field names other algorithms only.
  public static func matches(_ field: String, body: [UInt8]) -> Bool {
    ByteField.member(algorithm, of: field) == Array(SHA256.hash(data: body))
  }
}
