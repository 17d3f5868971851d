import SyncEngine

/// How far one upload is by this side's own count, and whether to go on with it.
///
/// The hub says where the next piece begins. A hub that keeps saying the same place, or an earlier one, would have the whole file
/// sent for ever, so its word counts only as far as the bytes sent bear it out: an acknowledged piece moves the place by
/// exactly that piece. Any other answer is a setback. Setbacks are counted over the whole upload and nothing that the hub says
/// takes one back. Broken connections are counted until a piece is acknowledged, or the hub turns out to have gained as much as was on
/// its way in any of them: a hub that credits a byte each time, and breaks off, gains no time. So an upload sends at most seven
/// times the file and a piece, in a number of requests that follows from that.
struct UploadWay {
  /// Where the next piece begins; nil until the hub has been asked.
  private(set) var offset: Int?
  private let byteCount: Int
  private var farthest = 0
  private var setbacks = 0
  private var breaks = 0
  /// Of the connections that broke since ``breaks`` was last taken back: the most that was on its way, and where the upload was.
  private var brokenBytes = 0
  private var secured = 0

  /// After so many setbacks an upload ends.
  static let setbackLimit = 3
  /// Broken connections in a row, without a piece gained, that are put up with.
  static let breakLimit = 3
  /// Less than this gained between broken connections is nothing gained, unless it is the rest of the file.
  static let leastGain = PieceSize.least

  init(byteCount: Int) {
    self.byteCount = byteCount
  }

  /// The hub was asked where to begin.
  /// - Throws: ``FileError/stuck`` where it has gone back too often, or names a place behind the end.
  mutating func began(at place: Int) throws(FileError) {
    try reached(place, isSetback: place < farthest || place > byteCount)
  }

  /// The hub acknowledged a piece and said where the next one begins.
  /// - Throws: as ``began(at:)``.
  mutating func took(_ piece: Int, saying place: Int) throws(FileError) {
    try reached(place, isSetback: place != (offset ?? 0) + piece, isAcknowledged: true)
  }

  private mutating func reached(_ place: Int, isSetback: Bool, isAcknowledged: Bool = false) throws(FileError) {
    if isSetback {
      try setBack()
      return
    }
    let isGained = place - secured >= max(brokenBytes, Self.leastGain)
    if place > secured, isGained || place == byteCount || isAcknowledged {
      (breaks, brokenBytes, secured) = (0, 0, place)
    }
    farthest = max(farthest, place)
    offset = place
  }

  /// The hub refused a piece for its place, or said a place that the bytes sent do not bear out: it is asked anew.
  mutating func setBack() throws(FileError) {
    setbacks += 1
    if setbacks >= Self.setbackLimit { throw .stuck }
    farthest = 0
    offset = nil
  }

  /// The connection broke off: how far it came, the hub knows.
  /// - Parameter bytes: of the file, that were on their way.
  /// - Returns: false where it broke off too often.
  mutating func broke(sending bytes: Int) -> Bool {
    breaks += 1
    brokenBytes = max(brokenBytes, bytes)
    offset = nil
    return breaks <= Self.breakLimit
  }
}
