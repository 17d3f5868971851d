import Foundation

/// One kept-alive HTTP/1.1 connection over loopback, blocking: what loads a hub must leave the processors to it.
final class LoopbackHTTP {
  struct Reply {
    var status = 0
    var headers: [(name: String, value: String)] = []
    var body: [UInt8] = []

    subscript(_ name: String) -> String? { headers.first { $0.name == name }?.value }
  }

  struct Broken: Error, CustomStringConvertible {
    let description: String
  }

  private let socket: Int32
  private var buffer: [UInt8] = []
  private var start = 0

  init(port: UInt16) throws {
    socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    let connected = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    var on: Int32 = 1
    setsockopt(socket, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
    if connected != 0 { throw Broken(description: "cannot connect: \(errno)") }
  }

  func close() { _ = Glibc.close(socket) }

  func send(_ method: String, _ path: String, _ headers: [(String, String)], _ body: [UInt8] = []) throws -> Reply {
    var head = "\(method) \(path) HTTP/1.1\r\nhost: 127.0.0.1\r\n"
    if method != "GET" { head += "content-length: \(body.count)\r\n" }
    for (name, value) in headers { head += "\(name): \(value)\r\n" }
    try write(Array((head + "\r\n").utf8) + body)
    return try read()
  }

  private func write(_ bytes: [UInt8]) throws {
    var sent = 0
    while sent < bytes.count {
      let count = bytes.withUnsafeBytes {
        Glibc.send(socket, $0.baseAddress.map { $0 + sent }, bytes.count - sent, Int32(MSG_NOSIGNAL))
      }
      if count <= 0 { throw Broken(description: "connection closed while sending") }
      sent += count
    }
  }

  private func read() throws -> Reply {
    var reply = Reply()
    let status = try line().split(separator: " ")
    guard status.count >= 2, let code = Int(status[1]) else { throw Broken(description: "no HTTP") }
    reply.status = code
    while true {
      let text = try line()
      if text.isEmpty { break }
      guard let colon = text.firstIndex(of: ":") else { continue }
      reply.headers.append(
        (text[..<colon].lowercased(), text[text.index(after: colon)...].trimmingCharacters(in: .whitespaces)))
    }
    if let length = reply["content-length"].flatMap({ Int($0) }) {
      reply.body = try take(length)
    } else if reply["transfer-encoding"] != nil {
      throw Broken(description: "chunked answers are not expected")
    }
    return reply
  }

  private func line() throws -> String {
    while true {
      if let end = buffer[start...].firstIndex(of: 0x0a) {
        defer { start = end + 1 }
        return String(decoding: buffer[start..<(end > start && buffer[end - 1] == 0x0d ? end - 1 : end)], as: UTF8.self)
      }
      try fill()
    }
  }

  private func take(_ count: Int) throws -> [UInt8] {
    while buffer.count - start < count { try fill() }
    defer { start += count }
    return Array(buffer[start..<start + count])
  }

  private func fill() throws {
    if start > 0 {
      buffer.removeFirst(start)
      start = 0
    }
    var piece = [UInt8](repeating: 0, count: 64 << 10)
    let count = piece.withUnsafeMutableBytes { recv(socket, $0.baseAddress, $0.count, 0) }
    if count <= 0 { throw Broken(description: "connection closed by the hub") }
    buffer += piece[..<count]
  }
}
