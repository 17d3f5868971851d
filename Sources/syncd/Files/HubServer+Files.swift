import Crypto
import Foundation
import HTTPTypes
import Hummingbird
import SyncEngine
import SyncHTTP
import SyncModel

/// Files over HTTP: tus 1.0.0 for sending, ranges for fetching (protocol §13). Every request passes what every other passes;
/// a piece is held in memory until its digest is checked, so that no byte counts which nobody signed.
extension HubServer {
  func addFileRoutes(to router: Router<HubRequestContext>) {
    let one = RouterPath(Endpoint.files + "/:hash")
    for path in [RouterPath(Endpoint.files), one] {
      router.on(path, method: .options) { request, context in
        try gate.admitStranger(context.address)
        return try signer.response(Self.abilities, to: request)
      }
    }
    router.post(RouterPath(Endpoint.filesHeld)) { request, context in try await held(request, context) }
    router.post(RouterPath(Endpoint.files)) { request, context in try await begin(request, context) }
    router.patch(one) { request, context in try await append(request, context) }
    router.head(one) { request, context in try await progress(request, context) }
    router.delete(one) { request, context in try await drop(request, context) }
    router.get(one) { request, context in try await fetch(request, context) }
  }

  private static let abilities = HubAnswer(
    status: 204, contentType: MediaType.bytes, body: [],
    fields: [
      HeaderField(Tus.versions, Tus.version), HeaderField(Tus.extensionList, Tus.extensions),
      HeaderField(Tus.maximum, "\(Attachment.byteLimit)"), HeaderField(Tus.checksumList, Tus.checksumAlgorithms),
    ])

  /// A request that passed everything but its body, and has no place yet.
  private struct Admitted {
    let signed: RequestSignature
    let device: DirectoryDevice
    let place: Gate.Place
    let length: Int
  }

  private func admitted(_ request: Request, _ context: HubRequestContext, hasBody: Bool) async throws -> Admitted {
    let caller = try await enrolled(request, context)
    let signed = caller.signed
    if caller.reach != .whole { throw Problem.deviceStopped }
    let length = hasBody ? try Self.length(of: request, limit: limit.bodyBytes) : 0
    try gate.checkTarget(signed)
    let place = try gate.begin(.file, of: caller.owner, over: context.connection)
    try gate.admitFile(signed)
    met(caller, context)
    if !hasBody, !signed.matches(body: []) { throw Problem.digestMismatch }
    let device = try await Blocking.read { [workspace] in
      try workspace.store.read { try $0.directory().devices[signed.device] }
    }
    guard let device else { throw Problem.unknownDevice }
    if device.reach != .whole { throw Problem.deviceStopped }
    return Admitted(signed: signed, device: device, place: place, length: length)
  }

  private func checkVersion(_ request: Request) throws {
    if request.field(Tus.resumable) != Tus.version { throw Problem.tusVersion }
  }

  private static func hash(_ context: HubRequestContext) throws -> Digest256 {
    guard let text = context.parameters.get("hash"), text.utf8.count == 2 * Digest256.byteCount,
      let hash = Hex.decode(text).flatMap({ Digest256(bytes: $0) }), hash.description == text
    else { throw Problem.noSuchFile }
    return hash
  }

  // MARK: What is here

  private func held(_ request: Request, _ context: HubRequestContext) async throws -> Response {
    let admitted = try await admitted(request, context, hasBody: true)
    if admitted.length > FileLimit.askCount * Digest256.byteCount { throw Problem.tooLarge }
    let body = try await body(of: request, admitted.signed, length: admitted.length, place: admitted.place)
    guard body.count.isMultiple(of: Digest256.byteCount) else { throw Problem.malformedFiles }
    let answer = try await Blocking.runOnFiles { [fileServer] in
      let hashes = stride(from: 0, to: body.count, by: Digest256.byteCount).compactMap {
        Digest256(bytes: Array(body[$0..<$0 + Digest256.byteCount]))
      }
      return try fileServer.held(hashes, by: admitted.device).map(\.rawValue)
    }
    return try signer.response(
      HubAnswer(status: 200, contentType: MediaType.files, body: answer), to: request, holding: admitted.place)
  }

  // MARK: Sending

