import Foundation
import SyncEngine
import SyncModel

/// What a paper says of itself in its file's properties: what it shows, of which state of the logs, and what was printed.
///
/// The short code at the foot of the page is a hash over all of it. It tells papers apart and finds slips; it is no
/// signature.
public struct PaperMark: Hashable, Sendable {
  public enum Kind: String, Sendable {
    case sheet
    case ledger
    case progress
    case score
    case form
  }

  public var kind: Kind
  public var school: SchoolID
  /// The campaign, or a standing ledger.
  public var subject: SubjectID
  public var unit: UnitPath
  /// 0: every checklist of the campaign.
  public var slot: UInt32
  /// The templates' hashes, in the order of slots.
  public var templates: [Digest256]
  public var cut: Digest256
  /// Of one unit's `answers`; empty for a paper over several.
  public var tips: [Tip]
  /// The day that the paper bears.
  public var date: CalendarDate
  /// Over what was printed.
  public var content: Digest256
  /// What a form showed, by slot (``FormSheet``).
  public var shown: [UInt32: [UInt8]] = [:]
  public var rows: [UInt32: [UInt8]] = [:]

  private static let version = "1"
  private static let prefix = "unitsync."

  /// Twelve of the 32 letters and digits that are not mistaken for each other (Crockford), in three groups.
  public var code: String {
    var text = "unitsync paper \(Self.version)"
    for (name, value) in properties.sorted(by: { $0.key < $1.key }) { text += "\n\(name)=\(value)" }
    let digits = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ")
    var bits = Digest256(hashing: Array(text.utf8)).bytes.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    var code = ""
    for index in 0..<12 {
      if index > 0, index % 4 == 0 { code += "-" }
      code.append(digits[Int(bits >> 59)])
      bits <<= 5
    }
    return code
  }

  /// As they stand in the file.
  public var properties: [String: String] {
    var found = [
      "version": Self.version, "kind": kind.rawValue, "school": school.description, "subject": subject.description,
      "unit": unit.description, "slot": "\(slot)", "templates": templates.map(\.description).joined(separator: " "),
      "cut": cut.description, "tips": Data(PaperCut.bytes(of: tips)).base64EncodedString(), "date": date.description,
      "content": content.description,
    ]
    for (slot, bytes) in shown { found["shown.\(slot)"] = Data(bytes).base64EncodedString() }
    for (slot, bytes) in rows { found["rows.\(slot)"] = Data(bytes).base64EncodedString() }
    return Dictionary(uniqueKeysWithValues: found.map { (Self.prefix + $0.key, $0.value) })
  }

  public init(
    _ kind: Kind, school: SchoolID, subject: SubjectID, unit: UnitPath, slot: UInt32 = 0, templates: [Digest256],
    cut: PaperCut, date: CalendarDate
  ) {
    self.kind = kind
    self.school = school
    self.subject = subject
    self.unit = unit
    self.slot = slot
    self.templates = templates
    self.cut = cut.digest
    tips = cut.tips
    self.date = date
    content = Digest256(hashing: [])
  }

  /// - Throws: ``PaperError/noMark`` where the file is none of ours, or some program left its properties out.
  public init(properties: [String: String]) throws(PaperError) {
    func text(_ name: String) -> String { properties[Self.prefix + name] ?? "" }
    if text("version").isEmpty { throw .noMark }
    if text("version") != Self.version { throw .needsNewerVersion }
    let hashes = text("templates").split(separator: " ").map { Digest256(bytes: Hex.decode(String($0)) ?? []) }
    guard let kind = Kind(rawValue: text("kind")), let school = SchoolID(hex: text("school")),
      let subject = SubjectID(hex: text("subject")), let unit = UnitPath(text("unit")),
      let slot = UInt32(text("slot")), !hashes.contains(nil),
      let cut = Digest256(bytes: Hex.decode(text("cut")) ?? []), let date = CalendarDate(text: text("date")),
      let content = Digest256(bytes: Hex.decode(text("content")) ?? []),
      let encoded = Data(base64Encoded: text("tips")), let tips = try? PaperCut.tips(bytes: Array(encoded))
    else { throw .damagedMark }
    self.kind = kind
    self.school = school
    self.subject = subject
    self.unit = unit
    self.slot = slot
    self.templates = hashes.compactMap { $0 }
    self.cut = cut
    self.tips = tips
    self.date = date
    self.content = content
    for (name, value) in properties {
      for (start, path) in [("shown.", \Self.shown), ("rows.", \Self.rows)] where name.hasPrefix(Self.prefix + start) {
        guard let slot = UInt32(name.dropFirst(Self.prefix.count + start.count)), let bytes = Data(base64Encoded: value)
        else { throw .damagedMark }
        self[keyPath: path][slot] = Array(bytes)
      }
    }
  }
}

