/// Identity and card numbers among the digits of a text, written in one piece or in groups (`6222 0212 …`).
///
/// A number begins where a group of digits begins and ends where one ends: nothing is looked for inside a longer number.
enum NumberScan {
  /// At most so many blanks or hyphens join two groups.
  private static let gapLimit = 2
  /// Numbers up to this long, one after another, are a row of numbers.
  private static let rowGroup = 5
  private static let digitLimit = BankCard.lengths.upperBound

  /// A maximal run of digits.
  private struct Group {
    var range: Range<Int>
    var digits: [UInt8]
  }

  /// How the digits of a candidate are written.
  private struct Shape {
    let groups: [Int]
    /// More short groups stand before or after it: four years, a line of amounts.
    let isOfARow: Bool
  }

  static func findings(in text: ScanText) -> [PrivacyFinding] {
    let groups = groups(of: text)
    var found: [PrivacyFinding] = []
    var start = 0
    while start < groups.count {
      var next = start + 1
      var digits: [UInt8] = []
      for end in start..<groups.count {
        if end > start, !isLinked(groups[end - 1].range.upperBound, groups[end].range.lowerBound, text) { break }
        digits += groups[end].digits
        if digits.count > digitLimit { break }
        let range = groups[start].range.lowerBound..<groups[end].range.upperBound
        let isOfARow =
          (start > 0 && isRow(groups[start - 1], groups[start], text))
          || (end + 1 < groups.count && isRow(groups[end], groups[end + 1], text))
        let shape = Shape(groups: groups[start...end].map(\.digits.count), isOfARow: isOfARow)
        if let finding = finding(digits, shape, range, text) {
          found.append(finding)
          next = end + 1
          break
        }
      }
      start = next
    }
    return found
  }

  private static func finding(
    _ digits: [UInt8], _ shape: Shape, _ range: Range<Int>, _ text: ScanText
  ) -> PrivacyFinding? {
    func made(_ rule: PrivacyRule, _ range: Range<Int>) -> PrivacyFinding {
      let compact = text.text(range).unicodeScalars.filter { !$0.joinsDigits }
      return PrivacyFinding(
        rule: rule, characters: text.characters(range), masked: masked(String(String.UnicodeScalarView(compact))))
    }
    if digits.count == ResidentID.length - 1, let end = checkLetter(after: range.upperBound, text),
      ResidentID.holds(digits, check: 10)
    {
      return made(.residentID, range.lowerBound..<end)
    }
    // A letter that follows makes it part of a code: a digest, a serial number.
    if let after = text[range.upperBound], after.isLatinLetter { return nil }
    if digits.count == ResidentID.length, ResidentID.holds(Array(digits.dropLast()), check: digits[17]) {
      return made(.residentID, range)
    }
    let isFraction = text[range.lowerBound - 1] == "." && (text[range.lowerBound - 2]?.isDigit ?? false)
    if digits.count == ResidentID.oldLength, shape.groups.count == 1 || shape.groups[0] == 6, !isFraction,
      ResidentID.oldHolds(digits)
    {
      return made(.residentIDOld, range)
    }
    // `1.6222…` is a numbered line rather than a fraction; `0.62…` and whatever is shorter is one.
    let isOfZero = text[range.lowerBound - 2] == "0" && !(text[range.lowerBound - 3]?.isDigit ?? false)
    let isNumberedLine = isFraction && BankCard.isUnionPay(digits) && !isOfZero
    if !isFraction || isNumberedLine, !shape.isOfARow || BankCard.isUnionPay(digits),
      shape.groups.dropLast().allSatisfy({ $0 >= BankCard.groupAtLeast }),
      BankCard.holds(digits)
    {
      return made(.bankCard, range)
    }
    return nil
  }

  /// First two and last two digits; the rest as stars.
  static func masked(_ number: String) -> String {
    number.prefix(2) + String(repeating: "*", count: max(0, number.count - 4)) + number.suffix(2)
  }

  /// The end of a check letter X that follows, directly or after a blank; nil where none does.
  private static func checkLetter(after index: Int, _ text: ScanText) -> Int? {
    var index = index
    while let scalar = text[index], scalar.joinsDigits { index += 1 }
    // × and the Roman numeral Ⅹ are what input methods offer beside it.
    guard let scalar = text[index], "Xx×ⅩⅹХх".unicodeScalars.contains(scalar) else { return nil }
    if let after = text[index + 1], after.isAlphanumeric { return nil }
    return index + 1
  }

  private static func groups(of text: ScanText) -> [Group] {
    var groups: [Group] = []
    for (index, scalar) in text.scalars.enumerated() where scalar.isDigit {
      let digit = UInt8(scalar.value - 0x30)
      if let last = groups.indices.last, groups[last].range.upperBound == index {
        groups[last].range = groups[last].range.lowerBound..<index + 1
        groups[last].digits.append(digit)
      } else {
        groups.append(Group(range: index..<index + 1, digits: [digit]))
      }
    }
    return groups
  }

  private static func isRow(_ left: Group, _ right: Group, _ text: ScanText) -> Bool {
    left.digits.count <= rowGroup && right.digits.count <= rowGroup
      && isLinked(left.range.upperBound, right.range.lowerBound, text)
  }

  private static func isLinked(_ end: Int, _ start: Int, _ text: ScanText) -> Bool {
    start - end <= gapLimit && text.scalars[end..<start].allSatisfy(\.joinsDigits)
  }
}
