import Crypto
import Foundation
import RawStructuredFieldValues
import SyncEngine
import SyncModel

/// A request signed by a device key: HTTP Message Signatures (RFC 9421, ed25519) over method, path and the body's digest
/// (RFC 9530). The structured fields themselves are read and written by a library.
public struct RequestSignature: Sendable {
  public static let digestHeader = "content-digest"
  public static let inputHeader = "signature-input"
  public static let signatureHeader = "signature"
  private static let label = "device"
  private static let algorithm = "ed25519"
  private static let components = ["@method", "@path", digestHeader]
  /// Bytes of a signature header that are still read.
  public static let headerByteLimit = 4096

  /// The device that signed, by the hexadecimal of its public key.
  public let deviceKey: [UInt8]

  // MARK: Signing

  /// The three header fields for a request.
  ///
  /// - Parameters:
  ///   - created: seconds since 1970.
  ///   - nonce: drawn anew for each request.
  public static func headers(
    method: String, path: String, body: [UInt8], key: DeviceKey, created: Int64, nonce: String
  ) throws -> [(name: String, value: String)] {
    let digest = contentDigest(body)
    let parameters = Parameters(created: created, nonce: nonce, keyID: Hex.encode(key.publicKey))
    let input = try parameters.serialized()
    let base = signatureBase(method: method, path: path, digest: digest, input: input)
    let signature = Data(try key.sign(Array(base.utf8))).base64EncodedString()
    return [
      (digestHeader, digest), (inputHeader, "\(label)=\(input)"), (signatureHeader, "\(label)=:\(signature):"),
    ]
  }

  // MARK: Verifying

  /// Why a request is not accepted as signed.
  public enum Failure: Error, Hashable, Sendable {
    case missing
    case malformed
    case digestMismatch
    case badSignature
  }

  /// Checks the digest and the signature; whether the key is enrolled is the caller's question.
  public init(
    method: String, path: String, body: [UInt8], header: (String) -> String?
  ) throws(Failure) {
    guard let digest = header(Self.digestHeader), let input = header(Self.inputHeader),
      let signature = header(Self.signatureHeader)
    else { throw .missing }
    guard digest.utf8.count + input.utf8.count + signature.utf8.count <= Self.headerByteLimit,
      let parsed = Parameters(header: input), let bytes = Self.signatureBytes(signature),
      let key = Hex.decode(parsed.keyID), key.count == FeedGenesis.deviceKeyByteCount
    else { throw .malformed }
    guard digest == Self.contentDigest(body) else { throw .digestMismatch }
    // The base is built from the parameters as they were sent, so that nothing unsigned is believed.
    guard let serialized = try? parsed.serialized(), input == "\(Self.label)=\(serialized)" else { throw .malformed }
    let base = Self.signatureBase(method: method, path: path, digest: digest, input: serialized)
    guard DeviceKey.verify(bytes, of: Array(base.utf8), by: key) else { throw .badSignature }
    deviceKey = key
  }

  // MARK: Parts

  static func contentDigest(_ body: [UInt8]) -> String {
    "sha-256=:\(Data(SHA256.hash(data: body)).base64EncodedString()):"
  }

  private static func signatureBase(method: String, path: String, digest: String, input: String) -> String {
    """
    "@method": \(method)
    "@path": \(path)
    "\(digestHeader)": \(digest)
    "@signature-params": \(input)
    """
  }

  private static func signatureBytes(_ header: String) -> [UInt8]? {
    var parser = StructuredFieldValueParser(Array(header.utf8))
    guard let dictionary = try? parser.parseDictionaryFieldValue(), case .item(let item)? = dictionary[label],
      case .undecodedByteSequence(let text) = item.rfc9651BareItem, let data = Data(base64Encoded: text)
    else { return nil }
    return [UInt8](data)
  }

  /// `("@method" "@path" "content-digest");created=…;nonce="…";keyid="…";alg="ed25519"`.
  private struct Parameters {
    var created: Int64
    var nonce: String
    var keyID: String

    init(created: Int64, nonce: String, keyID: String) {
      self.created = created
      self.nonce = nonce
      self.keyID = keyID
    }

    init?(header: String) {
      var parser = StructuredFieldValueParser(Array(header.utf8))
      guard let dictionary = try? parser.parseDictionaryFieldValue(),
        case .innerList(let list)? = dictionary[RequestSignature.label]
      else { return nil }
      let names = list.bareInnerList.map { item -> String? in
        if case .string(let name) = item.rfc9651BareItem { name } else { nil }
      }
      guard names == RequestSignature.components.map(Optional.some),
        case .integer(let created)? = list.rfc9651Parameters["created"],
        case .string(let nonce)? = list.rfc9651Parameters["nonce"],
        case .string(let keyID)? = list.rfc9651Parameters["keyid"],
        case .string(RequestSignature.algorithm)? = list.rfc9651Parameters["alg"]
      else { return nil }
      self.init(created: created, nonce: nonce, keyID: keyID)
    }

    func serialized() throws -> String {
      var parameters = OrderedMap<String, RFC9651BareItem>()
      parameters["created"] = .integer(created)
      parameters["nonce"] = .string(nonce)
      parameters["keyid"] = .string(keyID)
      parameters["alg"] = .string(RequestSignature.algorithm)
      var items = BareInnerList()
      for name in RequestSignature.components {
        items.append(Item(bareItem: RFC9651BareItem.string(name), parameters: OrderedMap<String, RFC9651BareItem>()))
      }
      var serializer = StructuredFieldValueSerializer()
      let bytes = try serializer.writeListFieldValue([
        .innerList(InnerList(bareInnerList: items, parameters: parameters))
      ])
      return String(decoding: bytes, as: UTF8.self)
    }
  }
}
