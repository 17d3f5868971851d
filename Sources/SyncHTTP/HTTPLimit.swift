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
  /// Connections that are told to close and are not gone yet: so many may be open beyond ``connections``.
  public var connectionsClosing = 64
  /// Without an enrolled device's signature.
  public var connectionsPerAddress = 256
  public var connectionsPerDevice = 8
  /// An IPv6 /48 has so many times the share of a /64.
  public static let networksPerSite = 16

  /// Bodies up to this are read before a place is taken: one a connection.
  public var smallBodyBytes = 64 << 10
  /// A stopped device's body, which may only ask.
  public var stoppedBodyBytes = 256 << 10
  /// Exchanges that the hub works for.
  public var exchanges = 64
  /// What the bodies of exchanges come to, on their way and at work, and what they inflate to.
  public var exchangeBytes = 64 << 20
  /// Of that, and of ``fileBytes``, for bodies over ``smallBodyBytes`` that are on their way.
  public var largeBytes = 48 << 20
  /// Answers that are not taken yet, those of exchanges and those with files: beyond it nobody's turn comes.
  public var answerBytes = 64 << 20
  /// Large bodies on their way, and answers, of one unit.
  public var bytesPerUnit = 16 << 20
  /// From its header fields to the end of its answer.
  public var exchangesPerDevice = 2
  /// Exchanges that wait for a place, and for how long: within ``silenceMilliseconds``, or the client would give up.
  public var waitingExchanges = 256
  public var waitingMilliseconds: Int64 = 15_000
  /// Exchanges that are written in one transaction, with one commit, and what their bodies come to; one alone may have more.
  public var groupExchanges = 64
  public var groupBytes = 8 << 20
  public var joins = 8
  public var waitingJoins = 64
  /// Requests for files that the hub works for, and what their pieces and parts come to.
  public var fileTransfers = 16
  public var fileBytes = 64 << 20
  public var fileTransfersPerDevice = 4
  public var waitingFiles = 64
  /// Exchanges that bring something, and files, are refused while the disk has less than this left.
  public var freeDiskBytes: UInt64 = 256 << 20

  // MARK: Times

  /// From a connection's opening, or the last answer, until a request's header fields are there.
  public var headerMilliseconds: Int64 = 20_000
  /// From there until the body is there.
  public var bodyMilliseconds: Int64 = 120_000
  /// From an answer's start until it is taken.
  public var answerMilliseconds: Int64 = 120_000
  /// A large body, or an answer, is in good time for so long whatever came of it, and as long as all of it would at its pace
  /// be there within ``goodTimeMilliseconds`` of its beginning.
  public var graceMilliseconds: UInt64 = 1000
  public var goodTimeMilliseconds: UInt64 = 20_000
  /// A large body that comes slower, or an answer that is taken slower, is given up in any case.
  public var leastBytesPerSecond = 4096
  public var leastRateMilliseconds: UInt64 = 20_000
  /// How often that is looked at.
  public var rateCheckMilliseconds: Int64 = 1000
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
