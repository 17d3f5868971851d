/// A text as the rules read it: half-width, one kind of blank and hyphen, without what has no width; each scalar knows
/// its character in the original.
struct ScanText {
  private(set) var scalars: [Unicode.Scalar] = []
  /// For each scalar, which character of the original it belongs to.
  private var characters: [Int] = []

  init(_ text: String) {
    for (index, character) in text.enumerated() {
      for scalar in character.unicodeScalars {
        guard let normal = Self.normal(scalar) else { continue }
        scalars.append(normal)
        characters.append(index)
      }
    }
  }

  /// - Parameter range: not empty.
  func characters(_ range: Range<Int>) -> Range<Int> {
    characters[range.lowerBound]..<characters[range.upperBound - 1] + 1
  }

  func text(_ range: Range<Int>) -> String {
    String(String.UnicodeScalarView(scalars[range]))
  }

  subscript(_ index: Int) -> Unicode.Scalar? { scalars.indices.contains(index) ? scalars[index] : nil }

  /// - Parameter index: of a scalar.
  func isBlank(_ index: Int) -> Bool { scalars[index] == " " || scalars[index] == "\t" }

  /// 0…9 in any script: `7`, `７`, `𝟕`; nil for what is no decimal digit.
  static func digit(_ scalar: Unicode.Scalar) -> UInt8? {
    switch scalar.value {
    case 0x30...0x39: UInt8(scalar.value - 0x30)
    case ..<0x660: nil
    // Where most Chinese text ends up; what follows asks the tables of Unicode.
    case 0x3000...0xabef, 0xac00...0xd7ff: nil
    default: scalar.properties.numericType == .decimal ? scalar.properties.numericValue.map { UInt8($0) } : nil
    }
  }

  /// nil for what takes no room on the screen.
  private static func normal(_ scalar: Unicode.Scalar) -> Unicode.Scalar? {
    if let digit = digit(scalar) { return Unicode.Scalar(0x30 + digit) }
    return switch scalar.value {
    case 0xad, 0x200b...0x200f, 0x202a...0x202e, 0x2060...0x2064, 0x2066...0x2069, 0xfeff, 0xfe00...0xfe0f: nil
    case 0xff01...0xff5e: Unicode.Scalar(scalar.value - 0xfee0)
    case 0xa0, 0x2000...0x200a, 0x202f, 0x205f, 0x3000: " "
    case 0x0b, 0x0c, 0x0d, 0x85, 0x2028, 0x2029: "\n"
    case 0x2010...0x2015, 0x2212, 0xfe63: "-"
    default: traditional[scalar] ?? scalar
    }
  }

  private static let traditional: [Unicode.Scalar: Unicode.Scalar] = [
    "絕": "绝", "機": "机", "祕": "秘", "級": "级", "證": "证", "護": "护", "號": "号", "灣": "湾", "臺": "台",
  ]
}

extension Unicode.Scalar {
  var isDigit: Bool { (0x30...0x39).contains(value) }
  var isLatinLetter: Bool { (0x41...0x5a).contains(value) || (0x61...0x7a).contains(value) }
  var isAlphanumeric: Bool { isDigit || isLatinLetter }
  /// What people put between the digits of one number, after normalising.
  var joinsDigits: Bool { self == " " || self == "-" || self == "_" || self == "\u{b7}" }
}
