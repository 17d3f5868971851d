import Foundation
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Loopback ports for hubs that are started again where they were: below those that the system gives to connections (from 32,768 on),
/// which would otherwise sit there meanwhile, and each drawn once in a process.
public enum FreePort {
  private static let first = 20_000
  private static let count = 12_000
  private static let drawn = Mutex(Int(ProcessInfo.processInfo.processIdentifier) * 61 % count)

  public static func draw() -> Int {
    drawn.withLock { drawn in
      for _ in 0..<count {
        drawn = (drawn + 1) % count
        if isFree(first + drawn) { return first + drawn }
      }
      preconditionFailure("no loopback port is free")
    }
  }

  private static func isFree(_ port: Int) -> Bool {
    let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard socket >= 0 else { return false }
    defer { close(socket) }
    var yes: Int32 = 1
    setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(UInt16(port).bigEndian)
    address.sin_addr = in_addr(s_addr: inet_addr("127.0.0.1"))
    return withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
      }
    }
  }
}
