import RawStructuredFieldValues
import SyncEngine
import SyncModel

/// Whom a request is for: one hub's device, in one run of its process. A hub answers nothing that was signed for another, so
/// a request can be played back neither elsewhere nor after a restart.
public struct HubTarget: Hashable, Sendable {
  public var device: DeviceID
  /// Drawn by the hub's process when it starts.
  public var run: [UInt8]

  public init(device: DeviceID, run: [UInt8]) {
    self.device = device
    self.run = run
  }

  /// `"<device>";run="<run>"`, hexadecimal.
  public var field: String { "\"\(device)\";run=\"\(Hex.encode(run))\"" }

  public init?(field: String) {
    var parser = StructuredFieldValueParser(Array(field.utf8))
    guard let item = try? parser.parseItemFieldValue(), case .string(let device) = item.rfc9651BareItem,
      let device = DeviceID(hex: device), case .string(let run)? = item.rfc9651Parameters["run"],
      let run = Hex.decode(run), run.count <= HubRecord.runByteCount
    else { return nil }
    self.init(device: device, run: run)
  }
}

/// A request's header fields as a device signed them: HTTP Message Signatures (RFC 9421, ed25519) over method, path,
/// content type, the body's digest (RFC 9530) and ``HubTarget``.
///
/// The signature is checked before a byte of the body is read; ``matches(body:)`` says whether the body is the one meant.
/// Whether the key is enrolled, the time is near and the nonce is new is the receiver's question.
public struct RequestSignature: Sendable {
  public static let tag = "unitsync-request-1"
  private static let label = "device"
  private static let components = [
    SignatureInput.component("@method"), SignatureInput.component("@path"),
    SignatureInput.component(HeaderName.contentDigest), SignatureInput.component(HeaderName.hub),
  ]
  /// Covered where the request carries them: what says more of a request than its body.
  private static let carried = [
    HeaderName.contentType, HeaderName.range, HeaderName.ifRange, Tus.uploadLength, Tus.uploadOffset,
    Tus.uploadMetadata,
    Tus.uploadChecksum,
  ]

  private static func components(_ header: (String) -> String?) -> [Item] {
    components + carried.filter { header($0) != nil }.map { SignatureInput.component($0) }
  }

  /// Ed25519 public key of the device that claims to have signed.
  public let deviceKey: [UInt8]
  /// Seconds since 1970, on the hub's clock as far as the client knew it.
  public let created: Int64
  public let nonce: String
  public let target: HubTarget
  private let digest: String
  private let base: [UInt8]
  private let signature: [UInt8]

  public var device: DeviceID { DeviceID(key: deviceKey) }

  // MARK: Signing

  /// The header fields of a signed request, content type included.
  ///
  /// - Parameters:
  ///   - contentType: nil where there is no body.
  ///   - fields: others that say what is asked for.
  ///   - created: seconds since 1970 on the hub's clock.
  ///   - nonce: drawn anew for each request.
  public static func headers(
    method: String, path: String, contentType: String?, fields: [HeaderField] = [], body: [UInt8],
    for target: HubTarget,
    key: DeviceKey, created: Int64, nonce: String
  ) throws -> [HeaderField] {
    var headers = contentType.map { [HeaderField(HeaderName.contentType, $0)] } ?? []
    headers += [
      HeaderField(HeaderName.contentDigest, ContentDigest.field(body)),
      HeaderField(HeaderName.hub, target.field),
    ]
    headers += fields
    let input = SignatureInput(
      components: components { headers[$0] },
      parameters: [
        ("created", .integer(created)), ("nonce", .string(nonce)), ("keyid", .string(Hex.encode(key.publicKey))),
        ("alg", .string(SignatureInput.algorithm)), ("tag", .string(tag)),
      ])
    guard let base = input.base({ Self.value($0, method, path) { headers[$0] } }), let text = input.serialized() else {
      throw TransportError.cannotSign
    }
    headers.append(HeaderField(HeaderName.signatureInput, "\(label)=\(text)"))
    headers.append(HeaderField(HeaderName.signature, "\(label)=\(ByteField.serialized(try key.sign(base)))"))
    return headers
  }

  // MARK: Reading

  /// Why a request is not accepted as signed.
  public enum Failure: Error, Hashable, Sendable {
    case missing
    case malformed
  }

  /// Reads the fields and checks their form; ``isValid`` checks the signature.
  public init(method: String, path: String, header: (String) -> String?) throws(Failure) {
    guard let digest = header(HeaderName.contentDigest), let input = header(HeaderName.signatureInput),
      let signature = header(HeaderName.signature), let hub = header(HeaderName.hub)
    else { throw .missing }
    let size = digest.utf8.count + input.utf8.count + signature.utf8.count + hub.utf8.count
    var label = ""
    guard size <= HTTPLimit.signatureBytes,
      let parsed = SignatureInput(field: input, tag: Self.tag, label: &label),
      parsed.covers(exactly: Self.components(header)), let key = parsed.deviceKey,
      let created = parsed.integer("created"),
      let nonce = parsed.text("nonce"), HTTPLimit.nonceCharacters.contains(nonce.utf8.count),
      let bytes = ByteField.member(label, of: signature), let target = HubTarget(field: hub),
      let base = parsed.base({ Self.value($0, method, path, header) })
    else { throw .malformed }
    deviceKey = key
    self.created = created
    self.nonce = nonce
    self.target = target
    self.digest = digest
    // The base is built from the parameters as they were read, so that nothing unsigned is believed.
    self.base = base
    self.signature = bytes
  }

  public var isValid: Bool { DeviceKey.verify(signature, of: base, by: deviceKey) }

  public func matches(body: [UInt8]) -> Bool { ContentDigest.matches(digest, body: body) }

  private static func value(
    _ component: Item, _ method: String, _ path: String, _ header: (String) -> String?
  ) -> String? {
    guard component.rfc9651Parameters.isEmpty, case .string(let name) = component.rfc9651BareItem else { return nil }
    switch name {
    case "@method": return method
    case "@path": return path
    default: return header(name)
    }
  }
}
