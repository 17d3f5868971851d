/// What single scalars are to names.
enum NameScalar {
  /// Why it stands in no name; nil where it may. U+200C and U+200D are judged by what is around them.
  static func fault(_ scalar: Unicode.Scalar) -> NameFault? {
    switch scalar.value {
    // LF, VT, FF, CR, NEL, LS, PS.
    case 0xa...0xd, 0x85, 0x2028, 0x2029: return .lineEnd
    // Marks, embeddings, overrides and isolates of the bidirectional algorithm (UAX 9).
    case 0x61c, 0x200e, 0x200f, 0x202a...0x202e, 0x2066...0x2069: return .direction
    // What stands for bytes or objects that could not be read.
    case 0xfffc, 0xfffd: return .unreadable
    // Fillers and blanks that pass for letters and symbols.
    case 0x115f, 0x1160, 0x2800, 0x3164, 0xffa0: return .invisible
    default: break
    }
    let properties = scalar.properties
    switch properties.generalCategory {
    case .control: return .control
    case .format: return .invisible
    case .privateUse: return .privateUse
    case .surrogate, .unassigned: return .unassigned
    default: return properties.isDefaultIgnorableCodePoint && !properties.isVariationSelector ? .invisible : nil
    }
  }

  /// Joined to what stands before it: marks, variation selectors, joiners.
  static func isJoined(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .spacingMark, .enclosingMark: true
    default: scalar.value == 0x200c || scalar.value == 0x200d
    }
  }

  /// A letter of a script in which joiners tell words apart; among ideographs they would only be unseen.
  static func isJoiningLetter(_ scalar: Unicode.Scalar?) -> Bool {
    guard let properties = scalar?.properties, !properties.isIdeographic else { return false }
    switch properties.generalCategory {
    case .lowercaseLetter, .uppercaseLetter, .titlecaseLetter, .otherLetter, .modifierLetter: return true
    default: return false
    }
  }
}

extension String {
  /// For comparing names, however they were typed: canonical equivalence is that of Swift's `==`; width of ASCII, case, blanks and
  /// what cannot be seen make no difference. Names with equal keys are confused, so they are alike for every look-up.
  public var nameKey: String {
    var key = String.UnicodeScalarView()
    for scalar in Numerals.halfWidth(self).unicodeScalars where !scalar.properties.isWhitespace && !scalar.isUnseen {
      switch NameScalar.fault(scalar) {
      case .lineEnd, .control, .direction, .invisible: continue
      default: key.append(scalar)
      }
    }
    return String(key).lowercased()
  }

  /// On the screen: what no name written here could hold as `\u{202E}`, so that it is seen, and twins look different.
  public var visibleName: String {
    let scalars = Array(unicodeScalars)
    var visible = String.UnicodeScalarView()
    for (index, scalar) in scalars.enumerated() {
      let isPlain =
        scalar.properties.generalCategory == .spaceSeparator ? scalar == " " || scalar.value == 0x3000 : true
      if isPlain, NameProfile.fault(at: index, in: scalars) == nil {
        visible.append(scalar)
      } else {
        visible.append(contentsOf: scalar.escaped.unicodeScalars)
      }
    }
    return String(visible)
  }

  /// Like ``visibleName``, with marks, joiners, selectors, wide blanks and what NFC never holds too: where two would still look
  /// alike.
  var spelledName: String {
    var spelled = String.UnicodeScalarView()
    for scalar in unicodeScalars {
      let isPlain =
        NameScalar.fault(scalar) == nil && !NameScalar.isJoined(scalar) && !scalar.isUnseen
        && (scalar == " " || !scalar.properties.isWhitespace) && !scalar.properties.isFullCompositionExclusion
      spelled.append(contentsOf: isPlain ? String(scalar).unicodeScalars : scalar.escaped.unicodeScalars)
    }
    return String(spelled)
  }
}

extension Unicode.Scalar {
  /// Takes no room of its own on any screen.
  var isUnseen: Bool {
    value == 0x200c || value == 0x200d || properties.isVariationSelector
  }

  /// `\u{202E}`.
  var escaped: String { "\\u{\(hexadecimal)}" }

  /// `U+202E`.
  var codePoint: String { "U+\(hexadecimal)" }

  private var hexadecimal: String {
    let digits = String(value, radix: 16, uppercase: true)
    return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
  }
}
