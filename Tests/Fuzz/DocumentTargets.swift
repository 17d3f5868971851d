import SyncModel
@testable import SyncReports

/// Office documents: the file as it comes, and the markup in a sound archive. Each ends in a result or an `ImportError`.
let documentTargets = [
  Target("docx", seeds: { documents.map(\.bytes) }) { importDocument($0) },

  // document.xml, numbering.xml and styles.xml with a zero byte between them.
  Target(
    "docx-markup",
    seeds: {
      documents.map { document in
        Array(
          [document.documentXML, document.numbering.map { DocxFixture.part("numbering", $0) } ?? ""]
            .joined(separator: "\0").utf8)
      }
    }
  ) { bytes in
    let parts = split(bytes, limit: 3)
    importDocument(
      ZipFixture.archive(
        zip(["word/document.xml", "word/numbering.xml", "word/styles.xml"], parts)
          .filter { !$1.isEmpty }.map { (name: $0, content: $1) }))
  },

  Target("xlsx", seeds: { [workbook.bytes, Array("名称,上级,类别\n计算机学院党总支,,党总支\n".utf8)] }) { importUnits($0) },

  // The worksheet, then the shared strings.
  Target(
    "xlsx-markup",
    seeds: {
      let parts = Dictionary(uniqueKeysWithValues: workbook.parts)
      return [
        Array(
          [parts["xl/worksheets/sheet1.xml"] ?? "", parts["xl/sharedStrings.xml"] ?? ""].joined(separator: "\0").utf8)
      ]
    }
  ) { bytes in
    let parts = split(bytes, limit: 2)
    var fixed = workbook.parts.filter { !$0.0.hasPrefix("xl/worksheets") && $0.0 != "xl/sharedStrings.xml" }
      .map { (name: $0.0, content: Array($0.1.utf8)) }
    for (name, part) in zip(["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"], parts) { fixed.append((name, part)) }
    importUnits(ZipFixture.archive(fixed))
  },
]

private func importDocument(_ bytes: [UInt8]) {
  if let properties = try? PackageProperties.read(bytes: bytes) { _ = try? PaperMark(properties: properties) }
  if let lines = try? PaperLines(bytes: bytes) {
    promise(lines.differences(from: lines).isEmpty, "a paper that differs from itself")
  }
  var limits = WordLimits()
  limits.inflatedBytes = 4 << 20
  guard let document = try? WordDocument(bytes: bytes, limits: limits),
    let found = try? ChecklistImporter.templates(in: document)
  else { return }
  promise(!found.isEmpty, "an import without a template")
  check(found)
}

private func check(_ found: [ImportedTemplate]) {
  for imported in found {
    promise((try? Template(bytes: imported.template.bytes)) == imported.template, "an imported template is not one")
    for (item, requirements) in RequirementReader.suggestions(for: imported.template) {
      promise(requirements.allSatisfy { item.node.text.contains($0.quote) }, "words that nobody wrote")
    }
  }
}

private func importUnits(_ bytes: [UInt8]) {
  var limits = SheetLimits()
  limits.inflatedBytes = 4 << 20
  if let found = try? ChecklistImporter.templates(bytes: bytes) { check(found) }
  guard let read = try? Workbook(bytes: bytes, limits: limits) else { return }
  for sheet in read.sheets {
    for row in sheet.rows {
      promise(row.cells.keys.allSatisfy { (0..<limits.columns).contains($0) }, "a cell beyond the last column")
    }
  }
  guard let units = try? UnitSheet(read) else { return }
  promise(!units.rows.isEmpty, "a list of units without one")
}

private func split(_ bytes: [UInt8], limit: Int) -> [[UInt8]] {
  bytes.split(separator: 0, maxSplits: limit - 1, omittingEmptySubsequences: false).map(Array.init)
}

private let documents = [
  DocxFixture(
    .centred("食堂指南"), .table([["一级指标", "二级指标"], ["1.卫生", "（1）餐具消毒。\n（2）后厨整洁。"]])),
  DocxFixture(
    .line("附件1"), .centred("检查评分表"),
    .table([["序号", "项目", "内容", "分值", "得分"], ["1", .top("卫生（10分）"), "餐具消毒", "4", ""], ["2", .up, "后厨整洁", "6", ""]])),
  DocxFixture(
    .line("时间安排"), .table([["时间", "内容", "备注"], ["9月1日至9月30日", "自查", ""]]),
    .table([["重点工作任务", "完成情况"], [.wide("一、组织学习", 1), ""]]),
    .markup(
      "<w:p><w:pPr><w:numPr><w:ilvl w:val=\"0\"/><w:numId w:val=\"1\"/></w:numPr></w:pPr><w:r><w:t>甲</w:t></w:r></w:p>"),
    numbering:
      "<w:abstractNum w:abstractNumId=\"0\"><w:lvl w:ilvl=\"0\"><w:start w:val=\"1\"/><w:numFmt w:val=\"chineseCounting\"/><w:lvlText w:val=\"%1、\"/></w:lvl></w:abstractNum><w:num w:numId=\"1\"><w:abstractNumId w:val=\"0\"/></w:num>"
  ),
]

private let workbook = XlsxFixture(
  [
    ["党组织名册"], ["名称", "上级", "类别"], ["计算机学院党总支", nil, "党总支"], ["教师支部", "计算机学院党总支", "党支部"],
    ["学生支部", nil, "党支部"],
  ], merges: ["A1:C1", "B4:B5"])
