import SyncEngine
import SyncModel

extension Segment {
  /// The same entries in explicit form, without the values that `takes` names by (seq, change): what a relay could make
  /// of them. Chain hashes and signatures hold.
  func stripped(_ takes: (UInt32, Int) -> Bool) throws -> Segment {
    var copy = self
    var seq = from
    copy.runs = try runs.map { run in
      var entries: [ExplicitEntry]
      switch run {
      case .plain(let secret, let plain):
        entries = []
        for (offset, entry) in plain.enumerated() {
          let slots = try SealedBox(entry, secret: secret, seq: seq + UInt32(offset) + 1).slots
          entries.append(ExplicitEntry(header: entry.header, slots: slots))
        }
      case .explicit(let explicit): entries = explicit
      case .sealed: return run
      }
      for index in entries.indices {
        seq += 1
        for change in entries[index].slots.indices where takes(seq, change) {
          if case .present(let salt, let value) = entries[index].slots[change] {
            entries[index].slots[change] = .absent(Chain.valueDigest(value, salt: salt))
          }
        }
      }
      return .explicit(entries: entries)
    }
    return copy
  }
}