  /// Creation, and with a body the first piece. Begun before: where it stopped. Here already: the end.
  private func begin(_ request: Request, _ context: HubRequestContext) async throws -> Response {
    try checkVersion(request)
    let admitted = try await admitted(request, context, hasBody: true)
    guard request.field(Tus.uploadDefer) == nil, let byteCount = request.field(Tus.uploadLength).flatMap({ Int($0) }),
      byteCount >= 0, let hash = request.field(Tus.uploadMetadata).flatMap(Tus.hash(inMetadata:))
    else { throw Problem.malformedUpload }
    if byteCount > Attachment.byteLimit { throw Problem.tooLarge }
    if admitted.length > 0 { try Self.checkPieceType(request) }
    let begin: @Sendable () throws -> FileServer.Progress = { [fileServer] in
      try fileServer.begin(hash, byteCount: byteCount, by: admitted.device)
    }
    if admitted.length > limit.smallBodyBytes { _ = try await before(admitted, begin) }
    let piece = try await body(of: request, admitted.signed, length: admitted.length, place: admitted.place)
    var progress = try await Blocking.runOnFiles(begin)
    try Self.checkSum(request, piece)
    if !piece.isEmpty, progress.offset == 0, !progress.isWhole {
      progress = try await append(piece, at: 0, to: hash, by: admitted.device)
    }
    return try uploaded(
      progress, status: 201, fields: [HeaderField(HeaderName.location, Endpoint.file(hash))], request, admitted)
  }

  private func append(_ request: Request, _ context: HubRequestContext) async throws -> Response {
    try checkVersion(request)
    let hash = try Self.hash(context)
    let admitted = try await admitted(request, context, hasBody: true)
    try Self.checkPieceType(request)
    guard let offset = request.field(Tus.uploadOffset).flatMap({ Int($0) }), offset >= 0 else {
      throw Problem.malformedUpload
    }
    let check: @Sendable () throws -> Void = { [fileServer] in
      guard let before = try fileServer.progress(of: hash, by: admitted.device) else { throw Problem.noSuchFile }
      if before.offset != offset { throw FileError.wrongOffset(before.offset) }
      if offset + admitted.length > before.byteCount { throw Problem.beyondLength }
    }
    if admitted.length > limit.smallBodyBytes { try await before(admitted, check) }
    let piece = try await body(of: request, admitted.signed, length: admitted.length, place: admitted.place)
    try await Blocking.runOnFiles(check)
    try Self.checkSum(request, piece)
    let progress = try await append(piece, at: offset, to: hash, by: admitted.device)
    return try uploaded(progress, status: 204, request, admitted)
  }

  /// What a large piece would be sent for in vain: a place for as long as that takes, and none while the piece comes.
  private func before<Result: Sendable>(
    _ admitted: Admitted, _ body: @escaping @Sendable () throws -> Result
  ) async throws -> Result {
    try await admitted.place.enter(bytes: 0)
    let result = try await Blocking.runOnFiles(body)
    admitted.place.rest()
    return result
  }

  private func append(
    _ piece: [UInt8], at offset: Int, to hash: Digest256, by device: DirectoryDevice
  ) async throws -> FileServer.Progress {
    try await Blocking.runOnFiles { [fileServer] in try fileServer.append(piece, at: offset, to: hash, by: device) }
  }

  private func progress(_ request: Request, _ context: HubRequestContext) async throws -> Response {
    let hash = try Self.hash(context)
    let admitted = try await admitted(request, context, hasBody: false)
    try await admitted.place.enter(bytes: 0)
    let progress = try await Blocking.runOnFiles { [fileServer] in
      try fileServer.progress(of: hash, by: admitted.device)
    }
    guard let progress else { throw Problem.noSuchFile }
    return try uploaded(
      progress, status: 200, fields: [HeaderField(Tus.uploadLength, "\(progress.byteCount)")], request, admitted)
  }

  /// What is whole belongs to all whose attachments name it, and is not ended here.
  private func drop(_ request: Request, _ context: HubRequestContext) async throws -> Response {
    try checkVersion(request)
    let hash = try Self.hash(context)
    let admitted = try await admitted(request, context, hasBody: false)
    try await admitted.place.enter(bytes: 0)
    let dropped = try await Blocking.runOnFiles { [fileServer] in try fileServer.drop(hash, by: admitted.device) }
    if !dropped { throw Problem.noSuchFile }
    return try signer.response(
      HubAnswer(status: 204, contentType: MediaType.bytes, body: []), to: request, holding: admitted.place)
  }

  private func uploaded(
    _ progress: FileServer.Progress, status: Int, fields: [HeaderField] = [], _ request: Request, _ admitted: Admitted
  ) throws -> Response {
    try signer.response(
      HubAnswer(
        status: status, contentType: MediaType.bytes, body: [],
        fields: fields + [
          HeaderField(Tus.uploadOffset, "\(progress.offset)"), HeaderField("cache-control", "no-store"),
        ]), to: request, holding: admitted.place)
  }

  private static func checkPieceType(_ request: Request) throws {
    if request.field(HeaderName.contentType) != Tus.piece { throw Problem.pieceType }
  }

