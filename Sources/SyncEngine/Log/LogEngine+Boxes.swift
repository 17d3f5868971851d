import SyncModel

// The chain covers what a sealed box holds, not the box (decision 0014): whoever relays can put another one in its place,
// and who gets the key later than the box finds out only then. The right box is then owed 内容未到 like any other value
// that is missing here, and whole copies of the entry are held against it.
extension LogEngine {
  /// The entry at `dot` cannot be read. Where that is because its box does not open although the key is here, the right
  /// box is asked of every peer; what its author sealed wrongly is not, for nobody has another.
  func oweBox(at dot: Dot) throws {
    guard case .sealed(let sealed)? = try storage.entry(dot)?.body else { return }
    do throws(SealedBoxError) {
      _ = try sealing.open(sealed, at: sealedPlace(strands[Int(dot.strand)].replica, seq: dot.seq))
    } catch {
      switch error {
      case .evidence, .otherContent: try setAbsence(dot, Self.boxChange, redacted: false)
      case .malformed, .otherEpoch: break
      }
    }
  }

  /// True where a whole copy of the entry at `dot` may open what this strand cannot read.
  func mayOweBox(at dot: Dot) -> Bool {
    switch strands[Int(dot.strand)].blocked {
    case .malformed, .sealed: !sealing.isEmpty
    case .needsNewerVersion, nil: false
    }
  }

  /// A copy of a stored entry came again: its box takes the place of one that does not open.
  /// - Returns: 1 where it did; the strand can go on then.
  func fillBox(_ dot: Dot, from copy: Segment.SealedEntry) throws -> Int {
    let strand = Int(dot.strand)
    let place = sealedPlace(strands[strand].replica, seq: dot.seq)
    guard let stored = try storage.entry(dot), case .sealed = stored.body,
      sealing.opened(stored, at: place).isSealed, (try? sealing.open(copy, at: place)) != nil
    else { return 0 }
    try storage.updateBody(.sealed(copy), at: dot)
    try setAbsence(dot, Self.boxChange, redacted: nil)
    strands[strand].blocked = nil
    changed.insert(strand)
    return 1
  }

  /// The change under which an owed box stands: a box is one, whatever it holds.
  private static var boxChange: UInt16 { 0 }
}
