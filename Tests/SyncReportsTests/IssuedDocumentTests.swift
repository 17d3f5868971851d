import Foundation
import SyncModel
import SyncReports
import Testing

private let folder = ProcessInfo.processInfo.environment["UNITSYNC_SEEDS"]

/// Runs on documents as they were issued, which are not ours to publish: `UNITSYNC_SEEDS` names a folder that has
/// 000.docx … 004.docx.
@Suite("Issued documents are imported whole", .enabled(if: folder != nil, "要有下发文件的文件夹（UNITSYNC_SEEDS）"))
struct IssuedDocumentTests {
  private func templates(_ name: String) throws -> [ImportedTemplate] {
    let path = try #require(folder) + "/" + name + ".docx"
    let found = try ChecklistImporter.templates(path: path)
    for imported in found {
      #expect(try Template(bytes: imported.template.bytes) == imported.template)
      #expect(!imported.flags.contains { $0.reason.contains("没有找到标题") })
    }
    return found
  }

  @Test(
    "the guides have every section, indicator and item",
    arguments: [("000", [5, 12, 33]), ("001", [5, 12, 39]), ("003", [7, 10, 28])])
  func guides(name: String, levels: [Int]) throws {
    let found = try templates(name)
    #expect(found.map(\.template.levels) == [levels])
    #expect(found.map(\.template.kind) == [.guide])
    #expect(found.allSatisfy { !$0.template.audience.isEmpty })
  }

  @Test("002 holds a schedule, two forms and two guides")
  func mixed() throws {
    let found = try templates("002").map(\.template)
    #expect(found.map(\.kind) == [.schedule, .ledger, .guide, .guide, .ledger])
    #expect(found.map(\.levels) == [[6], [], [5, 27], [7, 27], []])
    #expect(found.map(\.columns.count) == [3, 5, 2, 2, 6])
    #expect(found[2].sections.map(\.children.count) == [4, 6, 2, 11, 4])
    #expect(found[3].sections.map(\.children.count) == [4, 4, 4, 3, 5, 4, 3])
    let deliverables = found[0].sections.flatMap(\.deliverables)
    #expect(deliverables.count == 9)
    #expect(Set(deliverables.compactMap(\.due)).count == 5)
    #expect(found.map(\.note.isEmpty) == [true, true, true, true, false])
  }

  @Test("004 holds a score sheet of 100 points and a list of 20 tasks")
  func sheetAndTasks() throws {
    let found = try templates("004").map(\.template)
    #expect(found.map(\.kind) == [.scoreSheet, .taskList])
    #expect(found.map(\.levels) == [[12, 44], [5, 20]])
    #expect(found[0].points == Score(text: "100"))
    #expect(found[0].sections.compactMap(\.points).reduce(.zero, +) == Score(text: "100"))
    #expect(found[0].leaves.count { $0.node.points == Score(text: "2") } == 38)
    #expect(found[0].leaves.count { $0.node.points == Score(text: "4") } == 6)
    #expect(found[0].leaves.count { $0.node.number.isEmpty } == 1)
    #expect(found[1].leaves.map(\.node.number) == (1...20).map(String.init))
  }

  @Test("known slips are flagged", arguments: [("001", "太科生"), ("002", "规则议事规则"), ("004", "宫僚"), ("004", "硏")])
  func slips(name: String, slip: String) throws {
    #expect(try templates(name).flatMap(\.flags).contains { $0.text == slip })
  }

  @Test("columns, pages and the lines to fill in are as printed")
  func page() throws {
    let (mixed, sheet) = (try templates("002").map(\.template), try templates("004").map(\.template))
    #expect(sheet[1].columns.map(\.span) == [2, 1])
    #expect(sheet[1].columns.map(\.width) == [7_600, 1_800])
    #expect(sheet[0].columns.map(\.width) == [800, 2_300, 4_300, 900, 900])
    #expect(sheet[0].preface.map { $0.hasPrefix("党总支名称：") && $0.hasSuffix("日") } == [true])
    #expect(mixed[4].preface.map { $0.hasPrefix("填报单位：") && $0.contains("截止时间：") } == [true])
    #expect(mixed[4].columns.first?.content == .sequence)
    #expect((mixed + sheet).allSatisfy { !$0.isLandscape })
  }

  @Test("every cadence that is written with its number is read, none that is not there, and each quotes the text")
  func requirements() throws {
    var periods: [Requirement.Period: Int] = [:]
    for name in ["000", "001", "002", "003", "004"] {
      for imported in try templates(name) {
        for (item, found) in RequirementReader.suggestions(for: imported.template) {
          for requirement in found {
            #expect(item.node.text.contains(requirement.quote))
            if requirement.kind == .cadence, requirement.amount != nil, let period = requirement.period {
              periods[period, default: 0] += 1
            }
          }
        }
      }
    }
    // One asks for the 上半年 alone, which is no cadence.
    #expect(periods == [.week: 1, .month: 9, .quarter: 4, .halfYear: 1, .term: 8, .year: 28])
  }
}
