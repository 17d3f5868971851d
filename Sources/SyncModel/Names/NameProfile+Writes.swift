/// Which registers hold names that people give, and what each is held against: the last look at every own write, whatever
/// command, page or import it came from.
extension NameProfile {
  /// The names in a value with their profiles; none for other registers.
  public static func names(in register: RegisterName, _ value: Value) -> [(profile: NameProfile, name: String)] {
    func text(_ profile: NameProfile) -> [(NameProfile, String)] { value.textValue.map { [(profile, $0)] } ?? [] }
    func first(_ profile: NameProfile) -> [(NameProfile, String)] {
      value.listValue?.first?.textValue.map { [(profile, $0)] } ?? []
    }
    switch (register.kind, register.field) {
    case (.school, .schoolName): return text(.school)
    case (.unit, .unitName): return text(.unit)
    case (.unit, .unitPath):
      return value.textValue.map { $0.unicodeScalars.split(separator: "/").map { (.segment, String($0)) } } ?? []
    case (.device, .deviceName): return text(.device)
    case (.person, .personName): return text(.person)
    case (.campaign, .campaignName): return text(.campaign)
    case (.campaign, .campaignDeliverable): return first(.deliverable)
    case (.attachment, _): return Attachment(value).map { [(.file, $0.fileName)] } ?? []
    default: return []
    }
  }
}
