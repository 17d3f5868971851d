import Foundation
import SyncModel
import SyncTemplates
import Testing

@testable import templatec

/// The figures are those of the documents in use, written down here by hand.
@Suite("Templates that come with the product")
struct BundledTemplatesTests {
  private static func bundled(_ slug: String) throws -> BundledTemplate {
    try #require(BundledTemplate.named(slug), "\(slug)")
  }

  private static func template(_ slug: String) throws -> Template { try bundled(slug).template }

  /// What one checklist has, and asks for.
  struct Checklist: Sendable, CustomStringConvertible {
    var slug: String
    var kind: Template.Kind
    var levels: [Int]
    /// Items per section, at the lowest level.
    var items: [Int]
    /// Nodes that print a number.
    var numbered: Int
    var cadences = 0
    /// 定期, 经常: a cadence without a number.
    var unquantified = 0
    /// So many in all, in no period.
    var once = 0
    /// Quotas, limits and targets.
    var bounds = 0
    /// A norm (30) that stands beside its limit (50).
    var norms = 0

    var description: String { slug }
  }

  static let checklists = [
    Checklist(
      slug: "faculty-guide-33", kind: .guide, levels: [5, 12, 33], items: [5, 6, 3, 14, 5], numbered: 49, cadences: 3,
      unquantified: 4, bounds: 6),
    Checklist(
      slug: "faculty-guide-39", kind: .guide, levels: [5, 12, 39], items: [5, 7, 5, 17, 5], numbered: 55, cadences: 6,
      unquantified: 5, bounds: 4),
    Checklist(
      slug: "faculty-diagnosis-27", kind: .guide, levels: [5, 27], items: [4, 6, 2, 11, 4], numbered: 32, cadences: 4,
      unquantified: 3, bounds: 6, norms: 1),
    Checklist(
      slug: "branch-guide-27", kind: .guide, levels: [7, 27], items: [4, 4, 4, 3, 5, 4, 3], numbered: 34, cadences: 15,
      unquantified: 1),
    Checklist(
      slug: "branch-guide-28", kind: .guide, levels: [7, 10, 28], items: [5, 5, 4, 3, 4, 4, 3], numbered: 41,
      cadences: 13),
    Checklist(
      slug: "score-sheet-100", kind: .scoreSheet, levels: [12, 44], items: [5, 4, 2, 4, 5, 4, 5, 4, 4, 2, 3, 2],
      numbered: 55, cadences: 12, unquantified: 1, bounds: 6),
    Checklist(
      slug: "task-list-20", kind: .taskList, levels: [5, 20], items: [4, 4, 4, 5, 3], numbered: 25, cadences: 10,
      unquantified: 1, once: 1, bounds: 5),
  ]

