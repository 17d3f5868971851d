import HTTPTypes
import NIOCore
import NIOHTTPTypes
import SyncHTTP

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Closes connections whose other end is slow: with its header fields, its body, or with taking the answer. One for each
/// connection.
///
/// Deadlines, not pauses: a byte now and then does not help. ``Connections`` hears whose turn it is, and may end it before.
final class ConnectionGuard: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPRequestPart
  typealias InboundOut = HTTPRequestPart
  typealias OutboundIn = HTTPResponsePart
  typealias OutboundOut = HTTPResponsePart

  private let limit: HTTPLimit
  private let connections: Connections
  private var id: ConnectionID?
  private var deadline: Scheduled<Void>?
  private var bodyIsComing = false
  /// What still comes of the body is thrown away; for the request it has ended.
  private var isCut = false
  private var unanswered = 0

  init(limit: HTTPLimit, connections: Connections) {
    self.limit = limit
    self.connections = connections
  }

  func handlerAdded(context: ChannelHandlerContext) {
    let id = ConnectionID(context.channel)
    self.id = id
    let channel = context.channel
    let bound = NIOLoopBound((handler: self, context: context), eventLoop: context.eventLoop)
    // What lies in the system's hands untaken says nothing about its taker: little of it does.
    _ = channel.setOption(.tcpOption(Self.unsentLowWater), value: Self.unsentBytes)
    close(context, after: limit.headerMilliseconds)
    connections.opened(
      id, from: ClientAddress(channel.remoteAddress),
      Connections.Handle {
        // Not before it is set up.
        channel.eventLoop.execute { channel.close(promise: nil) }
      } cut: {
        channel.eventLoop.execute {
          let (handler, context) = bound.value
          handler.cut(context)
        }
      })
  }

  private static let unsentLowWater = NIOBSDSocket.Option(rawValue: CInt(TCP_NOTSENT_LOWAT))
  private static let unsentBytes = 64 << 10

  func handlerRemoved(context: ChannelHandlerContext) {
    deadline?.cancel()
    deadline = nil
    if let id { connections.closed(id) }
    id = nil
  }

  /// Another request took its room: for this one the body has ended, and it finds out why.
  private func cut(_ context: ChannelHandlerContext) {
    guard id != nil, bodyIsComing, !isCut else { return }
    isCut = true
    context.fireChannelRead(wrapInboundOut(.end(nil)))
    context.fireChannelReadComplete()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head:
      unanswered += 1
      bodyIsComing = true
      isCut = false
      if let id { connections.waitsFor(id) }
      close(context, after: limit.bodyMilliseconds)
    case .body:
      if isCut { return }
    case .end:
      bodyIsComing = false
      // The request has ended already, and its connection ends after the answer.
      if isCut { return }
      if let id { connections.worksFor(id) }
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
      if let id { connections.waitsFor(id) }
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
    if let id, unanswered <= 0 { connections.waitsFor(id) }
    if bodyIsComing || isCut {
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
