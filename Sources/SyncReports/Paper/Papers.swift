import SyncEngine
import SyncModel

/// Makes papers out of a workspace: each says whose it is, of which day, and which state of the logs it was made from.
public struct Papers: Sendable {
  public let office: Office
  public let date: CalendarDate

  public init(_ office: Office, date: CalendarDate) {
    self.office = office
    self.date = date
  }

  /// A paper and what it will carry.
  public struct Made: Sendable {
    public let document: OfficeDocument
    /// nil for a draft, which people rewrite.
    public let mark: PaperMark?

    public init(document: OfficeDocument, mark: PaperMark?) {
      self.document = document
      self.mark = mark
    }

    /// Ready to be written.
    public func marked(for format: DocumentFormat) -> OfficeDocument {
      mark.map { document.marked($0, format: format) } ?? document
    }
  }

  /// A unit's checklists, filled in, each as its original looks.
  ///
  /// - Parameters:
  ///   - slot: nil for every checklist of the campaign.
  ///   - kinds: nil for every kind.
  public func sheet(
    _ campaign: Campaign, unit: DirectoryUnit, slot: UInt32? = nil, kinds: Set<Template.Kind>? = nil
  ) throws -> Made {
    let source = try office.paperSource(campaign, unit: unit)
    let sheet = source.sheet
    let evidence = Self.names(of: source.evidence)
    var sections: [DocumentSection] = []
    var hashes: [Digest256] = []
    for part in sheet.parts where (slot ?? part.slot) == part.slot && kinds?.contains(part.template.kind) ?? true {
      hashes.append(part.template.hash)
      if part.template.kind.hasRows {
        let ledger = Ledger(campaign, slot: part.slot, template: part.template)
        sections.append(
          LedgerPaper(ledger, unitName: unit.name, date: date, showsUnits: false)
            .section(source.rows[part.slot] ?? []))
      } else {
        sections.append(
          ChecklistPaper(
            part.template,
            ChecklistPaper.Answers(part, of: sheet, evidence: evidence[part.slot] ?? [:], date: date)
          ).section)
      }
    }
    return Made(
      document: OfficeDocument(title: "\(unit.name)\(campaign.name)", sections: sections),
      mark: PaperMark(
        .sheet, school: office.identity.school, subject: campaign.id, unit: unit.path, slot: slot ?? 0,
        templates: hashes, cut: source.cut, date: date))
  }

  /// Rows of ledgers of every unit at or below `unit`, run together, a table for each ledger.
  ///
  /// - Parameter ledgers: not empty; several where a campaign holds one of the same name.
  public func ledger(_ ledgers: [Ledger], under unit: DirectoryUnit) throws -> Made {
    let read = try ledgers.map { ($0, try office.rows(of: $0, under: unit.path)) }
    let rows = read.flatMap(\.1)
    let several = rows.contains { $0.unit.path != unit.path }
    let sections = read.map { ledger, rows in
      LedgerPaper(ledger, unitName: unit.name, date: date, showsUnits: several)
        .section(rows, title: ledgers.count > 1 ? ledger.title : nil)
    }
    return Made(
      document: OfficeDocument(
        title: ledgers.count > 1 ? ledgers[0].template.title : ledgers[0].title, sections: sections),
      mark: PaperMark(
        .ledger, school: office.identity.school, subject: ledgers[0].subject, unit: unit.path, slot: ledgers[0].slot,
        templates: ledgers.map(\.template.hash),
        cut: try office.cut(of: Array(Set(rows.map(\.unit.path) + [unit.path]))), date: date))
  }

  /// The same rows as a sheet each 会议记录.
  public func records(_ ledgers: [Ledger], under unit: DirectoryUnit) throws -> Made {
    let sections = try ledgers.flatMap { ledger in
      try office.rows(of: ledger, under: unit.path).map(RecordPaper(ledger).section)
    }
    return Made(document: OfficeDocument(title: ledgers[0].title, sections: sections), mark: nil)
  }

