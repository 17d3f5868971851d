import NIOHTTP1
import SyncEngine
import SyncModel

/// Carries files between a workspace and one hub, one after the other, in signed pieces: memory follows the piece, and what
/// is interrupted goes on where it stopped.
struct FileCourier {
  var conversation: HubConversation
  let workspace: Workspace
  /// The hub's.
  let store: StoreID
  private(set) var outcome = FileOutcome()
  private var pieces: PieceSize

  init(conversation: HubConversation, workspace: Workspace, store: StoreID) {
    self.conversation = conversation
    self.workspace = workspace
    self.store = store
    pieces = PieceSize(limit: conversation.options.limit.bodyBytes)
  }

  // MARK: Sending

  mutating func send(_ files: [NamedFile], progress: HubClient.Watch) async throws {
    var wanted: [NamedFile] = []
    for page in stride(from: 0, to: files.count, by: FileLimit.askCount).map({ files[$0...].prefix(FileLimit.askCount) }
    ) {
      wanted += try await ask(Array(page))
    }
    for (index, file) in wanted.enumerated() {
      do {
        try await send(file) { done in
          progress(
            FileProgress(
              hash: file.hash, isSending: true, done: done, byteCount: file.byteCount, number: index + 1,
              count: wanted.count))
        }
        try workspace.note([file.hash], heldBy: store)
        outcome.sent += 1
      } catch let problem as Problem where Self.isAboutTheFile(problem) {
        let isDamaged = problem.code == FileError.mismatch.code && !workspace.files.isSound(file.hash)
        refused(file, isDamaged ? FileError.damagedHere(try name(of: file)) : problem)
      } catch let error as FileError {
        refused(file, error)
      }
    }
  }

  private mutating func refused(_ file: NamedFile, _ error: any ExplainedError) {
    outcome.refusals.append(
      FileOutcome.Refusal(hash: file.hash, code: error.code, message: error.message, hint: error.hint))
  }

  private func name(of file: NamedFile) throws -> String {
    try workspace.fileName(of: file.hash) ?? String(file.hash.description.prefix(8))
  }

  /// What of these the hub wants; what it has is noted.
  private mutating func ask(_ files: [NamedFile]) async throws -> [NamedFile] {
    let answer = try await conversation.post(
      Endpoint.filesHeld, body: files.flatMap(\.hash.bytes), contentType: MediaType.files)
    let held = answer.map { FileServer.Held(rawValue: $0) }
    guard held.count == files.count else {
      throw TransportError.notAHub(address: conversation.address.text, status: 200)
    }
    try workspace.note(zip(files, held).filter { $1 == .here }.map(\.0.hash), heldBy: store)
    try workspace.note(zip(files, held).filter { $1 != .here }.map(\.0.hash), heldBy: store, false)
    return zip(files, held).filter { $1 == .wanted }.map(\.0)
  }

  private mutating func send(_ file: NamedFile, progress: (Int) -> Void) async throws {
    var way = UploadWay(byteCount: file.byteCount)
    while true {
      try Task.checkCancellation()
      var underWay = 0
      do {
        if way.offset == nil {
          underWay = goesAlong(file) ? file.byteCount : 0
          try way.began(at: try await begin(file))
        }
        guard let start = way.offset else { continue }
        progress(start)
        if start == file.byteCount { return }
        let piece = try workspace.files.read(file.hash, from: start, count: pieces.byteCount)
        if piece.isEmpty { throw FileError.damagedHere(try name(of: file)) }
        underWay = piece.count
        let clock = ContinuousClock()
        let began = clock.now
        let reply = try await conversation.request(
          .PATCH, Endpoint.file(file.hash),
          fields: Self.tus + [HeaderField(Tus.uploadOffset, "\(start)")], body: piece, contentType: Tus.piece)
        pieces.took(clock.now - began)
        outcome.bytesSent += piece.count
        try way.took(piece.count, saying: try uploadOffset(in: reply))
      } catch TransportError.brokenOff(let address) {
        guard way.broke(sending: underWay) else { throw TransportError.brokenOff(address: address) }
        pieces.halve()
      } catch let problem as Problem where problem.code == FileError.wrongOffset(0).code {
        try way.setBack()
      }
    }
  }

  /// A file that fits into one piece goes along with the question.
  private func goesAlong(_ file: NamedFile) -> Bool { file.byteCount > 0 && file.byteCount <= pieces.byteCount }

