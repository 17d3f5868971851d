import Foundation
import NIOCore
import NIOPosix
import SyncEngine
import SyncHTTP
import SyncModel

/// A bare connection that sends what it is told, and reads until the other end closes.
struct RawConnection {
  /// Sends `pieces` one after the other and returns everything that came back until the connection was closed by the hub.
  ///
  /// - Parameter endOfInput: closes the own sending side after the last piece, as a client that is done does.
  static func talk(to url: String, _ pieces: [String], endOfInput: Bool = false) async throws -> String {
    try await talk(to: url, bytes: pieces.map { Array($0.utf8) }, endOfInput: endOfInput)
  }

  static func talk(to url: String, bytes pieces: [[UInt8]], endOfInput: Bool = false) async throws -> String {
    let channel = try await connect(to: url)
    return try await channel.executeThenClose { inbound, outbound in
      var text = ""
      do {
        for piece in pieces { try await outbound.write(ByteBuffer(bytes: piece)) }
        if endOfInput { outbound.finish() }
        for try await buffer in inbound { text += String(buffer: buffer) }
      } catch is IOError {
        // Reset by the hub: what came before counts.
      } catch is ChannelError {
        // The same, seen while writing.
      }
      return text
    }
  }

  static func connect(to url: String) async throws -> NIOAsyncChannel<ByteBuffer, ByteBuffer> {
    let port = Int(url.split(separator: ":").last ?? "") ?? 0
    return try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
      .connect(host: "127.0.0.1", port: port) { channel in
        channel.eventLoop.makeCompletedFuture { try NIOAsyncChannel(wrappingChannelSynchronously: channel) }
      }
  }

  /// A whole request as text; `connection: close` so that the hub ends it.
  static func request(
    _ method: String, _ path: String, headers: [HeaderField] = [], body: [UInt8] = [], length: Int? = nil
  ) -> [UInt8] {
    var lines = ["\(method) \(path) HTTP/1.1", "host: 127.0.0.1", "connection: close"]
    lines += headers.map { "\($0.name): \($0.value)" }
    if method != "GET" { lines.append("content-length: \(length ?? body.count)") }
    return Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8) + body
  }
}

/// An answer read back from text.
struct RawAnswer {
  let status: Int
  let headers: [HeaderField]
  let body: [UInt8]

  /// nil for anything else than one answer.
  init?(_ text: String) {
    guard let end = text.range(of: "\r\n\r\n") else { return nil }
    let lines = text[..<end.lowerBound].components(separatedBy: "\r\n")
    guard let first = lines.first, first.hasPrefix("HTTP/1.1 "), let status = Int(first.dropFirst(9).prefix(3)) else {
      return nil
    }
    self.status = status
    headers = lines.dropFirst().compactMap { line in
      guard let colon = line.firstIndex(of: ":") else { return nil }
      return HeaderField(
        line[..<colon].lowercased(), line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces))
    }
    body = Array(text[end.upperBound...].utf8)
  }

  var code: String? { (try? JSONDecoder().decode(Problem.self, from: Data(body)))?.code }
}
