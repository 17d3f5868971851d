import NIOCore

/// Where a connection comes from, as far as limits tell addresses apart: an IPv4 address, or an IPv6 network of 64 bits,
/// which is what one customer gets.
struct ClientAddress: Hashable, Sendable {
  private let bytes: [UInt8]

  init(_ address: SocketAddress?) {
    let all = address?.addressBytes ?? []
    // An IPv4 address may come through an IPv6 socket.
    bytes = all.count <= 4 ? all : all.prefix(12) == Self.mapped ? Array(all.suffix(4)) : Array(all.prefix(8))
  }

  private static let mapped: ArraySlice<UInt8> = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff]
}
