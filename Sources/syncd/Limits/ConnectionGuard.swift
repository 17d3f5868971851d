import HTTPTypes
import NIOCore
import NIOHTTPTypes
import SyncHTTP
import Synchronization

/// How many connections each address has open.
final class ConnectionCounts: Sendable {
  private let counts = Mutex<[ClientAddress: Int]>([:])

  /// False where the address has `limit` already; what returned true is given back with ``close(_:)``.
  func open(_ address: ClientAddress, limit: Int) -> Bool {
    counts.withLock { counts in
      guard counts[address] ?? 0 < limit else { return false }
      counts[address, default: 0] += 1
      return true
    }
  }

  func close(_ address: ClientAddress) {
    counts.withLock { counts in
      let left = (counts[address] ?? 0) - 1
      counts[address] = left > 0 ? left : nil
    }
  }
}

/// Closes connections whose other end is slow: with its header fields, its body, or with taking the answer. One for each
/// connection.
///
/// Deadlines, not pauses: a byte now and then does not help.
final class ConnectionGuard: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPRequestPart
  typealias InboundOut = HTTPRequestPart
  typealias OutboundIn = HTTPResponsePart
  typealias OutboundOut = HTTPResponsePart

  private let limit: HTTPLimit
  private let counts: ConnectionCounts
  private var counted: ClientAddress?
  private var deadline: Scheduled<Void>?
  private var bodyIsComing = false
  private var unanswered = 0

  init(limit: HTTPLimit, counts: ConnectionCounts) {
    self.limit = limit
    self.counts = counts
  }

  func handlerAdded(context: ChannelHandlerContext) {
    let address = ClientAddress(context.channel.remoteAddress)
    guard counts.open(address, limit: limit.connectionsPerAddress) else {
      // Not before it is set up.
      close(context, after: 0)
      return
    }
    counted = address
    close(context, after: limit.headerMilliseconds)
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    deadline?.cancel()
    deadline = nil
    if let counted { counts.close(counted) }
    counted = nil
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head:
      unanswered += 1
      bodyIsComing = true
      close(context, after: limit.bodyMilliseconds)
    case .body:
      break
    case .end:
      bodyIsComing = false
      if unanswered > 0 {
        // The hub's own work has its own bounds.
        deadline?.cancel()
        deadline = nil
      } else {
        close(context, after: limit.headerMilliseconds)
      }
    }
    context.fireChannelRead(data)
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    switch unwrapOutboundIn(data) {
    case .head:
      close(context, after: limit.answerMilliseconds)
      context.write(data, promise: promise)
    case .body:
      context.write(data, promise: promise)
    case .end:
      unanswered -= 1
      let written = promise ?? context.eventLoop.makePromise(of: Void.self)
      let bound = NIOLoopBound((handler: self, context: context), eventLoop: context.eventLoop)
      written.futureResult.whenSuccess {
        let (handler, context) = bound.value
        handler.answered(context)
      }
      context.write(data, promise: written)
    }
  }

  private func answered(_ context: ChannelHandlerContext) {
    if bodyIsComing {
      // Refused before its body was there: the sender gets a moment to read why.
      close(context, after: limit.lingerMilliseconds)
    } else if unanswered <= 0 {
      close(context, after: limit.headerMilliseconds)
    }
  }

  private func close(_ context: ChannelHandlerContext, after milliseconds: Int64) {
    deadline?.cancel()
    let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
    deadline = context.eventLoop.scheduleTask(in: .milliseconds(milliseconds)) {
      bound.value.close(promise: nil)
    }
  }
}

@available(*, unavailable)
extension ConnectionGuard: Sendable {}
