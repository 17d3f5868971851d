import Foundation
import SyncEngine
import SyncModel
import Synchronization

/// What a client asks of its connections, and where its time comes from.
public struct HubOptions: Sendable {
  /// 明文: everything that is exchanged can be read and withheld on the way (not changed: it is signed).
  public var plainHTTPBeyondThisMachine = false
  /// The certificate's pin as somebody read it out; nil takes what the workspace remembers.
  public var certificatePin: Digest256?
  /// Accepts another device in the place of the hub that was known there, once the directory enrols it for the same unit or
  /// one above. Until then nothing but the directory is exchanged with it.
  public var trustNewHub = false
  public var limit = HTTPLimit.standard
  /// Milliseconds since 1970 by this machine's clock, which may be years off.
  public var wallMilliseconds: @Sendable () -> UInt64 = { Platform.wallMilliseconds }
  /// Waits as long as a hub asked for.
  public var sleep: @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }

  /// Where another process is synchronising the same workspace, its end is waited for so long.
  public var turnMilliseconds: UInt64 = 30_000

  public init() {}
}

/// Talks to one hub 汇总点 on behalf of a workspace: the thin runner around ``ReplicationSession``.
///
/// Call ``shutdown()`` when done. Safe to use from several tasks, one synchronisation at a time for a workspace.
public final class HubClient: Sendable {
  let address: HubAddress
  let options: HubOptions
  /// One for each pin: workspaces may remember different ones.
  private let transports = Mutex<[Digest256?: HubTransport]>([:])
  private let last = Mutex<SignedExchange?>(nil)

  /// - Parameter address: `http://host:port` or `https://…`, with or without a closing slash.
  /// - Throws: ``TransportError/badAddress(_:)``; ``TransportError/plainHTTP(_:)`` for http beyond this machine.
  public init(address: String, options: HubOptions = HubOptions()) throws {
    self.address = try Self.checked(address, plainHTTP: options.plainHTTPBeyondThisMachine)
    self.options = options
  }

  public func shutdown() async throws {
    let all = transports.withLock { transports in
      defer { transports = [:] }
      return Array(transports.values)
    }
    for transport in all { try await transport.shutdown() }
  }

  /// One form for one hub: what its place is remembered under.
  public static func normalized(_ address: String, plainHTTP: Bool = false) throws -> String {
    try checked(address, plainHTTP: plainHTTP).text
  }

  private static func checked(_ text: String, plainHTTP: Bool) throws -> HubAddress {
    guard let address = HubAddress(text) else { throw TransportError.badAddress(text) }
    if !address.isEncrypted, !address.isThisMachine, !plainHTTP { throw TransportError.plainHTTP(text) }
    return address
  }

  /// The last exchange whose answer the hub had signed, as both sides signed it: evidence to be kept, should the hub later
  /// show something else.
  public var lastExchange: SignedExchange? { last.withLock { $0 } }

  // MARK: Synchronising

  /// Exchanges with the hub until both hold the same, or nothing moves any more. A pending invitation is shown first.
  ///
  /// - Parameters:
  ///   - frameBytes: the size that messages stay below.
  ///   - progress: told after every answer how far the exchange is.
  /// - Throws: ``TransportError``, ``Problem`` from the hub, ``SessionError``, ``WorkspaceError``; `CancellationError` soon
  ///   after its task is cancelled. Whatever was received before stays; the next call goes on from there (promise 9).
  public func synchronize(
    _ workspace: Workspace, frameBytes: Int = Exchange.frameByteLimit,
    progress: @Sendable (SyncOutcome) -> Void = { _ in }
  ) async throws -> SyncOutcome {
    let turn = try await turn(in: workspace)
    defer { turn.release() }
    var conversation = try conversation(for: workspace)
    try await conversation.meet()
    try await conversation.confirmInvitation()
    do {
      let outcome = try await renewing(workspace, &conversation, frameBytes: frameBytes, progress: progress)
      // Where there was nothing to send the hub had nothing to refuse: its notices tell all the same.
      if try workspace.isStopped() { throw SessionError.deviceStopped(unsent: try workspace.unsentEntries()) }
      return outcome
    } catch SessionError.peerSetBack {
      let file = lastExchange.flatMap { EvidenceFolder(workspace).keepEvidence(against: address, later: $0) }
      throw SessionError.peerSetBack(evidence: file)
    } catch let problem as Problem where problem.code == Problem.deviceStoppedCode {
      // What the hub says is believed once the directory says it too; it answers questions about that.
      _ = try await exchange(
        workspace, &conversation, asksOnly: true, frameBytes: frameBytes, progress: progress)
      if try !workspace.isStopped() { throw problem }
      throw SessionError.deviceStopped(unsent: try workspace.unsentEntries())
    }
  }