  private mutating func begin(_ file: NamedFile) async throws -> Int {
    let isSmall = goesAlong(file)
    let body = isSmall ? try workspace.files.read(file.hash, from: 0, count: file.byteCount) : []
    let reply = try await conversation.request(
      .POST, Endpoint.files,
      fields: Self.tus + [
        HeaderField(Tus.uploadLength, "\(file.byteCount)"),
        HeaderField(Tus.uploadMetadata, Tus.metadata(hash: file.hash)),
      ], body: body, contentType: isSmall ? Tus.piece : nil)
    let offset = try uploadOffset(in: reply)
    if isSmall, offset == file.byteCount { outcome.bytesSent += body.count }
    return offset
  }

  private func uploadOffset(in reply: HubTransport.Reply) throws -> Int {
    guard let offset = reply.headers[Tus.uploadOffset].flatMap({ Int($0) }), offset >= 0 else {
      throw TransportError.notAHub(address: conversation.address.text, status: reply.status)
    }
    return offset
  }

  private static let tus = [HeaderField(Tus.resumable, Tus.version)]
  /// Broken connections in a row for one piece that is fetched, and other commands met there.
  private static let retries = 3

  /// Others concern the hub or the way to it, and end the round.
  private static func isAboutTheFile(_ problem: Problem) -> Bool {
    [
      FileError.notNamed.code, FileError.mismatch.code, FileError.wrongLength.code, FileError.tooManyUnfinished(0).code,
      FileError.unitQuota(limit: 0).code, FileError.quota.code, FileError.underWay.code, WorkspaceError.diskFull.code,
    ].contains(problem.code)
  }

  // MARK: Fetching

  mutating func fetch(_ files: [NamedFile], progress: HubClient.Watch) async throws {
    let missing = files.filter { workspace.files.byteCount(of: $0.hash) == nil }
    for (index, file) in missing.enumerated() {
      do {
        try await fetch(file) { done in
          progress(
            FileProgress(
              hash: file.hash, isSending: false, done: done, byteCount: file.byteCount, number: index + 1,
              count: missing.count))
        }
        try workspace.note([file.hash], heldBy: store)
        outcome.received += 1
      } catch let problem as Problem
        where [FileError.notHere.code, FileError.notNamed.code].contains(problem.code)
      {
        outcome.notThere += 1
      } catch FileError.mismatch {
        refused(file, FileError.mismatch)
      }
    }
  }

  private mutating func fetch(_ file: NamedFile, progress: (Int) -> Void) async throws {
    var failures = 0
    var offset = workspace.fetched(file)
    progress(offset)
    if file.byteCount == 0 { return try workspace.take([], at: 0, of: file) }
    while offset < file.byteCount {
      try Task.checkCancellation()
      do {
        let end = min(offset + pieces.byteCount, file.byteCount)
        let clock = ContinuousClock()
        let began = clock.now
        let reply = try await conversation.request(
          .GET, Endpoint.file(file.hash),
          fields: [
            HeaderField(HeaderName.range, "bytes=\(offset)-\(end - 1)"),
            HeaderField(HeaderName.ifRange, "\"\(file.hash)\""),
          ])
        pieces.took(clock.now - began)
        guard reply.status == 206, let part = reply.headers[HeaderName.contentRange].flatMap(ByteRange.contentRange),
          part.range == offset..<end, reply.body.count == part.range.count
        else { throw TransportError.notAHub(address: conversation.address.text, status: reply.status) }
        // The hub's file of that hash has another length: it cannot be what the attachment names.
        if part.byteCount != file.byteCount { throw FileError.mismatch }
        try workspace.take(reply.body, at: offset, of: file)
        outcome.bytesReceived += reply.body.count
        offset = end
        failures = 0
        progress(offset)
      } catch TransportError.brokenOff(let address) {
        failures += 1
        if failures > Self.retries { throw TransportError.brokenOff(address: address) }
        pieces.halve()
      } catch FileError.wrongOffset(let actual) {
        // Another command fetches the same file.
        failures += 1
        if failures > Self.retries { throw FileError.wrongOffset(actual) }
        offset = workspace.fetched(file)
      }
    }
  }
}

/// How much goes in one request: more while it is quick, less where it takes long or breaks off.
struct PieceSize {
  private(set) var byteCount: Int
  private let limit: Int

  private static let first = 1 << 20
  static let least = 64 << 10
  private static let quick = Duration.seconds(5)
  private static let slow = Duration.seconds(30)

  init(limit: Int) {
    self.limit = limit
    byteCount = min(Self.first, limit)
  }

  mutating func took(_ duration: Duration) {
    if duration < Self.quick { byteCount = min(byteCount * 2, limit) } else if duration > Self.slow { halve() }
  }

  mutating func halve() { byteCount = min(max(byteCount / 2, Self.least), limit) }
}
