/// Passports and permits. Their numbers look like any other, so a word must say what it is.
enum TravelDocument {
  /// A kind of document with the words that announce it and the forms of its numbers.
  struct Kind: Sendable {
    let words: [String]
    /// `A` a letter, `9` a digit, anything else itself.
    let forms: [String]
  }

  static let kinds: [Kind] = [
    // E… and G… ordinary, D…, S…, P… diplomatic, service and public affairs, 14…/15… old; nine digits: many other states'.
    Kind(
      words: ["护照", "passport"],
      forms: ["A99999999", "AA9999999", "A9999999", "149999999", "159999999", "999999999"]),
    Kind(words: ["港澳通行证", "往来港澳"], forms: ["A99999999", "AA9999999"]),
    Kind(
      words: ["来往内地通行证", "往来内地通行证", "回乡证"], forms: ["A99999999", "A9999999999"]),
    Kind(words: ["往来台湾通行证", "大陆居民往来台湾"], forms: ["A99999999", "AA9999999"]),
    Kind(
      words: ["来往大陆通行证", "往来大陆通行证", "台胞证"], forms: ["99999999", "9999999999", "9999999999A"]),
    Kind(
      words: ["香港身份证", "香港居民身份证", "香港永久性居民身份证"],
      forms: ["A9999999", "AA9999999", "A999999A", "AA999999A"]),
    Kind(words: ["澳门身份证", "澳门居民身份证"], forms: ["99999999"]),
  ]

  /// No form has fewer.
  static let digitsAtLeast = 6
  /// A number counts as announced so far behind the word, and so far ahead of it.
  private static let reach = (behind: 24, ahead: 12)

  static func findings(in text: ScanText) -> [PrivacyFinding] {
    var found: [Range<Int>] = []
    for kind in kinds {
      for word in kind.words.map({ Array($0.unicodeScalars) }) {
        for index in text.scalars.indices where begins(word, at: index, text) {
          let end = index + word.count
          let ahead = ((index - reach.ahead)..<index).clamped(to: text.scalars.indices)
          let behind = (end..<(end + reach.behind)).clamped(to: text.scalars.indices)
          let sentence = (ahead.last { stops.contains(text.scalars[$0]) }.map { $0 + 1 } ?? ahead.lowerBound)
          let stop = behind.first { stops.contains(text.scalars[$0]) } ?? behind.upperBound
          found += numbers(of: kind, in: sentence..<ahead.upperBound, text)
          found += numbers(of: kind, in: behind.lowerBound..<stop, text)
        }
      }
    }
    return Set(found).sorted { $0.lowerBound < $1.lowerBound }.map { range in
      let compact = text.text(range).unicodeScalars.filter(\.isAlphanumeric)
      return PrivacyFinding(
        rule: .travelDocument, characters: text.characters(range),
        masked: NumberScan.masked(String(String.UnicodeScalarView(compact))))
    }
  }

  private static func begins(_ word: [Unicode.Scalar], at index: Int, _ text: ScanText) -> Bool {
    text.scalars.count - index >= word.count
      && word.indices.allSatisfy { lower(text.scalars[index + $0]) == word[$0] }
  }

  private static func lower(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
    (0x41...0x5a).contains(scalar.value) ? Unicode.Scalar(UInt8(scalar.value) + 0x20) : scalar
  }

  /// A word speaks of its own sentence only.
  private static let stops: Set<Unicode.Scalar> = ["。", "；", ";", "!", "\n"]

  /// Numbers that begin in `window`.
  private static func numbers(of kind: Kind, in window: Range<Int>, _ text: ScanText) -> [Range<Int>] {
    window.compactMap { start in
      guard text.scalars[start].isAlphanumeric, !(text[start - 1]?.isAlphanumeric ?? false) else { return nil }
      return
        kind.forms.lazy.compactMap { end(of: $0, from: start, text) }.first.map { start..<$0 }
    }
  }

  /// Where `form` ends that begins at `start`; blanks, hyphens and brackets may stand inside.
  private static func end(of form: String, from start: Int, _ text: ScanText) -> Int? {
    var index = start
    var digits: [Unicode.Scalar] = []
    for (position, symbol) in form.unicodeScalars.enumerated() {
      if position > 0 { while let scalar = text[index], scalar.joinsDigits || scalar == "(" { index += 1 } }
      guard let scalar = text[index] else { return nil }
      switch symbol {
      case "A": if !scalar.isLatinLetter { return nil }
      case "9": if !scalar.isDigit { return nil }
      default: if scalar != symbol { return nil }
      }
      digits.append(scalar)
      index += 1
    }
    if let after = text[index], after.isAlphanumeric { return nil }
    return isDate(digits) ? nil : index
  }

  /// 20240901: the day of issue stands beside the number more often than not.
  private static func isDate(_ digits: [Unicode.Scalar]) -> Bool {
    guard digits.count == 8, let number = Int(String(String.UnicodeScalarView(digits))) else { return false }
    return CalendarDate(year: number / 10_000, month: number / 100 % 100, day: number % 100) != nil
      && (1900...2099).contains(number / 10_000)
  }
}
