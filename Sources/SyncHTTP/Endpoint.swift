/// What both ends of the network agree on.
public enum Endpoint {
  /// POST, ``MediaType/exchange`` both ways.
  public static let exchange = "/v1/exchange"
  /// POST, JSON ``JoinRequest``; answers ``HubInfo``.
  public static let join = "/v1/join"
  /// GET; answers ``HubInfo``.
  public static let info = "/v1/info"
}

public enum MediaType {
  public static let exchange = "application/vnd.unitsync.exchange"
  public static let json = "application/json"
  /// RFC 9457.
  public static let problem = "application/problem+json"
}

public enum HTTPLimit {
  /// A body in either direction: one frame.
  public static let bodyBytes = 4 << 20
  public static let joinBytes = 16 << 10
  /// The client gives up on a hub that stays silent so long.
  public static let timeoutSeconds: Int64 = 60
  public static let connectTimeoutSeconds: Int64 = 10
}
