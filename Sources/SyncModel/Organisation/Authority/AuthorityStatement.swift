/// One thing that a notices log says about who may do what: the raw material of the directory. Statements are never
/// superseded, only answered by later ones, so that what counts is a function of the set of them (``AuthorityResolver``).
public struct AuthorityStatement: Hashable, Sendable {
  public var log: LogID
  public var place: FeedPlace
  /// The device that wrote it.
  public var author: DeviceID
  public var content: Content

  public init(log: LogID, place: FeedPlace, author: DeviceID, content: Content) {
    self.log = log
    self.place = place
    self.author = author
    self.content = content
  }

  /// Revocations and moves with a higher number say nothing: there has to be one left to answer them with.
  public static let generationLimit: UInt64 = 1 << 32

  /// What answers a statement of this number; the last number is answered by itself.
  public static func generation(after last: UInt64) -> UInt64 { min(last, generationLimit - 1) + 1 }

  public enum Content: Hashable, Sendable {
    case grant(Grant)
    case revocation(Revocation)
    case move(Move)
  }

  /// A device belongs to a unit, which it has itself agreed to, with these roles. Has no start.
  public struct Grant: Hashable, Sendable {
    public var device: DeviceID
    /// Ed25519 public key.
    public var key: [UInt8]
    public var unit: UnitPath
    public var roles: Roles
    /// X25519 public key.
    public var agreementKey: [UInt8]

    public init(device: DeviceID, key: [UInt8], unit: UnitPath, roles: Roles, agreementKey: [UInt8]) {
      self.device = device
      self.key = key
      self.unit = unit
      self.roles = roles
      self.agreementKey = agreementKey
    }
  }

  /// A device has lost roles: what it wrote beyond the cut under them does not count.
  public struct Revocation: Hashable, Sendable {
    public var device: DeviceID
    /// From 1. A later one replaces those before it, written no nearer the root than itself.
    public var generation: UInt64
    /// Empty: given back.
    public var roles: Roles
    public var cut: FeedCut

    public init(device: DeviceID, generation: UInt64, roles: Roles, cut: FeedCut) {
      self.device = device
      self.generation = generation
      self.roles = roles
      self.cut = cut
    }
  }

  /// A unit, with everything below it, has come under another one.
  public struct Move: Hashable, Sendable {
    public var unit: UnitPath
    /// From 1; the latest counts.
    public var generation: UInt64
    public var parent: UnitPath
    /// What counts of the feeds that devices above the unit's former place wrote into its logs.
    public var cut: FeedCut

    public init(unit: UnitPath, generation: UInt64, parent: UnitPath, cut: FeedCut) {
      self.unit = unit
      self.generation = generation
      self.parent = parent
      self.cut = cut
    }
  }
}

extension AuthorityStatement: Comparable {
  /// The order in which statements are looked at, the same on every replica.
  public static func < (left: Self, right: Self) -> Bool {
    if left.log != right.log { return left.log < right.log }
    if left.place != right.place { return left.place < right.place }
    return left.content.sortKey.lexicographicallyPrecedes(right.content.sortKey)
  }
}

extension AuthorityStatement.Content {
  /// nil for an enrolment: none answers another.
  public var generation: UInt64? {
    switch self {
    case .grant: nil
    case .revocation(let revocation): revocation.generation
    case .move(let move): move.generation
    }
  }

  /// Tells apart what one entry says: at most one of a kind for a subject.
  fileprivate var sortKey: [UInt8] {
    switch self {
    case .grant(let grant): [0] + grant.device.bytes
    case .revocation(let revocation): [1] + revocation.device.bytes
    case .move(let move): [2] + move.unit.key
    }
  }
}
