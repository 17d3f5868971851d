import SyncEngine
import SyncModel
import SyncTesting

/// Both ends of an exchange in this process, without a network: every message is encoded and decoded, and counted.
struct InProcess {
  let client: LogStore
  let hub: LogStore
  let key: DeviceKey
  var address = "bench://hub"
  var wall = EditPlan.startMilliseconds + EditPlan.spanMilliseconds * 3

  struct Course {
    var roundTrips = 0
    var requestBytes = 0
    var answerBytes = 0
    /// Bytes of segments within both.
    var segmentBytes = 0
    /// Processor time of the hub's answers, from bytes to bytes.
    var hubSeconds = 0.0
    var clientSeconds = 0.0
    var inSync = false
    var outcome = SyncOutcome()
  }

  /// - Parameter limitSeconds: gives up, not in sync, after so much processor time.
  mutating func run(limitSeconds: Double = .infinity) throws -> Course {
    let server = ReplicationServer(store: hub)
    var session = ReplicationSession(store: client, address: address, signer: key)
    var course = Course()
    wall += 60_000
    var mark = Usage.threadSeconds
    func lap() -> Double {
      let now = Usage.threadSeconds
      defer { mark = now }
      return now - mark
    }
    var request = try session.start(wallMilliseconds: wall)
    while true {
      let bytes = request.bytes
      course.clientSeconds += lap()
      let decoded = try Exchange(bytes: bytes)
      let answer = try server.answer(
        decoded, peer: client.identity.unit, device: key.deviceID, wallMilliseconds: wall)
      let answerBytes = answer.bytes
      course.hubSeconds += lap()
      course.roundTrips += 1
      course.requestBytes += bytes.count
      course.answerBytes += answerBytes.count
      course.segmentBytes += (request.segments + answer.segments).reduce(0) { $0 + $1.count }
      let step = try session.receive(try Exchange(bytes: answerBytes), wallMilliseconds: wall)
      course.clientSeconds += lap()
      switch step {
      case .finished(let outcome):
        course.inSync = outcome.inSync
        course.outcome = outcome
        return course
      case .send(let next): request = next
      }
      if course.hubSeconds + course.clientSeconds > limitSeconds { return course }
    }
  }
}