  /// tus' own checksum of a piece, beside the digest that the device signed: nothing of a piece that fails counts.
  private static func checkSum(_ request: Request, _ piece: [UInt8]) throws {
    guard let field = request.field(Tus.uploadChecksum) else { return }
    let parts = field.split(separator: " ")
    guard parts.count == 2, let wanted = Data(base64Encoded: String(parts[1])) else { throw Problem.checksumAlgorithm }
    let isRight =
      switch parts[0] {
      case "sha256": SHA256.hash(data: piece).elementsEqual(wanted)
      // Every server must know it; it is no protection against anybody.
      case "sha1": Insecure.SHA1.hash(data: piece).elementsEqual(wanted)
      default: throw Problem.checksumAlgorithm
      }
    if !isRight { throw Problem.checksum }
  }

  // MARK: Fetching

  private func fetch(_ request: Request, _ context: HubRequestContext) async throws -> Response {
    let hash = try Self.hash(context)
    let admitted = try await admitted(request, context, hasBody: false)
    // A part of it, held until its digest is known.
    try await admitted.place.enter(bytes: limit.bodyBytes)
    let byteCount = try await Blocking.runOnFiles { [fileServer] in try fileServer.readable(hash, by: admitted.device) }
    let tag = "\"\(hash)\""
    let fields = [
      HeaderField(HeaderName.reprDigest, ContentDigest.field(hash)), HeaderField("etag", tag),
      HeaderField("accept-ranges", "bytes"), HeaderField("cache-control", "private"),
      // Whatever it is, it is not shown in a browser under this address.
      HeaderField("content-disposition", "attachment"), HeaderField("x-content-type-options", "nosniff"),
    ]
    var part = 0..<byteCount
    var status = 200
    var more: [HeaderField] = []
    let isSame = request.field(HeaderName.ifRange).map { $0 == tag } ?? true
    if isSame, let asked = request.field(HeaderName.range).flatMap({ ByteRange($0, byteCount: byteCount) }) {
      guard case .part(let range) = asked else {
        var problem = try HubAnswer.problem(Problem.unsatisfiable)
        problem.fields = [HeaderField(HeaderName.contentRange, "bytes */\(byteCount)")]
        return try signer.response(problem, to: request, holding: admitted.place)
      }
      (part, status) = (range, 206)
      more = [HeaderField(HeaderName.contentRange, ByteRange.contentRange(range, of: byteCount))]
    }
    let start = part.lowerBound
    let read: @Sendable (Int, Int) async throws -> [UInt8] = { [workspace] offset, count in
      try await Blocking.runOnFiles { try workspace.files.read(hash, from: start + offset, count: count) }
    }
    var answer = HubAnswer(status: status, contentType: MediaType.bytes, body: [], fields: fields + more)
    if part.count <= limit.bodyBytes {
      answer.body = try await read(0, part.count)
      if answer.body.count != part.count { throw FileError.notHere }
      return try signer.response(answer, to: request, holding: admitted.place)
    }
    let length = part.count
    return try signer.longResponse(
      answer, byteCount: length, pieceBytes: Self.streamedBytes, to: request, holding: admitted.place
    ) { offset in
      try await read(offset, min(Self.streamedBytes, length - offset))
    }
  }

  private static let streamedBytes = 256 << 10
}

extension Problem {
  fileprivate static let noSuchFile = Problem(
    status: 404, code: "noSuchFile", detail: "没有这个文件，也没有在传它", hint: "请再同步一次", retry: true)

  fileprivate static let tusVersion = Problem(
    status: 412, code: "tusVersion", detail: "文件传送的版本不对", hint: "请升级本机软件", retry: false)

  fileprivate static let malformedUpload = Problem(
    status: 400, code: "malformedUpload", detail: "传送文件的请求没有写明长度、位置或文件的 SHA-256", hint: "请升级本机软件", retry: false)

  fileprivate static let malformedFiles = Problem(
    status: 400, code: "malformedFiles", detail: "询问文件的请求格式不对", hint: "请升级本机软件", retry: false)

  fileprivate static let beyondLength = Problem(
    status: 413, code: "beyondLength", detail: "传来的内容超出文件的长度", hint: "请升级本机软件", retry: false)

  fileprivate static let pieceType = Problem(
    status: 415, code: "pieceType", detail: "传来的不是文件内容", hint: "请升级本机软件", retry: false)

  fileprivate static let checksumAlgorithm = Problem(
    status: 400, code: "checksumAlgorithm", detail: "不认得这种校验和", hint: "请用 sha256 或 sha1", retry: false)

  fileprivate static let checksum = Problem(
    status: 460, code: "checksumMismatch", detail: "传来的内容与校验和不符，没有保存", hint: "请再传一次", retry: true)

  fileprivate static let unsatisfiable = Problem(
    status: 416, code: "badRange", detail: "要的部分超出文件的长度", hint: "请从头取", retry: false)
}
