/// Every bound of the network in one place (protocol §11). A hub takes ``standard``; tests make them small.
public struct HTTPLimit: Sendable {
  public static let standard = HTTPLimit()

  public init() {}

  // MARK: Sizes

  /// A body in either direction: one frame.
  public var bodyBytes = 4 << 20
  public var joinBytes = 16 << 10
  /// All header fields of a request together.
  public var headerBytes = 16 << 10
  public var headerFields = 64
  /// The fields that carry the signature, together.
  public static let signatureBytes = 4096
  public static let nonceCharacters = 16...64

  // MARK: Replays

  /// A request's `created` may differ so much from the hub's clock, either way.
  public var createdWindowSeconds: Int64 = 300
  /// Nonces remembered for one device; a device that keeps to its rate never gets near.
  public var noncesPerDevice = 8192
  public var nonces = 200_000

  // MARK: Rates

  /// Requests of an enrolled device.
  public var deviceRequests = Rate(burst: 120, perSecond: 4)
  /// Body bytes of an enrolled device.
  public var deviceBytes = Rate(burst: 536_870_912, perSecond: 65_536)
  /// Requests of an enrolled device for files, of which each piece of up to a frame is one: 16 MiB a second in the long run.
  public var fileRequests = Rate(burst: 1200, perSecond: 4)
  /// Requests that no enrolled device has signed, by address and in all.
  public var addressRequests = Rate(burst: 120, perSecond: 2)
  public var strangerRequests = Rate(burst: 2000, perSecond: 50)
  /// Invitations that turned out wrong, by address and in all.
  public var addressGuesses = Rate(burst: 10, perSecond: 1 / 30)
  public var guesses = Rate(burst: 1000, perSecond: 1)
  /// Addresses and devices that are told apart; those beyond share one allowance.
  public var rateEntries = 10_000

  // MARK: At one time

  public var connections = 512
  public var connectionsPerAddress = 128
  /// Exchanges whose bodies, or answers, are held in memory.
  public var exchanges = 64
  /// What their bodies come to, inflated, and their answers afterwards: beyond it nobody else is let in.
  public var exchangeBytes = 64 << 20
  /// Under way and waiting.
  public var exchangesPerDevice = 2
  /// Exchanges that wait for a place before their bodies are read, what those announce, and for how long: within
  /// ``silenceMilliseconds``, or the client would give up.
  public var waitingExchanges = 256
  public var waitingBytes = 256 << 20
  public var waitingMilliseconds: Int64 = 15_000
  /// Exchanges that are written in one transaction, with one commit, and what their bodies come to; one alone may have more.
  public var groupExchanges = 64
  public var groupBytes = 8 << 20
  public var joins = 8
  /// Requests for files; a piece that is sent is held in memory.
  public var fileTransfers = 16
  public var fileTransfersPerDevice = 4
  /// Exchanges that bring something, and files, are refused while the disk has less than this left.
  public var freeDiskBytes: UInt64 = 256 << 20

  // MARK: Times

  /// From a connection's opening, or the last answer, until a request's header fields are there.
  public var headerMilliseconds: Int64 = 20_000
  /// From there until the body is there.
  public var bodyMilliseconds: Int64 = 120_000
  /// From an answer's start until it is taken.
  public var answerMilliseconds: Int64 = 120_000
  /// What a refused request still sends is thrown away for so long, that its sender may read why.
  public var lingerMilliseconds: Int64 = 1000

  // MARK: The client's patience

  /// Beyond what the hub allows for a body, its work and an answer.
  public var clientMilliseconds: Int64 = 300_000
  /// A hub that sends nothing for so long is given up.
  public var silenceMilliseconds: Int64 = 60_000
  public var connectMilliseconds: Int64 = 10_000
  /// `Retry-After` is honoured up to this, so often for one request.
  public var retryAfterSeconds = 30
  public var retries = 4

  /// A token bucket: so many at once, so many a second in the long run.
  public struct Rate: Hashable, Sendable {
    public var burst: Double
    public var perSecond: Double

    public init(burst: Double, perSecond: Double) {
      self.burst = burst
      self.perSecond = perSecond
    }
  }
}
