/// Bank-card numbers: an issuer's prefix, the length that goes with it, and the check digit of ISO/IEC 7812-1 (Luhn).
enum BankCard {
  /// Who issues cards under a prefix.
  struct Issuer: Sendable {
    let name: String
    /// Prefixes of one length, as numbers.
    let prefixes: ClosedRange<Int>
    let lengths: Set<Int>
  }

  static let lengths = 14...19
  /// Digits in each group but the last, where a number is written in groups: 4-4-4-4-3, 6-13, 4-6-5.
  static let groupAtLeast = 4

  /// JR/T 0008 and the networks' published ranges. Sixteen digits under 62 upwards are what nearly everybody here has.
  static let issuers: [Issuer] = [
    Issuer(name: "银联", prefixes: 62...62, lengths: [16, 17, 18, 19]),
    Issuer(name: "早期借记卡（工、农、招、邮储）", prefixes: 9555...9559, lengths: [16, 19]),
    Issuer(name: "早期借记卡（中行）", prefixes: 456351...456351, lengths: [19]),
    Issuer(name: "早期借记卡（中行）", prefixes: 601382...601382, lengths: [19]),
    Issuer(name: "早期借记卡（建行）", prefixes: 436742...436742, lengths: [19]),
    Issuer(name: "早期借记卡（交行）", prefixes: 601428...601428, lengths: [17]),
    Issuer(name: "Visa", prefixes: 4...4, lengths: [16]),
    Issuer(name: "Mastercard", prefixes: 51...55, lengths: [16]),
    Issuer(name: "Mastercard", prefixes: 2221...2720, lengths: [16]),
    Issuer(name: "American Express", prefixes: 34...34, lengths: [15]),
    Issuer(name: "American Express", prefixes: 37...37, lengths: [15]),
    Issuer(name: "JCB", prefixes: 3528...3589, lengths: [16]),
    Issuer(name: "Discover", prefixes: 6011...6011, lengths: [16]),
    Issuer(name: "Discover", prefixes: 644...659, lengths: [16]),
    Issuer(name: "Diners Club", prefixes: 300...305, lengths: [14]),
    Issuer(name: "Diners Club", prefixes: 36...36, lengths: [14]),
    Issuer(name: "Diners Club", prefixes: 38...39, lengths: [14]),
  ]

  static func holds(_ digits: [UInt8]) -> Bool {
    lengths.contains(digits.count) && issuers.contains { $0.issues(digits) } && luhn(digits)
  }

  static func isUnionPay(_ digits: [UInt8]) -> Bool { digits.count >= 16 && digits.starts(with: [6, 2]) }

  /// From the right, every second digit counts double, its own digits added; the sum ends in 0.
  static func luhn(_ digits: [UInt8]) -> Bool {
    digits.reversed().enumerated().reduce(0) { sum, element in
      let digit = Int(element.element)
      return sum + (element.offset % 2 == 0 ? digit : digit < 5 ? digit * 2 : digit * 2 - 9)
    } % 10 == 0
  }
}

extension BankCard.Issuer {
  fileprivate func issues(_ digits: [UInt8]) -> Bool {
    let prefix = digits.prefix(String(prefixes.lowerBound).count).reduce(0) { $0 * 10 + Int($1) }
    return lengths.contains(digits.count) && prefixes.contains(prefix)
  }
}
