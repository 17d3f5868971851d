/// Where feeds stood when somebody drew a line: up to there they count. A feed that is not named counts up to nothing.
public struct FeedCut: Hashable, Sendable {
  /// Ascending places by log; a feed that forked may have several.
  public let places: [LogID: [FeedPlace]]

  /// Places that one cut names.
  public static let placeLimit = 3000

  public init(_ places: [LogID: [FeedPlace]] = [:]) {
    self.places = places.compactMapValues { $0.isEmpty ? nil : Set($0).sorted() }
  }

  public var count: Int { places.values.reduce(0) { $0 + $1.count } }

  /// `varint n, n × ( blob log ‖ varint k, k × (id replica ‖ varint seq ‖ hash) )`, everything ascending.
  public var bytes: [UInt8] {
    var writer = ByteWriter(capacity: 16 + count * 72)
    writer.varint(places.count)
    for (log, places) in places.sorted(by: { $0.key < $1.key }) {
      writer.lengthPrefixed(log.key)
      writer.varint(places.count)
      for place in places {
        writer.id(place.replica)
        writer.varint(UInt64(place.seq))
        writer.digest(place.hash)
      }
    }
    return writer.bytes
  }

  /// - Throws: ``CodecError`` for anything ``bytes`` would not have written.
  public init(bytes: [UInt8]) throws(CodecError) {
    var reader = ByteReader(bytes)
    var found: [LogID: [FeedPlace]] = [:]
    var count = 0
    for _ in 0..<(try reader.count("logs", limit: Self.placeLimit)) {
      let log = try LogID(key: try reader.lengthPrefixed("log", limit: LogID.keyByteLimit))
      var places: [FeedPlace] = []
      for _ in 0..<(try reader.count("places", limit: Self.placeLimit)) {
        let replica: ReplicaID = try reader.id()
        places.append(FeedPlace(replica: replica, seq: try reader.seq(), hash: try reader.digest()))
      }
      count += places.count
      if count > Self.placeLimit {
        throw .limitExceeded(what: "places", value: UInt64(count), limit: UInt64(Self.placeLimit))
      }
      found[log] = places
    }
    try reader.finish()
    self.init(found)
    if self.bytes != bytes { throw .nonCanonical(what: "cut", offset: 0) }
  }
}
