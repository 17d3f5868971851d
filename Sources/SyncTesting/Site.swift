import SyncEngine
import SyncModel

/// One replica of a rig: an engine over memory, and beside it the model's idea of what that replica holds.
struct Site {
  var engine: LogEngine<MemoryLog>
  let device: Int
  let key: DeviceKey
  let person: PersonID
  var incarnation: Incarnation
  /// What the next feed of this site goes on from.
  var continues: FeedPlace?
  var clock: ManualClock
  var hybrid = HybridClock()
  /// The mark of the last batch taken into view.
  var order: UInt64 = 0

  // The model's side.
  var stored: Set<Oracle.WriteID> = []
  /// The end of the own feed, as far as this site holds it.
  var ownLast: Oracle.WriteID?
  /// Entries of the own feed came from elsewhere: this disk was set back or cloned.
  var pastInDoubt = false
  var takenIntoView: [Oracle.WriteID: UInt64] = [:]
  /// By device; those not named are valid.
  var authority: [Int: Oracle.Authority] = [:]
  /// The view was computed anew, so everything in it counts as taken into view then.
  var recomputed = false

  /// The same data folder on another disk: nothing is shared, and neither knows of the other.
  func copied() throws -> Site {
    try engine.flush()
    var copy = self
    copy.engine = try LogEngine(school: engine.school, log: engine.log, storage: engine.storage.copy())
    return copy
  }

  /// What a device does whose past is in doubt.
  mutating func drawIncarnation(_ generator: inout SeededGenerator, continuing place: FeedPlace?) {
    incarnation = Incarnation(high: generator.next(), low: generator.next())
    continues = place
    ownLast = nil
    pastInDoubt = false
  }

  var replica: ReplicaID {
    ReplicaID(school: engine.school, deviceKey: key.publicKey, incarnation: incarnation)
  }
}

/// The engine and the model differ, or a law is broken. Its text begins with the seed that replays it.
public struct Disagreement: Error, CustomStringConvertible {
  public let description: String
}