  @Test("a checklist has its document's levels, items, numbers and requirements", arguments: checklists)
  func counts(of expected: Checklist) throws {
    let template = try Self.template(expected.slug)
    #expect(template.kind == expected.kind)
    #expect(template.levels == expected.levels)
    #expect(
      template.sections.map { section in
        template.kind == .guide && expected.levels.count == 3
          ? section.children.reduce(0) { $0 + $1.children.count } : section.children.count
      } == expected.items)
    #expect(template.items.count { !$0.node.number.isEmpty } == expected.numbered)
    let found = template.items.flatMap(\.node.requirements)
    let cadences = found.filter { $0.kind == .cadence }
    #expect(cadences.count { $0.amount != nil && $0.period != nil } == expected.cadences)
    #expect(cadences.count { $0.amount == nil } == expected.unquantified)
    #expect(cadences.count { $0.amount != nil && $0.period == nil } == expected.once)
    let norms = found.filter { $0.kind == .limit && $0.isSoft }
    #expect(norms.count == expected.norms)
    #expect(found.count - cadences.count - norms.count == expected.bounds)
  }

  @Test("the checklists together have 218 items, 63 cadences, 15 without a number and 27 quotas, limits and targets")
  func sums() throws {
    let checklists = Self.checklists
    #expect(checklists.reduce(0) { $0 + $1.items.reduce(0, +) } == 218)
    #expect(checklists.reduce(0) { $0 + $1.cadences } == 63)
    #expect(checklists.reduce(0) { $0 + $1.unquantified } == 15)
    #expect(checklists.reduce(0) { $0 + $1.bounds } == 27)
    let named = Set(checklists.map(\.slug))
    let all = BundledTemplate.all.filter { [.guide, .scoreSheet, .taskList].contains($0.template.kind) }
    #expect(Set(all.map(\.slug)) == named)
  }

  @Test("the score sheet has exactly 100 points: 38 items of 2 and 6 of 4, and each section prints its sum")
  func points() throws {
    let sheet = try Self.template("score-sheet-100")
    #expect(sheet.points == Score(text: "100"))
    #expect(
      sheet.sections.map { $0.points?.description }
        == "12 10 6 8 12 8 14 8 8 4 6 4".split(separator: " ").map(String.init))
    #expect(sheet.leaves.count { $0.node.points == Score(text: "2") } == 38)
    #expect(sheet.leaves.count { $0.node.points == Score(text: "4") } == 6)
    #expect(sheet.sections.map(\.number) == (1...12).map { Numerals.chinese($0) })
    #expect(sheet.sections.last?.children.map(\.number) == ["", "2"])
    #expect(sheet.leaves.last?.id == "12.2")
  }

  @Test("the tasks are numbered 1 to 20 through their five sections")
  func tasks() throws {
    let list = try Self.template("task-list-20")
    #expect(list.leaves.map(\.node.number) == (1...20).map(String.init))
    #expect(list.sections.map(\.number) == ["一", "二", "三", "四", "五"])
    #expect(list.columns.map(\.span) == [2, 1])
  }

  @Test("the schedule has six rows with nine deliverables on five days")
  func schedule() throws {
    let schedule = try Self.template("schedule-6")
    let due = schedule.sections.map { $0.deliverables.map { $0.due?.description ?? "" } }
    #expect(
      due == [
        ["2021-03-31"], ["2021-05-07"], ["2021-04-16", "2021-04-16", "2021-04-16", "2021-05-07"],
        ["2021-06-01", "2021-06-01"], [], ["2021-12-10"],
      ])
    #expect(Set(due.joined()).count == 5)
    #expect(due.joined().count == 9)
    #expect(schedule.columns.map(\.title) == ["时间", "内容", "备注"])
  }

  @Test("the numbers in which documents contradict each other stay per template")
  func contradictions() throws {
    func requirements(_ slug: String, _ id: String) throws -> [Requirement] {
      try #require(Self.template(slug).items.first { $0.id == id }).node.requirements
    }
    #expect(try requirements("faculty-guide-39", "2.1.1").map(\.period) == [.year, .year])
    #expect(try requirements("score-sheet-100", "5.1").map(\.period) == [.year, .quarter, .quarter, .halfYear])
    #expect(try requirements("faculty-guide-33", "4.3.1").map(\.kind) == [.target])
    #expect(try requirements("faculty-diagnosis-27", "4.8").map(\.kind) == [.quota])
    let size = try requirements("faculty-diagnosis-27", "4.2").filter { $0.kind == .limit }
    #expect(size.map(\.amount) == [Score(text: "50"), Score(text: "30")] && size.map(\.isSoft) == [false, true])
    let meetings = try requirements("branch-guide-27", "1.2")
    #expect(meetings.map(\.period) == [.month, .month, .quarter, .year])
    #expect(meetings.map(\.isSoft) == [false, false, true, false])
    #expect(meetings.first?.substitute == "支部党员大会")
    #expect(try requirements("branch-guide-28", "1.2.1").count == 3)
    #expect(try requirements("task-list-20", "4.15").map(\.measure) == ["次"])
    #expect(try requirements("branch-guide-27", "1.3").map(\.measure) == ["天"])
  }

  @Test("the two forms of the documents have their columns, and what stands above and below")
  func forms() throws {
    let summary = try Self.template("study-summary")
    #expect(summary.columns.map(\.title) == ["时间", "学习内容", "学习方式", "开展单位", "参加人员"])
    let diagnosis = try Self.template("diagnosis-ledger")
    #expect(diagnosis.columns.map(\.title) == ["序号", "党组织名称", "成功经验", "典型案例", "存在问题", "备注"])
    let preface = try #require(diagnosis.preface.first)
    #expect(preface.contains("填报单位：") && preface.contains("截止时间："))
    #expect(diagnosis.note.hasPrefix("备注："))
    #expect([summary.kind, diagnosis.kind] == [.ledger, .ledger])
  }

  /// Every table of rows: how many columns it has, and how many numbers may go up instead of its rows.
  static let tables: [(slug: String, kind: Template.Kind, columns: Int, counts: Int)] = [
    ("study-summary", .ledger, 5, 0), ("diagnosis-ledger", .ledger, 6, 0), ("meeting-record", .ledger, 11, 0),
    ("lecture-record", .ledger, 10, 0), ("duty-list", .ledger, 8, 0), ("rectification-ledger", .ledger, 11, 0),
    ("contact-ledger", .ledger, 8, 0), ("term-ledger", .ledger, 10, 0), ("event-approval", .ledger, 12, 0),
    ("decision-order", .ledger, 9, 0), ("quarter-plan", .ledger, 9, 0), ("member-register", .register, 12, 8),
    ("dues-register", .register, 8, 4), ("away-register", .register, 10, 4),
    ("travel-papers-register", .register, 9, 6),
    ("talk-register", .register, 5, 5), ("attendance-register", .register, 7, 3),
    ("training-register", .register, 6, 4),
    ("transfer-register", .register, 9, 4), ("development-register", .register, 12, 7),
    ("committee-register", .register, 9, 6),
  ]

  @Test("rows of a ledger go up; rows of a register stay in the unit, and only numbers go up")
  func channels() throws {
    #expect(Set(Self.tables.map(\.slug)) == Set(BundledTemplate.all.filter { $0.template.kind.hasRows }.map(\.slug)))
    for (slug, kind, columns, counts) in Self.tables {
      let bundled = try Self.bundled(slug)
      #expect(bundled.template.kind == kind, "\(slug)")
      #expect(bundled.channel == (kind == .register ? .internal : .answers), "\(slug)")
      #expect(bundled.template.columns.count == columns, "\(slug)")
      #expect(bundled.countRules.count == counts, "\(slug)")
    }
    #expect(BundledTemplate.all.filter { !$0.template.kind.hasRows }.allSatisfy { $0.channel == .answers })
    #expect(BundledTemplate.all.count == 29)
  }

  @Test("talks keep date and pair, papers keep counts, and reasons of absence are nowhere in what goes up")
  func privacy() throws {
    #expect(try Self.template("talk-register").columns.map(\.title) == ["序号", "日期", "谈话人", "谈话对象", "关系"])
    let papers = try Self.template("travel-papers-register").columns
    #expect(papers.allSatisfy { [.sequence, .month, .choice, .number].contains($0.content) })
    for bundled in BundledTemplate.all where bundled.channel == .answers {
      #expect(
        !bundled.template.columns.contains { $0.title.contains("原因") || $0.title.contains("党费") }, "\(bundled.slug)")
    }
    #expect(try Self.template("attendance-register").columns.contains { $0.title == "原因" })
  }

  @Test("what was built is what the data files say, one for one")
  func files() throws {
    let folder = TemplateFiles.folder.appending(path: "Data")
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".json") }
    #expect(names.count == BundledTemplate.all.count)
    for name in names {
      let file = try TemplateFile(name: name, json: Data(contentsOf: folder.appending(path: name)))
      let bundled = try Self.bundled(file.slug)
      #expect(
        bundled.template == file.template && bundled.countRules == file.countRules
          && bundled.rowChecks == file.rowChecks, "\(name)")
    }
  }

  @Test("they are listed guides first and registers last, and an item is said once and in few words")
  func words() throws {
    let kinds = BundledTemplate.all.map(\.template.kind.rawValue)
    #expect(kinds == kinds.sorted())
    #expect(Set(BundledTemplate.all.map(\.template.title)).count == BundledTemplate.all.count)
    for bundled in BundledTemplate.all where [.guide, .scoreSheet, .taskList].contains(bundled.template.kind) {
      let texts = bundled.template.leaves.map(\.node.text)
      #expect(texts.allSatisfy { (6...60).contains($0.count) }, "\(bundled.slug)")
      #expect(Set(texts).count == texts.count)
    }
    #expect(BundledTemplate.named("no-such-template") == nil)
  }
}
