import RawStructuredFieldValues
import SyncEngine
import SyncModel

/// What ties an answer to the request that it answers.
public enum RequestBinding: Hashable, Sendable {
  /// The request's signature, by its label.
  case signature(label: String, bytes: [UInt8])
  /// A request that is not signed carries a nonce instead.
  case nonce(String)

  /// The binding that a request's fields give; nil where it has neither.
  public init?(header: (String) -> String?) {
    var label = ""
    if let input = header(HeaderName.signatureInput), let signature = header(HeaderName.signature),
      input.utf8.count + signature.utf8.count <= HTTPLimit.signatureBytes,
      SignatureInput(field: input, tag: RequestSignature.tag, label: &label) != nil,
      let bytes = ByteField.member(label, of: signature)
    {
      self = .signature(label: label, bytes: bytes)
    } else if let nonce = header(HeaderName.nonce), HTTPLimit.nonceCharacters.contains(nonce.utf8.count),
      nonce.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f })
    {
      self = .nonce(nonce)
    } else {
      return nil
    }
  }

  fileprivate var component: Item {
    switch self {
    case .signature(let label, _):
      SignatureInput.component(HeaderName.signature, ofRequest: true, key: label)
    case .nonce:
      SignatureInput.component(HeaderName.nonce, ofRequest: true)
    }
  }

  fileprivate var value: String {
    switch self {
    case .signature(_, let bytes): ByteField.serialized(bytes)
    case .nonce(let nonce): nonce
    }
  }
}

/// An answer as the hub's device signed it (RFC 9421 §2.4): over the status, content type, the body's digest, the run of the
/// hub's process and what ties it to its request. `created` is the hub's clock: that is how a client learns it.
public struct AnswerSignature: Hashable, Sendable {
  public static let tag = "unitsync-answer-1"
  private static let label = "hub"

  /// Ed25519 public key of the hub's device.
  public let hubKey: [UInt8]
  /// Seconds since 1970 on the hub's clock.
  public let created: Int64
  public let run: [UInt8]

  /// Covered where the answer carries them.
  private static let carried = [
    HeaderName.contentDigest, HeaderName.reprDigest, HeaderName.contentRange, HeaderName.location, Tus.uploadOffset,
    Tus.uploadLength,
  ]

  private static func components(_ binding: RequestBinding?, _ header: (String) -> String?) -> [Item] {
    [
      SignatureInput.component("@status"), SignatureInput.component(HeaderName.contentType),
      SignatureInput.component(HeaderName.run),
    ] + carried.filter { header($0) != nil }.map { SignatureInput.component($0) }
      + (binding.map { [$0.component] } ?? [])
  }

  private static func value(
    _ component: Item, status: Int, binding: RequestBinding?, _ header: (String) -> String?
  ) -> String? {
    if let binding, component == binding.component { return binding.value }
    guard component.rfc9651Parameters.isEmpty, case .string(let name) = component.rfc9651BareItem else { return nil }
    return name == "@status" ? "\(status)" : header(name)
  }

  /// The header fields of a signed answer, content type included. Without a binding nobody will believe it; it is signed
  /// all the same, so that what a hub said can be held against it.
  ///
  /// - Parameters:
  ///   - fields: others that say what the answer is.
  ///   - body: nil where it is longer than a frame: `fields` then carries the digest of the whole file instead.
  public static func headers(
    status: Int, contentType: String, fields: [HeaderField] = [], body: [UInt8]?, binding: RequestBinding?,
    key: DeviceKey, created: Int64, run: [UInt8]
  ) throws -> [HeaderField] {
    var headers = [
      HeaderField(HeaderName.contentType, contentType), HeaderField(HeaderName.run, Hex.encode(run)),
    ]
    if let body { headers.append(HeaderField(HeaderName.contentDigest, ContentDigest.field(body))) }
    headers += fields
    let input = SignatureInput(
      components: components(binding) { headers[$0] },
      parameters: [
        ("created", .integer(created)), ("keyid", .string(Hex.encode(key.publicKey))),
        ("alg", .string(SignatureInput.algorithm)), ("tag", .string(tag)),
      ])
    guard let base = input.base({ value($0, status: status, binding: binding) { headers[$0] } }),
      let text = input.serialized()
    else { throw TransportError.cannotSign }
    headers.append(HeaderField(HeaderName.signatureInput, "\(label)=\(text)"))
    headers.append(HeaderField(HeaderName.signature, "\(label)=\(ByteField.serialized(try key.sign(base)))"))
    return headers
  }

  /// Checks an answer against the request that it must answer; whose key it is remains to be asked.
  ///
  /// - Parameter body: nil where it is longer than a frame, and the answer names the whole file's digest instead: what comes
  ///   is believed once it is whole.
  /// - Returns: nil for anything that no key has signed as an answer to that request.
  public init?(status: Int, headers: [HeaderField], body: [UInt8]?, binding: RequestBinding) {
    var label = ""
    guard let field = headers[HeaderName.signatureInput], let signature = headers[HeaderName.signature],
      field.utf8.count + signature.utf8.count <= HTTPLimit.signatureBytes,
      let input = SignatureInput(field: field, tag: Self.tag, label: &label),
      input.covers(exactly: Self.components(binding) { headers[$0] }), let key = input.deviceKey,
      let created = input.integer("created"), let bytes = ByteField.member(label, of: signature),
      let run = headers[HeaderName.run].flatMap({ Hex.decode($0) }), run.count == HubRecord.runByteCount,
      body.map({ body in headers[HeaderName.contentDigest].map { ContentDigest.matches($0, body: body) } ?? false })
        ?? (headers[HeaderName.reprDigest] != nil),
      let base = input.base({ Self.value($0, status: status, binding: binding) { headers[$0] } }),
      DeviceKey.verify(bytes, of: base, by: key)
    else { return nil }
    hubKey = key
    self.created = created
    self.run = run
  }
}
