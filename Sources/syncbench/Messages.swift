import SyncEngine
import SyncModel
import SyncTesting

/// A data set as the requests of one exchange, each filled as far as a frame allows: what a hub takes in.
struct Messages {
  /// Canonical bytes of an `Exchange`, with the entries in it.
  let all: [(bytes: [UInt8], entries: Int, segments: [[UInt8]])]

  /// Left of a frame for everything else; the session keeps the same.
  static let segmentBytes = Exchange.frameByteLimit - (256 << 10)

  /// - Parameter frameSegments: bytes of segments in one message.
  init(of file: FeedFile, from school: EditedSchool, segmentBytes: Int = Self.segmentBytes) throws {
    self.init(try file.load(), from: school, segmentBytes: segmentBytes)
  }

  init(_ feeds: [EditedFeed], from school: EditedSchool, segmentBytes: Int = Self.segmentBytes) {
    var all: [(bytes: [UInt8], entries: Int, segments: [[UInt8]])] = []
    var segments: [[UInt8]] = []
    var (bytes, entries) = (0, 0)
    func close() {
      if segments.isEmpty { return }
      all.append((Self.message(segments, from: school).bytes, entries, segments))
      segments = []
      (bytes, entries) = (0, 0)
    }
    for feed in feeds {
      // A feed's entries are counted with its first segment: most feeds have only one.
      var count = feed.entries
      for segment in feed.segments {
        if bytes + segment.count > segmentBytes { close() }
        segments.append(segment)
        bytes += segment.count
        entries += count
        count = 0
      }
    }
    close()
    self.all = all
  }

  /// From a laptop of the committee, which may pass on what its units wrote.
  static func message(_ segments: [[UInt8]], from school: EditedSchool) -> Exchange {
    var message = Exchange(
      hello: Exchange.Hello(
        school: school.school, store: StoreID(high: 7, low: 7), unit: school.committee,
        clockMilliseconds: EditPlan.startMilliseconds),
      summary: Exchange.Summary(digest: Digest256(a: 0, b: 0, c: 0, d: 0), logs: 0, entries: 0, arrival: 0))
    message.segments = segments
    return message
  }

  struct Refused: Error, CustomStringConvertible {
    let refusals: [Exchange.Refusal]
    var description: String {
      "\(refusals.count) feeds were refused, the first for reason \(refusals.first?.reason.rawValue ?? 0)"
    }
  }

  /// As a hub does: decodes, checks chain, authority and merge, commits durably, answers.
  static func take(_ message: (bytes: [UInt8], entries: Int, segments: [[UInt8]]), into store: LogStore) throws {
    let request = try Exchange(bytes: message.bytes)
    let answer = try ReplicationServer(store: store).answer(
      request, peer: request.hello.unit,
      wallMilliseconds: EditPlan.startMilliseconds + EditPlan.spanMilliseconds * 2)
    if !answer.refusals.isEmpty { throw Refused(refusals: answer.refusals) }
    // Encoded too: the answer is part of the hub's work.
    _ = answer.bytes
  }
}
