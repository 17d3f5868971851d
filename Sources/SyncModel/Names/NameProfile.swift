/// What a name that is written here may be made of: of units, people, devices, campaigns, materials, templates, schools, files.
///
/// Names are given in NFC, without blanks at the ends, runs of blanks between as one space (file names keep theirs).
/// Allowed are all letters, marks, numbers, punctuation and symbols, and between them spaces, variation selectors and, between letters
/// of scripts that need them, U+200C and U+200D. What cannot be seen, turns the direction of others, begins lines or means
/// something else on every machine is refused (after PRECIS, RFC 8264, and UTS 39; decision 0031).
///
/// Only own writes are held against it. What others signed stays as it came, is found and is shown (``Swift/String/visibleName``).
public struct NameProfile: Hashable, Sendable {
  /// What is named: for messages.
  public let title: String
  public let characterLimit: Int
  /// Unicode scalars: what a name may come to in NFC.
  public var scalarLimit: Int { characterLimit * Self.scalarsPerCharacter }
  /// Whether runs of blanks become one space, the ideographic one among them.
  public let foldsBlanks: Bool

  public static let scalarsPerCharacter = 4
  /// Marks and other scalars joined to one that stands by itself, in a row: the tallest stacks of Tibetan have five.
  public static let markLimit = 6

  private init(_ title: String, characters: Int = 100, foldsBlanks: Bool = true) {
    self.title = title
    characterLimit = characters
    self.foldsBlanks = foldsBlanks
  }

  public static let school = NameProfile("学校名称")
  public static let unit = NameProfile("党组织名称")
  public static let person = NameProfile("姓名")
  public static let device = NameProfile("设备名称")
  public static let campaign = NameProfile("专项工作名称")
  public static let deliverable = NameProfile("报送材料名称")
  public static let template = NameProfile("表样标题")
  /// Its bytes have a limit of their own: ``Attachment/fileNameLimit``.
  public static let file = NameProfile("文件名", characters: Attachment.fileNameLimit, foldsBlanks: false)
  /// One segment of a new path; ``UnitPath`` bounds its bytes.
  public static let segment = NameProfile("单位路径", characters: UnitPath.segmentByteLimit)

  /// Without blanks and line ends at both sides; between, runs of blanks as one space where the profile folds them. NFC is
  /// the caller's to make: the standard library keeps it to itself.
  public func tidied(_ text: String) -> String {
    let trimmed = text.trimmingBlanks()
    if !foldsBlanks { return trimmed }
    var tidy = String.UnicodeScalarView()
    var isBlank = false
    for scalar in trimmed.unicodeScalars {
      let isNextBlank = scalar.properties.generalCategory == .spaceSeparator
      if isNextBlank, !isBlank { tidy.append(" ") }
      if !isNextBlank { tidy.append(scalar) }
      isBlank = isNextBlank
    }
    return String(tidy)
  }

  /// - Throws: ``NameError`` for the first thing that may not stand in a tidied name.
  public func check(_ name: String) throws {
    if name.isEmpty { throw NameError.empty(title) }
    if name.count > characterLimit { throw NameError.tooLong(title, name.count, limit: characterLimit) }
    if name.unicodeScalars.count > scalarLimit { throw NameError.tooManyScalars(title, limit: scalarLimit) }
    let scalars = Array(name.unicodeScalars)
    var marks = 0
    var isSeen = false
    for (index, scalar) in scalars.enumerated() {
      if let fault = Self.fault(at: index, in: scalars) {
        throw NameError.character(title, scalar, fault, place: index + 1)
      }
      let isJoined = NameScalar.isJoined(scalar)
      if isJoined, index == 0 { throw NameError.character(title, scalar, .leading, place: 1) }
      marks = isJoined ? marks + 1 : 0
      if marks > Self.markLimit { throw NameError.tooManyMarks(title, place: index + 1, limit: Self.markLimit) }
      if !isJoined, scalar != " " { isSeen = true }
    }
    if !isSeen { throw NameError.empty(title) }
  }

  /// Why a scalar may not stand where it stands; nil where it may.
  static func fault(at index: Int, in scalars: [Unicode.Scalar]) -> NameFault? {
    let scalar = scalars[index]
    if scalar.value == 0x200c || scalar.value == 0x200d {
      let before = scalars[..<index].last { !NameScalar.isJoined($0) }
      let after = scalars[(index + 1)...].first
      let isInside = NameScalar.isJoiningLetter(before) && NameScalar.isJoiningLetter(after)
      return isInside ? nil : .invisible
    }
    return NameScalar.fault(scalar)
  }

  /// A name made of what a device of another release says of itself: what the profile does not take is left out, what is too
  /// long is cut. nil where nothing remains.
  public func cleaned(_ text: String) -> String? {
    let scalars = Array(tidied(text).unicodeScalars.prefix(scalarLimit * 2))
    var kept = String.UnicodeScalarView()
    var marks = 0
    for (index, scalar) in scalars.enumerated() where Self.fault(at: index, in: scalars) == nil {
      let isJoined = NameScalar.isJoined(scalar)
      marks = isJoined ? marks + 1 : 0
      if isJoined, kept.isEmpty || marks > Self.markLimit { continue }
      kept.append(scalar)
      if kept.count == scalarLimit { break }
    }
    let name = tidied(String(String(kept).prefix(characterLimit)))
    return (try? check(name)) == nil ? nil : name
  }
}

/// Why a character may not stand in a name.
public enum NameFault: Hashable, Sendable {
  case lineEnd
  case control
  case direction
  case invisible
  case unreadable
  case privateUse
  case unassigned
  /// Joined to something that is not there.
  case leading
}
