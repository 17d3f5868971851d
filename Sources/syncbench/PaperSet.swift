import Foundation
@_spi(Simulation) import SyncEngine
import SyncModel
import SyncReports
import SyncTesting

/// What papers start from, made once and kept: a school whose branches have filled in the sheet of 100 points, and a long
/// sheet as a file.
struct PaperSet: Sendable {
  let scale: Scale
  let seed: UInt64
  private let parts: Parts

  /// Counts changes of what is made here.
  private static let version = 1

  /// - Parameter scale: branches of the school, or items of the long sheet.
  init(scale: Scale, seed: UInt64, cache: String) throws {
    self.scale = scale
    self.seed = seed
    // Another wording is another set.
    let sheet = try BenchPapers.sheet().hash.description.prefix(8)
    parts = Parts(folder: "\(cache)/papers\(scale)-\(Self.version)-\(sheet)-seed\(seed)-\(try Fingerprint.formats())")
  }

  static let campaign = "专项督查"

  /// The school's workspace with everything in it.
  func schoolFolder() throws -> String {
    try parts.make("school") { path in
      var plan = EditPlan()
      plan.units = scale.count
      plan.seed = seed
      try SchoolMaker(plan: plan, devices: 1).make(in: path)
      let surroundings = SimulatedSurroundings(
        generator: SeededGenerator(seed: seed ^ 0x7061_7065_7273), wallMilliseconds: EditPlan.startMilliseconds)
      try SimulatedSurroundings.$current.withValue(surroundings) {
        let office = try Self.office(in: path)
        try fill(office)
        try office.workspace.store.close()
      }
    }
  }

  static func office(in folder: String) throws -> Office {
    Office(
      try Workspace(opening: folder + "/workspace", stateFolder: folder + "/state"), person: "甲",
      claimedMilliseconds: EditPlan.startMilliseconds)
  }

  static func papers(of office: Office) throws -> Papers {
    guard let date = CalendarDate(year: 2026, month: 9, day: 28) else { throw Wrong("that day is in the calendar") }
    return Papers(office, date: date)
  }

  /// Publishes the sheet, then fills in every item of every branch: a score; with every third a remark, with every fifth a
  /// file. In one branch of ten a second value stands beside one of the scores.
  private func fill(_ office: Office) throws {
    let sheet = try BenchPapers.sheet()
    let campaign = try office.publish(
      Office.Publication(
        name: Self.campaign, templates: [try office.store(sheet)],
        units: try office.units(matching: ["school/**"], kinds: [.branch])))
    var generator = SeededGenerator(seed: seed ^ 0x616e_7377_6572)
    var changes: [LogID: [Change]] = [:]
    for unit in campaign.units {
      changes[LogID(unit, .answers)] = try sheet.leaves.flatMap { try Self.answers($0, campaign, &generator) }
    }
    try office.workspace.write(
      changes, as: "甲", claimedMilliseconds: EditPlan.startMilliseconds, shownUpTo: .max)
    guard let item = sheet.leaves.first else { throw Wrong("the sheet has no item") }
    for unit in stride(from: 0, to: campaign.units.count, by: 10).map({ campaign.units[$0] }) {
      try office.workspace.write(
        [Self.change(item, .selfScore, "0.25", campaign)], to: LogID(unit, .answers), as: "乙",
        claimedMilliseconds: EditPlan.startMilliseconds + 60_000, base: [])
    }
  }

  private static func answers(
    _ item: Template.Item, _ campaign: Campaign, _ generator: inout SeededGenerator
  ) throws -> [Change] {
    let points = item.node.points ?? .zero
    let score = Score(hundredths: max(points.hundredths - Int64(generator.below(4)) * 50, 0))
    var changes = [try change(item, .selfScore, score.description, campaign)]
    if item.ordinal % 3 == 0 {
      changes.append(
        try change(item, .remark, "已建立清单，按季度研究并记录，第\(generator.int(in: 1...9))次会议的材料齐全。", campaign))
    }
    if item.ordinal % 5 == 0 {
      let name = "会议记录（\(generator.int(in: 1...12))月）.pdf"
      changes.append(
        Change(
          Attachment.register(campaign.id, slot: 1, item: item.ordinal, element: .random()),
          Attachment(
            hash: Digest256(hashing: generator.bytes(8)), byteCount: 120_000, fileName: name,
            mediaType: "application/pdf"
          ).value))
    }
    return changes
  }

  private static func change(
    _ item: Template.Item, _ field: AnswerField, _ text: String, _ campaign: Campaign
  ) throws -> Change {
    Change(
      Campaign.register(campaign.id, slot: 1, item: item.ordinal, field), try field.parse(text, item: item))
  }

  /// A sheet of as many items as the scale says, as our own writer prints it.
  func longSheetFile() throws -> String {
    try parts.make("sheet.docx") { path in
      let sheet = try BenchPapers.longSheet(items: scale.count)
      try DocumentFile.write(
        OfficeDocument(title: sheet.title, sections: [ChecklistPaper(sheet).section]), format: .docx, to: path)
    }
  }
}
