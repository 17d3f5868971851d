import Foundation
import SyncEngine
import SyncHTTP
import SyncModel
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Somebody on a bare loopback connection who sends what it likes and is in no hurry. Closed with the value.
final class SlowPeer {
  private let socket: Int32

  struct Failure: Error {
    let code: Int32
  }

  /// - Parameter roomBytes: what the system takes in for it unread; nil leaves that to the system.
  init(port: Int, roomBytes: Int32? = nil) throws {
    socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    if var roomBytes {
      setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &roomBytes, socklen_t(MemoryLayout<Int32>.size))
    }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(UInt16(port).bigEndian)
    address.sin_addr.s_addr = in_addr_t(UInt32(0x7f00_0001).bigEndian)
    let connected = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    if connected != 0 { throw Failure(code: errno) }
  }

  deinit { close(socket) }

  func send(_ bytes: [UInt8]) {
    var sent = 0
    while sent < bytes.count {
      let count = bytes[sent...].withUnsafeBytes { Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
      // Closed by the hub: what it did is seen elsewhere.
      if count <= 0 { return }
      sent += count
    }
  }

  /// Everything that comes until the hub closes.
  func readAll() -> [UInt8] {
    var all: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = recv(socket, &buffer, buffer.count, 0)
      if count <= 0 { return all }
      all += buffer[..<count]
    }
  }

  /// The status of an answer after which the hub closes; nil where none came.
  func status() -> Int? { Self.status(of: readAll()) }

  static func status(of answer: [UInt8]) -> Int? {
    let head = String(decoding: answer.prefix(12), as: UTF8.self)
    return head.hasPrefix("HTTP/1.1 ") ? Int(head.dropFirst(9)) : nil
  }
}

/// What it takes to send signed requests to a hub, body or not.
struct SignedHeads {
  let port: Int
  let hubKey: [UInt8]
  let target: HubTarget

  /// Asks the hub who it is.
  init(_ daemon: Daemon) throws {
    port = daemon.port
    let nonce = "00112233445566778899aabbccddeeff"
    let peer = try SlowPeer(port: port)
    peer.send(
      Array("GET /v1/info HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\(HeaderName.nonce): \(nonce)\r\n\r\n".utf8))
    let text = String(decoding: peer.readAll(), as: UTF8.self)
    let parts = text.split(separator: "\r\n\r\n", maxSplits: 1)
    let headers = try #require(parts.first).split(separator: "\r\n").dropFirst().map { line in
      let colon = line.firstIndex(of: ":") ?? line.endIndex
      return HeaderField(
        line[..<colon].lowercased(), line[colon...].dropFirst().trimmingCharacters(in: .whitespaces))
    }
    let body = Array(try #require(parts.last).utf8)
    let answer = try #require(
      AnswerSignature(status: 200, headers: headers, body: body, binding: .nonce(nonce))
    )
    hubKey = answer.hubKey
    target = HubTarget(device: DeviceID(key: answer.hubKey), run: answer.run)
  }

  /// A request's head by a device, which announces `length` bytes.
  func head(
    _ method: String, _ path: String, type: String? = nil, length: Int, by key: DeviceKey, fields: [HeaderField] = [],
    body: [UInt8] = []
  ) throws -> [UInt8] {
    let signed = try RequestSignature.headers(
      method: method, path: path, contentType: type, fields: fields, body: body, for: target, key: key,
      created: Int64(Date().timeIntervalSince1970), nonce: "\(BatchSecret.random())")
    var lines = ["\(method) \(path) HTTP/1.1", "host: 127.0.0.1", "connection: close"]
    lines += signed.map { "\($0.name): \($0.value)" }
    if method != "GET" { lines.append("content-length: \(length)") }
    return Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8)
  }

  /// Sends `bytes` on a connection of its own, which stays open.
  func sent(_ bytes: [UInt8], roomBytes: Int32? = nil) throws -> SlowPeer {
    let peer = try SlowPeer(port: port, roomBytes: roomBytes)
    peer.send(bytes)
    return peer
  }

  /// What a hub knows of itself, for a workspace that has met it.
  var record: HubRecord {
    var record = HubRecord()
    record.key = hubKey
    record.device = target.device
    record.run = target.run
    return record
  }
}
