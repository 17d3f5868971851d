import Foundation
import SyncModel
import Testing

@testable import SyncReports

private let issuedFolder = ProcessInfo.processInfo.environment["UNITSYNC_SEEDS"]

@Suite("Papers that come back")
struct PaperRoundTripTests {
  /// What is printed and imported again, as the importer reads it.
  static func again(_ template: Template) throws -> Template {
    let folder = FileManager.default.temporaryDirectory.appending(path: "paper-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let paper = OfficeDocument(title: template.title, sections: [ChecklistPaper(template).section])
    try DocumentFile.write(paper, format: .docx, to: folder + "/a.docx")
    return try #require(try ChecklistImporter.templates(path: folder + "/a.docx").first).template
  }

  @Test(
    "an issued checklist that is printed and imported again is the same tree",
    .enabled(if: issuedFolder != nil, "要有下发文件的文件夹（UNITSYNC_SEEDS）"))
  func issuedDocuments() throws {
    let seeds = try #require(issuedFolder)
    for name in ["000", "001", "002", "003", "004"] {
      for found in try ChecklistImporter.templates(path: "\(seeds)/\(name).docx") where !found.template.kind.hasRows {
        let again = try Self.again(found.template)
        #expect(again.title == found.template.title)
        #expect(again.kind == found.template.kind)
        #expect(again.levels == found.template.levels, "\(name) \(found.template.title)")
        for (left, right) in zip(again.items, found.template.items) where left != right {
          Issue.record(
            "\(name) \(right.id): \(left.node.number)|\(left.node.text)|\(left.node.points?.description ?? "-")|\(left.node.cells) instead of \(right.node.number)|\(right.node.text)|\(right.node.points?.description ?? "-")|\(right.node.cells)"
          )
        }
      }
    }
  }
}
