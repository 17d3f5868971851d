import Foundation
import SyncModel
import Testing

@testable import templatec

@Suite("A data file of a bundled template is checked before it is built in")
struct TemplateFileTests {
  private static let sheet = """
    {
      "slug": "sample", "title": "自查评分表", "kind": "scoreSheet", "audience": "党支部",
      "columns": [{ "title": "序号" }, { "title": "内容", "width": 5000 }],
      "sections": [
        {
          "number": "一", "text": "组织生活", "points": 6,
          "children": [
            {
              "number": "1", "text": "会议按时召开", "points": 2,
              "requirements": [{ "kind": "cadence", "what": "支委会", "amount": 1, "measure": "次", "per": "month" }]
            },
            { "number": "2", "text": "记录完整清楚", "points": 4 }
          ]
        }
      ]
    }
    """.replacing(#", "width": 5000"#, with: "")

  private static let schedule = """
    {
      "slug": "sample", "title": "时间表", "kind": "schedule", "columns": [{ "title": "时间" }, { "title": "内容" }],
      "sections": [
        { "text": "自查", "cells": ["九月"], "deliverables": [{ "title": "自查报告", "due": "2026-09-30" }] }
      ]
    }
    """

  private static let register = """
    {
      "slug": "sample", "title": "名册", "kind": "register", "preface": ["党组织名称："], "note": "备注", "landscape": true,
      "columns": [
        { "title": "序号", "width": 700, "content": "sequence" },
        { "title": "姓名", "width": 2000, "content": "person", "required": true },
        { "title": "类别", "width": 2000, "content": "choice", "choices": ["正式党员", "预备党员", "群众"] },
        { "title": "学时", "width": 900, "content": "number" }
      ],
      "counts": [
        { "key": 1, "title": "党员人数", "where": { "column": "类别", "in": ["正式党员", "预备党员"] } },
        { "key": 2, "title": "学时合计", "sum": "学时" }
      ],
      "checks": [
        { "title": "同一人写了不止一行", "once": ["类别"] },
        { "title": "学时不足", "where": { "column": "类别", "in": ["正式党员"] }, "least": "学时", "of": "学时" }
      ]
    }
    """

  private static func read(_ json: String) throws -> TemplateFile {
    try TemplateFile(name: "sample.json", json: Array(json.utf8))
  }

  @Test("what a file says is what the template holds")
  func reading() throws {
    let sheet = try Self.read(Self.sheet).template
    #expect(sheet.audience == "党支部" && sheet.points == Score(text: "6"))
    #expect(
      sheet.leaves.first?.node.requirements
        == [Requirement(.cadence, "支委会", amount: Score(text: "1"), measure: "次", per: .month)])
    let schedule = try Self.read(Self.schedule).template
    #expect(schedule.sections.first?.deliverables.first?.due == CalendarDate(year: 2026, month: 9, day: 30))
    #expect(schedule.sections.first?.cells == ["九月"])
    let register = try Self.read(Self.register)
    #expect(register.template.isLandscape && register.template.note == "备注")
    #expect(register.template.columns.map(\.content) == [.sequence, .person, .choice, .number])
    #expect(register.template.columns.map(\.isRequired) == [false, true, false, false])
    #expect(
      register.countRules == [
        CountRule(key: 1, title: "党员人数", condition: .init(column: 2, words: ["正式党员", "预备党员"])),
        CountRule(key: 2, title: "学时合计", sum: 3),
      ])
    #expect(
      register.rowChecks == [
        RowCheck(title: "同一人写了不止一行", rule: .once(columns: [2])),
        RowCheck(title: "学时不足", rule: .atLeast(column: 3, of: 3, where: .init(column: 2, words: ["正式党员"]))),
      ])
  }

  /// One thing made wrong in a file that was right, where it is and what is said of it.
  struct Broken: Sendable, CustomStringConvertible {
    var name: String
    var file: String
    var wrong: (from: String, to: String)
    var place: String
    var reason: String

    var description: String { name }
  }

  private static func sheet(_ name: String, _ from: String, _ to: String, _ place: String, _ reason: String) -> Broken {
    Broken(name: name, file: sheet, wrong: (from, to), place: place, reason: reason)
  }

  private static func schedule(
    _ name: String, _ from: String, _ to: String, _ place: String, _ reason: String
  ) -> Broken {
    Broken(name: name, file: schedule, wrong: (from, to), place: place, reason: reason)
  }

  private static func register(
    _ name: String, _ from: String, _ to: String, _ place: String, _ reason: String
  ) -> Broken {
    Broken(name: name, file: register, wrong: (from, to), place: place, reason: reason)
  }

  static let broken = [
    sheet("no JSON", #""slug""#, "slug", "", "no JSON"),
    sheet("an unknown key at the top", #""audience""#, #""audiense""#, "", "“audiense” is no key"),
    sheet(
      "an unknown key deep below", #""what""#, #""wat""#, "sections[0].children[0].requirements[0]", "“wat” is no key"),
    sheet("a missing title", #""title": "自查评分表", "#, "", "", "“title” is missing"),
    sheet("an empty title", "自查评分表", "", "title", "empty"),
    sheet("a column without a title", #""title": "内容""#, #""span": 1"#, "columns[1]", "“title” is missing"),
    sheet("an unknown kind", "scoreSheet", "sheet", "kind", "“sheet” is none of"),
    sheet("a text for a number", #""points": 4"#, #""points": "4""#, "sections[0].children[1].points", "not a text"),
    sheet("null", #""points": 4"#, #""points": null"#, "sections[0].children[1].points", "not null"),
    sheet(
      "a sum that differs", #""points": 6"#, #""points": 5"#, "sections[0]", "5 points are printed, its items have 6"),
    sheet("points left out", #", "points": 4"#, "", "sections[0].children[1]", "“points” is missing"),
    sheet("negative points", #""points": 4"#, #""points": -4"#, "sections[0].children[1].points", "-4"),
    sheet("three decimals", #""points": 4"#, #""points": 4.125"#, "sections[0].children[1].points", "two decimals"),
    sheet("a number twice", #""number": "2""#, #""number": "1""#, "sections[0].children[1]", "“1” stands here twice"),
    sheet("a number that is none", #""number": "2""#, #""number": "乙""#, "sections[0].children[1]", "is no number"),
    sheet("an item twice", "记录完整清楚", "会议按时召开", "item 1.2", "twice"),
    sheet(
      "a text too long", "记录完整清楚", String(repeating: "长", count: 91), "sections[0].children[1].text",
      "91 characters, at most 90"),
    sheet("a blank at the end", "记录完整清楚", "记录完整 ", "sections[0].children[1].text", "blank"),
    sheet(
      "an amount without a measure", #", "measure": "次""#, "", "sections[0].children[0].requirements[0]",
      "stand together"),
    sheet(
      "a quota with a period", "cadence", "quota", "sections[0].children[0].requirements[0]", "has no period"),
    sheet(
      "an unknown period", #""month""#, #""fortnight""#, "sections[0].children[0].requirements[0].per",
      "“fortnight” is none of"),
    sheet("a file of another name", #""slug": "sample""#, #""slug": "other""#, "slug", "other.json"),
    sheet("a slug in capitals", #""slug": "sample""#, #""slug": "Sample""#, "slug", "small letters"),
    sheet("points outside a score sheet", "scoreSheet", "guide", "sections[0].children[0]", "only a score sheet"),
    sheet("a secrecy mark", "记录完整清楚", "机密★一年", "", "may not be published"),
    sheet(
      "too many columns", #"{ "title": "序号" }"#,
      (0...64).map { "{ \"title\": \"第\($0)\" }" }.joined(separator: ","), "columns", "66 entries, at most 64"),
    sheet(
      "too many levels", #""text": "记录完整清楚", "points": 4"#,
      #""text": "甲", "points": 4, "children": [{ "text": "乙", "points": 4, "children": [{ "text": "丙", "points": 4, "#
        + #""children": [{ "text": "丁", "points": 4 }] }] }]"#,
      "sections[0].children[1].children[0].children[0].children[0]", "more than 4 levels"),
    schedule("a day that is none", "2026-09-30", "2026-09-31", "sections[0].deliverables[0].due", "no day"),
    schedule("a day otherwise written", "2026-09-30", "2026.9.30", "sections[0].deliverables[0].due", "no day"),
    schedule("a deadline outside a schedule", #""schedule""#, #""guide""#, "sections[0]", "in a schedule"),
    schedule("cells beyond the table", #"["九月"]"#, #"["九月", "十月"]"#, "sections[0]", "2 further cells"),
    register(
      "a choice without words", #", "choices": ["正式党员", "预备党员", "群众"]"#, "", "counts[0].where",
      "none of the column's choices"),
    register(
      "a choice of one word", #"["正式党员", "预备党员", "群众"]"#, #"["正式党员"]"#, "counts[0].where",
      "none of the column's choices"),
    register("a word twice", #""群众"]"#, #""正式党员"]"#, "columns[2]", "two different words"),
    register("words where nothing is chosen", #""person""#, #""person", "choices": ["甲", "乙"]"#, "columns[1]", "words"),
    register("two columns of one name", #""title": "姓名""#, #""title": "学时""#, "columns[3]", "another column"),
    register("no column that must be filled", #", "required": true"#, "", "columns", "must not be empty"),
    register("a width left out", #""width": 2000, "content": "person""#, #""content": "person""#, "columns", "or none"),
    register("wider than the page", #""width": 700"#, #""width": 14000"#, "columns", "18900 wide, at most 14680"),
    register("a sum over words", #""sum": "学时""#, #""sum": "类别""#, "counts[1].sum", "is no number column"),
    register(
      "a count over names", #""column": "类别""#, #""column": "姓名""#, "counts[0].where.column", "is no choice column"),
    register("a key twice", #""key": 2"#, #""key": 1"#, "counts[1]", "another count"),
    register("a key of 0", #""key": 2"#, #""key": 0"#, "counts[1].key", "from 1 to 9999"),
    register(
      "a check of no column", #""once": ["类别"]"#, #""once": ["学号"]"#, "checks[0].once[0]",
      "is no column that is filled in"),
    register(
      "a check of running numbers", #""once": ["类别"]"#, #""once": ["序号"]"#, "checks[0].once[0]",
      "is no column that is filled in"),
    register("half a check", #", "of": "学时""#, "", "checks[1]", "a check has"),
    register("a check of both kinds", #""once": ["类别"]"#, #""once": ["类别"], "of": "学时""#, "checks[0]", "a check has"),
    register("a check of words", #""least": "学时""#, #""least": "姓名""#, "checks[1].least", "is no number column"),
    register("counts of a ledger", #""register""#, #""ledger""#, "counts", "only a register's"),
    register(
      "items in a register", #""note": "备注""#, #""sections": [{ "text": "甲" }]"#, "sections", "filled row by row"),
  ]

  @Test("a broken file is refused with its name, the place and the reason", arguments: broken)
  func refusal(of broken: Broken) throws {
    let json = broken.file.replacing(broken.wrong.from, with: broken.wrong.to, maxReplacements: 1)
    #expect(json != broken.file)
    let error = try #require(throws: TemplateFileError.self) { _ = try Self.read(json) }
    #expect(error.file == "sample.json")
    #expect(error.place == broken.place)
    #expect(error.reason.contains(broken.reason), "\(error)")
  }

  @Test("a choice needs words, also where nothing is counted by it")
  func choices() throws {
    let counts = try #require(Self.register.range(of: "],\n  \"counts\""))
    let json = Self.register[..<counts.lowerBound].replacing(#", "choices": ["正式党员", "预备党员", "群众"]"#, with: "") + "] }"
    let error = try #require(throws: TemplateFileError.self) { _ = try Self.read(String(json)) }
    #expect(error.place == "columns[2]" && error.reason.contains("two different words"))
  }

  @Test("tasks are counted through their list: a number comes once, whatever its section")
  func tasks() throws {
    let list = Self.sheet.replacing("scoreSheet", with: "taskList").replacing(/, "points": \d/, with: "")
      .replacing(
        "    }\n  ]\n}",
        with: #"    },{ "number": "二", "text": "队伍", "children": [{ "number": "2", "text": "书记选好" }] }]}"#)
    let error = try #require(throws: TemplateFileError.self) { _ = try Self.read(list) }
    #expect(error.place == "item 2.2" && error.reason.contains("the task “2”"))
  }

  @Test("two files may not bear one title")
  func clashes() throws {
    let first = try Self.read(Self.sheet)
    var second = first
    second.slug = "second"
    #expect(Templatec.clashes(of: second, with: [first]).map(\.file) == ["second.json"])
    second.template.title += "（二）"
    #expect(Templatec.clashes(of: second, with: [first]).isEmpty)
  }

  @Test("a complaint is a line that build tools read as an error")
  func complaint() {
    let error = TemplateFileError(file: "a.json", place: "sections[0].points", reason: "wrong")
    #expect(error.description == "a.json: error: sections[0].points: wrong")
  }
}
