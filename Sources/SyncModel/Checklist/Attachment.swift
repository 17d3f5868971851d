/// A file attached to an item 佐证材料, as its register says (protocol §13). The file itself travels apart, by its hash.
///
/// Attachments of an item are an add-wins set: each is a register with a random element, and stands while any value in it
/// does. Hash and name stand in the value alone, so that a redaction takes both away.
public struct Attachment: Hashable, Sendable {
  /// SHA-256 over the file as it is stored, which for photos and films is without location.
  public var hash: Digest256
  public var byteCount: Int
  /// As its owner called it: for the screen. Never a path on anybody's disk.
  public var fileName: String
  public var mediaType: String

  /// What one file may hold.
  public static let byteLimit = 4_000_000_000
  /// UTF-8 bytes.
  public static let fileNameLimit = 255
  public static let mediaTypeLimit = 127

  public init(hash: Digest256, byteCount: Int, fileName: String, mediaType: String) {
    self.hash = hash
    self.byteCount = byteCount
    self.fileName = fileName
    self.mediaType = mediaType
  }

  public var value: Value {
    .list([.bytes(hash.bytes), .integer(Int64(byteCount)), .text(fileName), .text(mediaType)])
  }

  /// nil for anything that ``value`` could not be; what a newer version adds behind it is passed over.
  public init?(_ value: Value) {
    guard let parts = value.listValue, parts.count >= 4,
      let hash = parts[0].bytesValue.flatMap({ Digest256(bytes: $0) }),
      let byteCount = parts[1].integerValue.flatMap({ Int(exactly: $0) }), (0...Self.byteLimit).contains(byteCount),
      let fileName = parts[2].textValue, (1...Self.fileNameLimit).contains(fileName.utf8.count),
      let mediaType = parts[3].textValue, mediaType.utf8.count <= Self.mediaTypeLimit
    else { return nil }
    self.init(hash: hash, byteCount: byteCount, fileName: fileName, mediaType: mediaType)
  }

  /// The register of one attachment of an item; a new one with a random element.
  public static func register(
    _ campaign: SubjectID, slot: UInt32, item: UInt32, element: ElementID
  ) -> RegisterName {
    RegisterName(
      .attachment, campaign, part: UInt64(slot) << 32 | UInt64(item), element: element, AnswerField.evidence.field)
  }
}