  /// Two rounds at once in one workspace would send everything twice.
  /// - Throws: ``TransportError/alreadySyncing``.
  func turn(in workspace: Workspace) async throws -> FileLock {
    var waited: UInt64 = 0
    while true {
      if let lock = try workspace.lockForRound() { return lock }
      if waited >= options.turnMilliseconds { throw TransportError.alreadySyncing }
      try await options.sleep(.milliseconds(Int64(Self.turnStepMilliseconds)))
      waited += Self.turnStepMilliseconds
    }
  }

  private static let turnStepMilliseconds: UInt64 = 100

  private func renewing(
    _ workspace: Workspace, _ conversation: inout HubConversation, frameBytes: Int,
    progress: @Sendable (SyncOutcome) -> Void
  ) async throws -> SyncOutcome {
    do {
      return try await exchange(workspace, &conversation, frameBytes: frameBytes, progress: progress)
    } catch SessionError.ownPastInDoubt {
      // The hub has seen more under this name, and this device's signature proves it: go on under a new one, once.
      return try await exchange(workspace, &conversation, frameBytes: frameBytes, progress: progress)
    }
  }

  /// - Parameter asksOnly: sends nothing but questions.
  private func exchange(
    _ workspace: Workspace, _ conversation: inout HubConversation, asksOnly: Bool = false, frameBytes: Int,
    progress: @Sendable (SyncOutcome) -> Void
  ) async throws -> SyncOutcome {
    try workspace.settlePast()
    let evidence = EvidenceFolder(workspace)
    var session = ReplicationSession(
      store: workspace.store, address: address.text, signer: workspace.key, frameBytes: frameBytes)
    var message = try session.start(wallMilliseconds: options.wallMilliseconds())
    while true {
      let isHeldBack = try conversation.isHeldBack(
        received: session.outcome.received, rounds: session.outcome.roundTrips)
      if asksOnly || isHeldBack {
        session.withholdSegments(of: &message)
      }
      try Task.checkCancellation()
      let answered: HubConversation.Answered
      let answer: Exchange
      do {
        answered = try await conversation.exchange(message.bytes)
        answer = try Exchange(bytes: answered.body)
      } catch let error as CodecError {
        if case .needsNewerVersion(let what, _) = error { throw SessionError.needsNewerVersion(what) }
        throw SessionError.garbled(String(describing: error))
      }
      session.count(sent: answered.bytesSent, received: answered.bytesReceived)
      try conversation.check(answer.hello)
      let step = try session.receive(answer, wallMilliseconds: options.wallMilliseconds()) {
        if let lastExchange { evidence.keep(lastExchange, with: address) }
      }
      // Its own answer may have brought what the directory says of the hub.
      try conversation.check(answer.hello)
      progress(session.outcome)
      switch step {
      case .finished(let outcome):
        try conversation.finish()
        return outcome
      case .send(let next): message = next
      }
    }
  }

  func conversation(for workspace: Workspace) throws -> HubConversation {
    var record = try workspace.hubRecord(at: address.text) ?? HubRecord()
    if record.key == nil, let text = try workspace.pendingInvitation() {
      let invitation = try Invitation(text: text)
      if HubAddress(invitation.hub) == address {
        record.device = invitation.hubDevice
        record.certificatePin = invitation.hubPin
      }
    }
    if let pin = options.certificatePin { record.certificatePin = pin }
    return HubConversation(
      address: address, workspace: workspace, record: record, transport: transport(pin: record.certificatePin),
      options: options, keep: { [self] exchange in last.withLock { $0 = exchange } })
  }

  private func transport(pin: Digest256?) -> HubTransport {
    transports.withLock { transports in
      if let known = transports[pin] { return known }
      let new = HubTransport(address: address, pin: pin, limit: options.limit)
      transports[pin] = new
      return new
    }
  }
}