extension OfficeDocument {
  /// The same paper with its mark: the code at the foot, the facts in the file's properties.
  public func marked(_ mark: PaperMark, format: DocumentFormat) -> OfficeDocument {
    var mark = mark
    // Other formats carry no facts, and a code that nobody can check would only look like one.
    guard format == .docx || format == .xlsx else { return self }
    mark.content = PaperLines(self, format: format).digest
    var marked = self
    marked.checkCode = mark.code
    marked.properties = mark.properties
    return marked
  }
}

/// Why a file that came back is not taken, or not checked; nothing was written.
public enum PaperError: ExplainedError, Hashable {
  case noMark
  case damagedMark
  case needsNewerVersion
  case otherSchool
  case notAForm
  case otherTemplate(String)
  case missingTable(String)
  case strangeColumn(String, table: String)
  case missingColumn(String, table: String)
  case alreadyTaken
  case badCells(Int)

  public var code: String {
    switch self {
    case .noMark: "paperNoMark"
    case .damagedMark: "paperDamagedMark"
    case .needsNewerVersion: "paperNeedsNewerVersion"
    case .otherSchool: "paperOtherSchool"
    case .notAForm: "paperNotAForm"
    case .otherTemplate: "paperOtherTemplate"
    case .missingTable: "paperMissingTable"
    case .strangeColumn: "paperStrangeColumn"
    case .missingColumn: "paperMissingColumn"
    case .alreadyTaken: "paperAlreadyTaken"
    case .badCells: "paperBadCells"
    }
  }

  public var message: String {
    switch self {
    case .noMark: "文件里没有校验信息"
    case .damagedMark: "文件里的校验信息不完整"
    case .needsNewerVersion: "这份文件由更新的版本导出"
    case .otherSchool: "这份文件属于另一所学校（或演练），没有收"
    case .notAForm: "这份文件是汇总或留存用的，不是填报表，没有收"
    case .otherTemplate(let title): "“\(title)”的表样已经换过，这份填报表是按旧表样做的，没有收"
    case .missingTable(let title): "文件里找不到“\(title)”的表格，没有收"
    case .strangeColumn(let name, let table): "“\(table)”多了一栏“\(name)”，没有收"
    case .missingColumn(let name, let table): "“\(table)”少了“\(name)”一栏，没有收"
    case .alreadyTaken: "这份填报表已经收过，没有再收"
    case .badCells(let count): "有 \(count) 处不能收，整份表都没有保存"
    }
  }

  public var hint: String {
    switch self {
    case .noMark: "本软件导出的表和台账（.docx、.xlsx）才带校验信息，自查报告初稿和会议记录不带；另存为其他格式会丢失，请用原文件"
    case .damagedMark: "请用原来导出的文件，或重新导出"
    case .needsNewerVersion: "请升级本机软件"
    case .otherSchool: "请核对文件来源，在导出它的学校的资料里办理"
    case .notAForm: "请用 unitcli form export 导出的填报表"
    case .otherTemplate: "请重新导出填报表，把内容抄到新表上"
    case .missingTable, .missingColumn: "请用原来导出的文件填写，不要删改表头和表格"
    case .strangeColumn: "请删去多出的一栏，内容可以写进“备注”"
    case .alreadyTaken: "再改过的表请另存后再收；要看收了什么：unitcli log"
    case .badCells: "请按上面列出的改好，再收一次"
    }
  }
}
