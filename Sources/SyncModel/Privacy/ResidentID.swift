/// Numbers of residents' identity cards, 18 digits (GB 11643—1999) and 15 (GB 11643—1989).
enum ResidentID {
  static let length = 18
  static let oldLength = 15

  /// Born in these years: nobody older lives, and what is younger is no date of birth yet.
  private static let birthYears = 1900...2049

  /// GB/T 2260 digits 1–2: provinces, 71 Taiwan, 81 Hong Kong, 82 Macau; 83 stands on residence permits for Taiwan.
  private static let provinces: Set<Int> = [
    11, 12, 13, 14, 15, 21, 22, 23, 31, 32, 33, 34, 35, 36, 37, 41, 42, 43, 44, 45, 46, 50, 51, 52, 53, 54, 61, 62, 63,
    64, 65, 71, 81, 82, 83,
  ]
  private static let provincesWithoutParts: Set<Int> = [71, 81, 82, 83]
  /// GB/T 2260 digits 3–4: 01–20, 51–70 cities, 21–50 prefectures, 90 counties directly below the province.
  private static let parts: Set<Int> = Set(1...70).union([90])
  /// The first digit of a foreigner's permanent residence card; digits 2–3 name the province, 4–6 the nationality.
  private static let foreigner: UInt8 = 9

  private static let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]

  /// - Parameters:
  ///   - digits: the first 17.
  ///   - check: the 18th as a number, 10 for X.
  static func holds(_ digits: [UInt8], check: UInt8) -> Bool {
    guard digits.count == length - 1, isRegion(digits),
      isDate(year: number(digits[6..<10]), month: number(digits[10..<12]), day: number(digits[12..<14]))
    else { return false }
    return (zip(digits, weights).reduce(0) { $0 + Int($1.0) * $1.1 } + Int(check)) % 11 == 1
  }

  /// All 15 digits; there is no check digit, and everybody who has one was born before 2000.
  static func oldHolds(_ digits: [UInt8]) -> Bool {
    digits.count == oldLength && digits[0] != foreigner && isRegion(digits)
      && isDate(year: 1900 + number(digits[6..<8]), month: number(digits[8..<10]), day: number(digits[10..<12]))
  }

  private static func isRegion(_ digits: [UInt8]) -> Bool {
    if digits[0] == foreigner { return provinces.contains(number(digits[1..<3])) }
    let province = number(digits[0..<2])
    if provincesWithoutParts.contains(province) { return digits[2..<6].allSatisfy { $0 == 0 } }
    return provinces.contains(province) && parts.contains(number(digits[2..<4]))
  }

  private static func isDate(year: Int, month: Int, day: Int) -> Bool {
    birthYears.contains(year) && CalendarDate(year: year, month: month, day: day) != nil
  }

  private static func number(_ digits: ArraySlice<UInt8>) -> Int {
    digits.reduce(0) { $0 * 10 + Int($1) }
  }
}
