import Dispatch
import SyncModel
import Synchronization

/// A segment with all that can be worked out of it without a store: decoded, and its chain hashed.
struct ReadSegment: Sendable {
  let segment: Segment
  /// The chain hash after each entry.
  let hashes: Result<[Digest256], CodecError>

  /// - Throws: as ``Segment/init(bytes:)``.
  init(_ bytes: [UInt8]) throws(CodecError) {
    self.init(try Segment(bytes: bytes))
  }

  init(_ segment: Segment) {
    self.segment = segment
    do throws(CodecError) { hashes = .success(try segment.chainHashes()) } catch { hashes = .failure(error) }
  }

  /// From so many bytes on it pays to read segments side by side.
  static let parallelBytes = 128 << 10

  /// In the same order, by as many threads as there are processors where it pays.
  static func all(_ segments: [[UInt8]]) -> [Result<ReadSegment, CodecError>] {
    @Sendable func read(_ index: Int) -> Result<ReadSegment, CodecError> {
      Result { () throws(CodecError) in try ReadSegment(segments[index]) }
    }
    guard segments.count > 1, segments.reduce(0, { $0 + $1.count }) >= parallelBytes else {
      return segments.indices.map(read)
    }
    let found = Mutex([Result<ReadSegment, CodecError>?](repeating: nil, count: segments.count))
    DispatchQueue.concurrentPerform(iterations: segments.count) { index in
      let result = read(index)
      found.withLock { $0[index] = result }
    }
    return found.withLock { $0.compactMap { $0 } }
  }
}

extension Segment {
  /// The chain hash after each entry, worked out from `fromHash`: what the signatures then have to confirm.
  func chainHashes() throws(CodecError) -> [Digest256] {
    var hashes: [Digest256] = []
    hashes.reserveCapacity(entryCount)
    var hash = fromHash
    var seq = from
    func add(_ next: Digest256) {
      hash = next
      hashes.append(next)
    }
    for run in runs {
      switch run {
      case .plain(let secret, let entries):
        // Whatever comes in the clear was not written by this protocol, and must not be passed on so.
        if log.channel == .internal { throw .invalid(what: "run form in internal", offset: 0) }
        for entry in entries {
          seq += 1
          add(
            try Chain.next(
              hash, header: entry.header, values: entry.values, secret: secret, seq: seq, in: log.channel))
        }
      case .explicit(let entries):
        // Its explicit form stands inside the sealed box.
        if log.channel == .internal { throw .invalid(what: "run form in internal", offset: 0) }
        for entry in entries {
          seq += 1
          add(
            Chain.next(
              hash, headerDigest: Chain.headerDigest(entry.header), valuesDigest: Chain.valuesDigest(entry.slots)))
        }
      case .sealed(let entries):
        guard log.channel == .internal else { throw .invalid(what: "sealed outside internal", offset: 0) }
        for entry in entries {
          seq += 1
          add(Chain.next(hash, headerDigest: entry.headerDigest, valuesDigest: entry.valuesDigest))
        }
      }
    }
    return hashes
  }
}
