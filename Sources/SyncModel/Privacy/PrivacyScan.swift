/// Looks for what is never written. A function of the text alone.
public enum PrivacyScan {
  /// What stands in `text`, in the order of the text; empty for nearly every text there is.
  public static func findings(in text: String) -> [PrivacyFinding] {
    let (mayMark, mayNumber) = Self.worthALook(text)
    if !mayMark, !mayNumber { return [] }
    let scanned = ScanText(text)
    var found = mayMark ? SecrecyMark.findings(in: scanned) : []
    if mayNumber { found += NumberScan.findings(in: scanned) + TravelDocument.findings(in: scanned) }
    return found.sorted { $0.characters.lowerBound < $1.characters.lowerBound }
  }

  /// 密级标志 only: what makes a whole document one that is not taken in.
  public static func secrecyMark(in text: String) -> PrivacyFinding? {
    worthALook(text).mark ? SecrecyMark.findings(in: ScanText(text)).first : nil
  }

  /// Every mark has 密 and every number at least six digits: most texts end here.
  private static func worthALook(_ text: String) -> (mark: Bool, number: Bool) {
    var mark = false
    var digits = 0
    for scalar in text.unicodeScalars {
      if scalar == "密" { mark = true }
      if ScanText.digit(scalar) != nil { digits += 1 }
    }
    return (mark, digits >= TravelDocument.digitsAtLeast)
  }
}
