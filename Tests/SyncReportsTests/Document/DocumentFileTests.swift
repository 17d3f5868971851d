import Dispatch
import Foundation
import SyncEngine
import SyncModel
import SyncTesting
import Synchronization
import Testing

@testable import SyncReports

@Suite("papers as files")
struct DocumentFileTests {
  private struct Stop: Error {}

  @Test("the same paper gives the same bytes, twice over", arguments: DocumentFormat.allCases)
  func deterministic(_ format: DocumentFormat) throws {
    let folder = try PaperFolder()
    let first = try folder.write(PaperFixture.scoreSheet(), format, name: "first")
    let second = try folder.write(PaperFixture.scoreSheet(), format, name: "second")
    #expect(first == second)
    #expect(try DocumentFile.bytes(of: PaperFixture.scoreSheet(), format: format) == first)
    #expect(first != (try folder.write(PaperFixture.scoreSheet("0000-0000"), format, name: "third")))
  }

  @Test("where rows cannot be read to their end, the file that was there stays", arguments: DocumentFormat.allCases)
  func interrupted(_ format: DocumentFormat) throws {
    let folder = try PaperFolder()
    let before = try folder.write(PaperFixture.report(), format)
    #expect(throws: Stop.self) {
      try folder.write(PaperFixture.ledger(), format) { add in
        for serial in 1...2_000 { try add(PaperFixture.ledgerRow(serial)) }
        throw Stop()
      }
    }
    #expect(try folder.bytes("paper.\(format)") == before)
    #expect(PrivateFile.leftovers(in: folder.path).isEmpty)
  }

  @Test("a folder that is not there or is a file is refused with the next step", arguments: DocumentFormat.allCases)
  func noFolder(_ format: DocumentFormat) throws {
    let folder = try PaperFolder()
    try Data("甲".utf8).write(to: URL(fileURLWithPath: folder.path + "/file"))
    for place in ["/nowhere/paper", "/file/paper"] {
      let path = folder.path + place
      #expect(throws: DocumentError.cannotWrite(path)) {
        try DocumentFile.write(PaperFixture.report(), format: format, to: path)
      }
    }
    // A folder stands where the file should.
    try FileManager.default.createDirectory(atPath: folder.path + "/taken", withIntermediateDirectories: true)
    #expect(throws: DocumentError.self) {
      try DocumentFile.write(PaperFixture.report(), format: format, to: folder.path + "/taken")
    }
    #expect(PrivateFile.leftovers(in: folder.path).isEmpty)
  }

  @Test(
    "a full disk is said", .enabled(if: FullDevice.path != nil, "要有一个写不进的设备（/dev/full）"),
    arguments: DocumentFormat.allCases)
  func fullDisk(_ format: DocumentFormat) throws {
    // Writers write to what they are given: here a device that is always full.
    let document = PaperFixture.ledger((1...3_000).map(PaperFixture.ledgerRow))
    let full = try #require(FullDevice.path)
    #expect(throws: DocumentError.cannotWrite(full)) {
      switch format {
      case .docx: try WordWriter(document, path: full).write(document, adding: nil)
      case .xlsx: try SheetWriter(document, path: full).write(document, adding: nil)
      case .csv: try DelimitedWriter(document, path: full).write(document, adding: nil)
      case .html: try PageWriter(document, path: full).write(document, adding: nil)
      }
    }
  }

  @Test("of several written under one name at once, one stays whole")
  func together() throws {
    let folder = try PaperFolder()
    let path = folder.path + "/paper.docx"
    let sheet = PaperFixture.scoreSheet()
    let failures = Mutex(0)
    DispatchQueue.concurrentPerform(iterations: 8) { _ in
      do { try DocumentFile.write(sheet, format: .docx, to: path) } catch { failures.withLock { $0 += 1 } }
    }
    #expect(failures.withLock { $0 } == 0 && folder.names == ["paper.docx"])
    #expect(try folder.bytes("paper.docx") == folder.write(sheet, .docx, name: "alone"))
  }

  @Test("a sheet given up gives back what it had open")
  func abandoned() throws {
    let folder = try PaperFolder()
    func descriptors() -> Int { (try? FileManager.default.contentsOfDirectory(atPath: "/dev/fd").count) ?? 0 }
    let long = DocumentRow(Array(repeating: "长", count: 100))
    let before = descriptors()
    // Other tests open files meanwhile, but not so many.
    for _ in 0..<200 {
      #expect(throws: DocumentError.self) { try folder.write(PaperFixture.ledger([long]), .xlsx) }
    }
    #expect(descriptors() < before + 150)
  }

  @Test("only its owner may read what was written")
  func permissions() throws {
    let folder = try PaperFolder()
    for format in DocumentFormat.allCases {
      _ = try folder.write(PaperFixture.report(), format, name: "private")
      let attributes = try FileManager.default.attributesOfItem(atPath: folder.path + "/private.\(format)")
      #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600)
    }
  }

  @Test("rows that do not fit the columns are refused", arguments: DocumentFormat.allCases)
  func uneven(_ format: DocumentFormat) throws {
    let folder = try PaperFolder()
    for rows: [DocumentRow] in [
      [["甲", "乙", "丙", "丁", "戊", "己"], ["1", "2", "3", "4", "5", "6", "7"]],
      [["甲", "乙", DocumentCell("丙", rowSpan: 2)], [DocumentCell("1", columnSpan: 3)]],
    ] {
      #expect(throws: DocumentError.unevenTable(row: 3)) { try folder.write(PaperFixture.ledger(rows), format) }
    }
    #expect(folder.names.allSatisfy { !$0.hasPrefix("paper") })
  }

  @Test("properties of any length come back from .docx and .xlsx", arguments: [DocumentFormat.docx, .xlsx])
  func properties(_ format: DocumentFormat) throws {
    var document = PaperFixture.report()
    document.properties = [
      "unitsync.base": String(repeating: "长𠮷<&\"", count: 2_000), "unitsync.empty": "", "unitsync.one": "甲",
      "unitsync.exact": String(repeating: "x", count: CustomProperties.pieceLength),
    ]
    let folder = try PaperFolder()
    #expect(try PackageProperties.read(bytes: try folder.write(document, format)) == document.properties)
    document.properties["unitsync.base"] = String(repeating: "x", count: CustomProperties.byteLimit)
    #expect(throws: DocumentError.propertiesTooLarge(limit: CustomProperties.byteLimit)) {
      try folder.write(document, format)
    }
  }

  @Test("properties of hostile or unrelated files are refused")
  func hostileProperties() throws {
    func archive(_ markup: String, name: String = "word/document.xml") -> [UInt8] {
      ZipFixture.archive([
        (name: name, content: Array("<a/>".utf8)), (name: "docProps/custom.xml", content: Array(markup.utf8)),
      ])
    }
    let root =
      "<Properties xmlns=\"http://schemas.openxmlformats.org/officeDocument/2006/custom-properties\" xmlns:vt=\"vt\">"
    let one = "<property name=\"a\"><vt:i4>12</vt:i4></property>"
    #expect(try PackageProperties.read(bytes: archive("\(root)\(one)</Properties>")) == ["a": "12"])
    for bytes in [
      [], Array("甲".utf8), archive("\(root)\(one)</Properties>", name: "content.xml"),
      archive("\(root)\(one)\(one)</Properties>"), archive("<!DOCTYPE a>\(root)</Properties>"),
      archive("\(root)\(one)"),
      archive(root + String(repeating: "<x>", count: 100)),
      archive(root + (0...4_096).map { "<property name=\"\($0)\"/>" }.joined() + "</Properties>"),
      archive(root + String(repeating: " ", count: 3 << 20) + "</Properties>"),
    ] {
      #expect(throws: ImportError.self) { try PackageProperties.read(bytes: bytes) }
    }
    let folder = try PaperFolder()
    var document = PaperFixture.report()
    document.properties = [:]
    #expect(try PackageProperties.read(bytes: try folder.write(document, .docx)) == [:])
  }

  @Test("formats are read from options and from names")
  func formats() {
    #expect(DocumentFormat(option: " .DOCX") == .docx && DocumentFormat(option: "Excel") == .xlsx)
    #expect(DocumentFormat(option: "网页") == .html && DocumentFormat(option: "pdf") == nil)
    #expect(DocumentFormat(path: "a/b.c/评分表.Xlsx") == .xlsx && DocumentFormat(path: "a.docx/b") == nil)
    #expect(DocumentFormat(path: ".csv") == nil && DocumentFormat(path: "") == nil)
  }
}
