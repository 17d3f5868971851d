import SyncEngine
import SyncModel

/// A request and the answer to it, as both were signed: what a hub can be held to later, without the network.
public struct SignedExchange: Hashable, Sendable {
  public var method: String
  public var path: String
  public var requestHeaders: [HeaderField]
  public var requestBody: [UInt8]
  public var status: Int
  public var answerHeaders: [HeaderField]
  public var answerBody: [UInt8]

  public init(
    method: String, path: String, requestHeaders: [HeaderField], requestBody: [UInt8], status: Int,
    answerHeaders: [HeaderField], answerBody: [UInt8]
  ) {
    self.method = method
    self.path = path
    self.requestHeaders = requestHeaders
    self.requestBody = requestBody
    self.status = status
    self.answerHeaders = answerHeaders
    self.answerBody = answerBody
  }

  /// Who said what to whom.
  public struct Proof: Hashable, Sendable {
    public let deviceKey: [UInt8]
    public let hubKey: [UInt8]
    /// Seconds since 1970 on the hub's clock.
    public let answered: Int64
  }

  /// Checks both signatures, both digests, and that the answer belongs to the request and the request to that hub.
  /// - Returns: nil where anything does not hold.
  public func verified() -> Proof? {
    guard let request = try? RequestSignature(method: method, path: path, header: { requestHeaders[$0] }),
      request.isValid, request.matches(body: requestBody),
      let binding = RequestBinding(header: { requestHeaders[$0] }),
      let answer = AnswerSignature(status: status, headers: answerHeaders, body: answerBody, binding: binding),
      request.target.device == DeviceID(key: answer.hubKey)
    else { return nil }
    return Proof(deviceKey: request.deviceKey, hubKey: answer.hubKey, answered: answer.created)
  }
}

extension SignedExchange {
  /// What was asked; nil where the body is no exchange.
  var request: Exchange? { Self.message(requestBody, requestHeaders) }

  /// What was answered; nil where the body is no exchange.
  var answer: Exchange? { Self.message(answerBody, answerHeaders) }

  private static func message(_ body: [UInt8], _ headers: [HeaderField]) -> Exchange? {
    let body = try? BodyCoding.decoded(
      body, contentType: headers[HeaderName.contentType], limit: HTTPLimit.standard.bodyBytes)
    return body.flatMap { try? Exchange(bytes: $0) }
  }
}

// MARK: - Bytes

extension SignedExchange {
  private static let magic = Array("unitsync signed exchange\n".utf8)
  private static let formatVersion: UInt64 = 1
  private static let headerLimit = 256

  /// For a file; protocol §11.
  public var bytes: [UInt8] {
    var writer = ByteWriter(capacity: requestBody.count + answerBody.count + 4096)
    writer.raw(Self.magic)
    writer.varint(Self.formatVersion)
    writer.text(method)
    writer.text(path)
    Self.write(requestHeaders, to: &writer)
    writer.lengthPrefixed(requestBody)
    writer.varint(status)
    Self.write(answerHeaders, to: &writer)
    writer.lengthPrefixed(answerBody)
    return writer.bytes
  }

  public init(bytes: [UInt8]) throws(CodecError) {
    var reader = ByteReader(bytes)
    let textLimit = HTTPLimit.standard.headerBytes
    let bodyLimit = HTTPLimit.standard.bodyBytes
    guard try reader.raw(Self.magic.count) == Self.magic else { throw .invalid(what: "signed exchange", offset: 0) }
    let version = try reader.varint()
    if version != Self.formatVersion { throw .needsNewerVersion(what: "signed exchange", value: version) }
    let method = try reader.text("method", limit: textLimit)
    let path = try reader.text("path", limit: textLimit)
    let requestHeaders = try Self.headers(&reader, textLimit)
    let requestBody = try reader.lengthPrefixed("body", limit: bodyLimit)
    let status = try reader.count("status", limit: 999)
    let answerHeaders = try Self.headers(&reader, textLimit)
    let answerBody = try reader.lengthPrefixed("body", limit: bodyLimit)
    try reader.finish()
    self.init(
      method: method, path: path, requestHeaders: requestHeaders, requestBody: requestBody, status: status,
      answerHeaders: answerHeaders, answerBody: answerBody)
  }

  private static func write(_ headers: [HeaderField], to writer: inout ByteWriter) {
    writer.varint(headers.count)
    for header in headers {
      writer.text(header.name)
      writer.text(header.value)
    }
  }

  private static func headers(_ reader: inout ByteReader, _ limit: Int) throws(CodecError) -> [HeaderField] {
    var headers: [HeaderField] = []
    for _ in 0..<(try reader.count("headers", limit: headerLimit)) {
      let name = try reader.text("header", limit: limit)
      headers.append(HeaderField(name, try reader.text("header", limit: limit)))
    }
    return headers
  }
}