  public func overview(_ kind: ReportText.Kind, _ campaign: Campaign, under unit: UnitPath) throws -> Made {
    let report = try office.report(campaign, under: unit)
    let text = ReportText(report, kind: kind, home: office.identity.unit)
    return Made(
      document: OfficeDocument(
        title: campaign.name + kind.title, sections: [OverviewPaper(text, date: date).section]),
      mark: PaperMark(
        kind == .progress ? .progress : .score, school: office.identity.school, subject: campaign.id, unit: unit,
        templates: campaign.templates.map(\.hash), cut: try office.cut(of: report.units.map(\.unit.path)), date: date))
  }

  /// A draft of the 自查报告; it bears no code, because people go on writing it.
  ///
  /// - Parameter problems: 存在问题 as the unit's other ledgers have them.
  public func selfReport(_ campaign: Campaign, unit: DirectoryUnit, problems: [String]) throws -> Made {
    let source = try office.paperSource(campaign, unit: unit)
    let sheet = source.sheet
    var found: [String] = []
    for part in sheet.parts where part.template.kind.hasRows {
      let ledger = Ledger(campaign, slot: part.slot, template: part.template)
      guard let column = ledger.template.columns.firstIndex(where: { $0.title.contains("问题") }) else { continue }
      found += (source.rows[part.slot] ?? []).flatMap { row in
        (row.cells[column]?.values ?? []).filter { $0 != .nothing }.map(ledger.template.columns[column].display)
      }
    }
    let paper = SelfReportPaper(
      sheet, evidence: Self.names(of: source.evidence), problems: found + problems, date: date)
    return Made(
      document: OfficeDocument(title: "\(unit.name)自查报告", sections: [paper.section]), mark: nil)
  }

  /// The form of a unit that has nothing installed: to be filled in WPS and taken in again (``ReturnedForm``).
  ///
  /// - Throws: ``OfficeError``, where the campaign has nothing for the unit to fill in.
  public func form(_ campaign: Campaign, unit: DirectoryUnit) throws -> Made {
    let source = try office.paperSource(campaign, unit: unit)
    let sheet = source.sheet
    var mark = PaperMark(
      .form, school: office.identity.school, subject: campaign.id, unit: unit.path,
      templates: sheet.parts.map(\.template.hash), cut: source.cut, date: date)
    var sections: [DocumentSection] = []
    for part in sheet.parts {
      if part.template.kind.hasRows {
        let ledger = Ledger(campaign, slot: part.slot, template: part.template)
        let rows = source.rows[part.slot] ?? []
        mark.rows[part.slot] = FormSheet.shown(rows, of: ledger)
        sections.append(
          LedgerPaper(ledger, unitName: unit.name, date: date, showsUnits: false).section(rows, spareRows: true))
      } else {
        mark.shown[part.slot] = FormSheet.shown(part, of: sheet)
        sections.append(FormSheet.paper(part, of: sheet, date: date).section)
      }
    }
    let words = AnswerStatus.allCases.map(\.title).joined(separator: "、")
    let until = campaign.fill.map { "\(PrefaceLine.text($0.last))前" } ?? ""
    let note =
      "填写说明：只填空白的栏目，不要改动条目文字、分值和表头。“状态”填\(words)；日期写成 2026-09-28 这样。填好后原样保存，\(until)交回上级。"
    // Above the first table: what is said on the last page is read too late.
    if let table = sections.first?.blocks.firstIndex(where: { if case .table = $0 { true } else { false } }) {
      sections[0].blocks.insert(.note(note), at: table)
    }
    return Made(
      document: OfficeDocument(title: "\(unit.name)\(campaign.name)填报表", sections: sections), mark: mark)
  }

  /// Names of files by slot and the item's ordinal.
  private static func names(of evidence: [AttachedFile]) -> [UInt32: [UInt32: [String]]] {
    evidence.reduce(into: [:]) { found, file in
      guard let item = file.item else { return }
      found[file.slot, default: [:]][item.ordinal, default: []].append(file.attachment.fileName)
    }
  }
}
