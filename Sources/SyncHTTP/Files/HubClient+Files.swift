import NIOHTTP1
import SyncEngine
import SyncModel

/// What moving files with one hub came to.
public struct FileOutcome: Hashable, Sendable {
  /// Files that the hub has now and did not before, and that are here now and were not.
  public var sent = 0
  public var received = 0
  /// Bytes of files, those of unfinished ones too.
  public var bytesSent = 0
  public var bytesReceived = 0
  /// Why the hub did not take a file; one for each.
  public var refusals: [Refusal] = []
  /// Asked for, and the hub does not have them.
  public var notThere = 0

  public struct Refusal: Hashable, Sendable {
    public let hash: Digest256
    public let code: String
    public let message: String
    public let hint: String
  }

  public init() {}

  public static func += (left: inout Self, right: Self) {
    left.sent += right.sent
    left.received += right.received
    left.bytesSent += right.bytesSent
    left.bytesReceived += right.bytesReceived
    left.refusals += right.refusals
    left.notThere += right.notThere
  }
}

/// How far one file is, among so many.
public struct FileProgress: Hashable, Sendable {
  public let hash: Digest256
  public let isSending: Bool
  public let done: Int
  public let byteCount: Int
  /// From 1.
  public let number: Int
  public let count: Int

  public init(hash: Digest256, isSending: Bool, done: Int, byteCount: Int, number: Int, count: Int) {
    self.hash = hash
    self.isSending = isSending
    self.done = done
    self.byteCount = byteCount
    self.number = number
    self.count = count
  }
}

/// Files with the hub, after the entries are in step: metadata first, each file apart, resumable.
extension HubClient {
  public typealias Watch = @Sendable (FileProgress) -> Void

  /// Sends the hub the files that it lacks, and fetches ahead what the scope says.
  ///
  /// Call it after ``synchronize(_:frameBytes:progress:)``: a hub takes only files that attachments name which it has.
  /// - Throws: ``TransportError``, ``Problem``, ``WorkspaceError``; `CancellationError` soon after its task is cancelled. Whatever was moved before stays; the next call goes on in
  ///   the middle of a file (promise 9). What the hub refuses of single files stands in the outcome.
  public func transferFiles(
    _ workspace: Workspace, fetching scope: FileScope = .none, progress: Watch = { _ in }
  ) async throws -> FileOutcome {
    guard let peer = try workspace.store.read({ try $0.peer(address: address.text) }) else { return FileOutcome() }
    let now = options.wallMilliseconds()
    let isRound = try workspace.isFileRoundDue(peer.store, now: now)
    let mark = try workspace.filesMark(shownBy: peer.store)
    let offered = try Self.distinct(workspace.filesToOffer(to: peer, all: isRound))
    let wanted = try Self.distinct(workspace.filesToFetch(scope))
    if offered.isEmpty, wanted.isEmpty { return FileOutcome() }
    let turn = try await turn(in: workspace)
    defer { turn.release() }
    var courier = try courier(workspace, peer.store)
    defer { courier.conversation.leave() }
    do {
      try await courier.send(offered, progress: progress)
      if isRound { try workspace.endFileRound(peer.store, now: now, under: mark) }
      try await courier.fetch(wanted, progress: progress)
    } catch let problem as Problem where problem.code == Problem.unsupportedCode {
      // A hub of an earlier release has no place for files: they wait here.
    }
    return courier.outcome
  }

  /// Fetches these files, those that are not here.
  public func fetch(
    _ files: [NamedFile], for workspace: Workspace, progress: Watch = { _ in }
  ) async throws -> FileOutcome {
    guard let peer = try workspace.store.read({ try $0.peer(address: address.text) }) else {
      throw TransportError.hubNotEnrolled(address: address.text)
    }
    var courier = try courier(workspace, peer.store)
    defer { courier.conversation.leave() }
    try await courier.fetch(Self.distinct(files), progress: progress)
    return courier.outcome
  }

  private func courier(_ workspace: Workspace, _ store: StoreID) throws -> FileCourier {
    let conversation = try conversation(for: workspace)
    try conversation.requireEnrolled()
    return FileCourier(conversation: conversation, workspace: workspace, store: store)
  }

  /// One file, several attachments: it travels once.
  private static func distinct(_ files: [NamedFile]) -> [NamedFile] {
    struct Key: Hashable {
      var hash: Digest256
      var byteCount: Int
    }
    var seen: Set<Key> = []
    return files.filter { seen.insert(Key(hash: $0.hash, byteCount: $0.byteCount)).inserted }
  }
}
