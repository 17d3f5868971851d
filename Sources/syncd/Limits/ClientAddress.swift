import NIOCore
import SyncHTTP

/// Where a connection comes from, as far as limits tell addresses apart: an IPv4 address, or an IPv6 network of 64 bits,
/// which is what one customer gets, within its site of 48 bits, which is what a generous provider gives.
struct ClientAddress: Hashable, Sendable {
  private let network: [UInt8]
  /// nil for IPv4.
  private let site: [UInt8]?

  init(_ address: SocketAddress?) {
    self.init(bytes: address?.addressBytes ?? [])
  }

  /// - Parameter bytes: 4 or 16; none for other sockets.
  init(bytes all: [UInt8]) {
    // An IPv4 address may come through an IPv6 socket.
    if all.count == 16, all.prefix(12) != Self.mapped {
      (network, site) = (Array(all.prefix(8)), Array(all.prefix(6)))
    } else {
      (network, site) = (all.count == 16 ? Array(all.suffix(4)) : all, nil)
    }
  }

  /// What it counts for: its network, and its site with as much as sixteen networks may have.
  var shares: [Share] {
    var shares = [Share(.network(network), times: 1)]
    if let site { shares.append(Share(.network(site), times: HTTPLimit.networksPerSite)) }
    return shares
  }

  private static let mapped: ArraySlice<UInt8> = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff]
}
