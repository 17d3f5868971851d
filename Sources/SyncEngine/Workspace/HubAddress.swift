import Foundation

/// A hub's address in the one form that it is remembered under: `http://host:port` or `https://host:port`, no closing slash.
public struct HubAddress: Hashable, Sendable {
  public let text: String
  public let isEncrypted: Bool
  /// True for 127.0.0.1, ::1 and localhost: what is sent there never leaves the machine.
  public let isThisMachine: Bool

  /// nil for anything else than a scheme, a host and perhaps a port.
  public init?(_ text: String) {
    guard let components = URLComponents(string: text), let host = components.host?.lowercased(), !host.isEmpty,
      let scheme = components.scheme?.lowercased(), scheme == "http" || scheme == "https",
      components.path.isEmpty || components.path == "/", components.query == nil, components.user == nil,
      components.fragment == nil
    else { return nil }
    self.text = "\(scheme)://\(host)" + (components.port.map { ":\($0)" } ?? "")
    isEncrypted = scheme == "https"
    isThisMachine = Self.isLoopback(host: host)
  }

  public static func isLoopback(host: String) -> Bool {
    ["127.0.0.1", "localhost", "::1", "[::1]"].contains(host.lowercased())
  }
}
