/// Field numbers of the directory's registers, by kind of subject. Numbers are final.
extension Field {
  // kind school, subject = school id
  public static let schoolName = Field(rawValue: 1)
  /// integer: minutes east of UTC. It counts in the founding entry alone (``SchoolZone``).
  public static let schoolZone = Field(rawValue: 2)
  // kind unit, subject = SubjectID(unit:)
  public static let unitPath = Field(rawValue: 1)
  public static let unitName = Field(rawValue: 2)
  public static let unitKind = Field(rawValue: 3)
  public static let unitType = Field(rawValue: 4)
  public static let unitStatus = Field(rawValue: 5)
  /// list(integer generation, text path, text path of the unit above from now on, bytes ``FeedCut``).
  public static let unitMove = Field(rawValue: 6)
  /// text path of the unit that this one was split off from.
  public static let unitOrigin = Field(rawValue: 7)
  // kind device, subject = device id
  /// list(bytes public key, text unit path, integer roles, bytes agreement key ‖ the device's signature over it).
  public static let enrolment = Field(rawValue: 1)
  public static let deviceName = Field(rawValue: 2)
  /// list(integer generation, integer roles taken away, bytes ``FeedCut``, text reason).
  public static let revocation = Field(rawValue: 3)
  // kind receipt, subject = SubjectID(unit:)
  /// list(integer milliseconds, bytes item digest, bytes ``FeedCut``, bytes store id, integer arrival, bytes mark).
  public static let receipt = Field(rawValue: 1)
  // kind person, subject = person id
  public static let personName = Field(rawValue: 1)
  // kind invitation, subject random
  /// list(bytes SHA-256 of the secret, text unit path, integer roles, integer expiry in ms since 1970).
  public static let invitationTerms = Field(rawValue: 1)
  /// bytes device id.
  public static let invitationUsed = Field(rawValue: 2)
  /// choice 1: nobody may join with it any more, whatever its terms say.
  public static let invitationRevoked = Field(rawValue: 3)
  /// bytes device id: whoever joins takes over from that device, which is stopped then.
  public static let invitationReplaces = Field(rawValue: 5)
  /// choice 1: the open invitations of the device that is taken over from go on in its successor's name.
  public static let invitationHandsOn = Field(rawValue: 6)
  // kind redaction, subject = a hash over the rest of its target
  /// list(bytes log key, bytes replica, integer seq, bytes h[seq], integer change).
  public static let redactionTarget = Field(rawValue: 1)
  /// text.
  public static let redactionReason = Field(rawValue: 2)
  // kind sealing
  /// subject = SubjectID(epoch:), element = the device it is wrapped to: bytes encapsulated key ‖ ciphertext.
  public static let epochKey = Field(rawValue: 1)
  /// subject = the device that admits, element = the one admitted: choice 1; nothing takes it back for good.
  public static let admission = Field(rawValue: 2)
  // kind note
  public static let noteText = Field(rawValue: 1)
}
