import SyncModel

/// What both ends of the network agree on.
public enum Endpoint {
  /// POST, ``MediaType/exchange`` both ways.
  public static let exchange = "/v1/exchange"
  /// POST, JSON ``JoinRequest``; answers ``HubInfo``.
  public static let join = "/v1/join"
  /// GET; answers ``HubInfo``.
  public static let info = "/v1/info"
  /// tus 1.0.0; one file stands under its hash below it.
  public static let files = "/v1/files"
  /// POST, ``MediaType/files`` both ways: which of these files the hub has.
  public static let filesHeld = "/v1/files/held"

  public static func file(_ hash: Digest256) -> String { "\(files)/\(hash)" }
}

public enum MediaType {
  public static let exchange = "application/vnd.unitsync.exchange"
  /// The same, compressed: ``BodyCoding``.
  public static let codedExchange = "application/vnd.unitsync.exchange;coding=zstd"
  /// Hashes, 32 bytes each; back one byte for each.
  public static let files = "application/vnd.unitsync.files"
  public static let bytes = "application/octet-stream"
  public static let json = "application/json"
  /// RFC 9457.
  public static let problem = "application/problem+json"
}

/// Header fields, lower case.
public enum HeaderName {
  public static let contentType = "content-type"
  /// RFC 9530.
  public static let contentDigest = "content-digest"
  /// RFC 9530: of the whole file, where an answer is longer than a frame or a part of it.
  public static let reprDigest = "repr-digest"
  public static let range = "range"
  public static let ifRange = "if-range"
  public static let contentRange = "content-range"
  public static let location = "location"
  /// RFC 9421.
  public static let signatureInput = "signature-input"
  public static let signature = "signature"
  public static let retryAfter = "retry-after"
  /// Whom a request is for: ``HubTarget``.
  public static let hub = "unitsync-hub"
  /// The run of the hub's process that answers, hexadecimal.
  public static let run = "unitsync-run"
  /// What its sender takes beside bodies as they are: ``BodyCoding/name``.
  public static let coding = "unitsync-coding"
  /// Ties an answer to a request that carries no signature.
  public static let nonce = "unitsync-nonce"
}
