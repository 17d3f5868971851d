/// How a unit stands to the unit of a log, by the tree as it is now and as it was before units were moved.
public enum UnitRelation: CaseIterable, Hashable, Sendable {
  case own
  /// Above it now.
  case above
  /// Above it before it was moved away, and no longer.
  case formerlyAbove
  /// Below it, now or before a move.
  case below
  /// Beside it, or in another part of the tree.
  case unrelated
}

/// Who writes and reads which log (protocol §8): the whole table.
public enum Access {
  /// Above a unit that was moved away, authority holds up to what the move names: see ``Directory/authority(of:over:)``.
  public static func mayWrite(_ roles: Roles, _ relation: UnitRelation, _ channel: Channel) -> Bool {
    // A device without any role is known and may do nothing.
    if roles.isEmpty { return false }
    let isAbove = relation == .above || relation == .formerlyAbove
    return switch channel {
    case .notices: roles.contains(.admin) && (relation == .own || isAbove)
    case .answers: relation == .own || (roles.contains(.reviewer) && isAbove)
    case .internal: relation == .own
    case .inspection: roles.contains(.inspector) && isAbove
    }
  }

  /// - Parameter succeeds: the reader is above a unit now that the log's unit was above before: it has to know whom that
  ///   one had given authority there. See ``UnitTree/succeeds(_:_:)``.
  public static func mayRead(
    _ relation: UnitRelation, _ channel: Channel, succeeds: @autoclosure () -> Bool = false
  ) -> Bool {
    switch channel {
    case .notices: relation == .own || relation == .above || relation == .below || succeeds()
    case .answers: relation == .own || relation == .above
    case .internal: relation == .own
    case .inspection: relation == .above
    }
  }

  /// What a unit stores and passes on: what it may read, and the `internal` logs of units below it, which are sealed to
  /// those units' devices.
  public static func mayHold(
    _ relation: UnitRelation, _ channel: Channel, succeeds: @autoclosure () -> Bool = false
  ) -> Bool {
    mayRead(relation, channel, succeeds: succeeds()) || (channel == .internal && relation == .above)
  }
}

/// How far a device's entries in one log count.
public enum WriteAuthority: Hashable, Sendable {
  /// The directory does not know the device: its entries wait.
  case unknown
  case none
  case full
  /// What every one of these sets of places covers: its entries before it was stopped, or before its unit lost the log's.
  case through([[FeedPlace]])
}
