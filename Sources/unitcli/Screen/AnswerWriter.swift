import SyncEngine
import SyncModel
import SyncReports

/// Saves answers and says what became of what stood there: replaced, kept beside, or left alone after asking.
struct AnswerWriter {
  let session: Session
  let office: Office
  let campaign: Campaign
  let unit: DirectoryUnit
  let onBehalf: Bool
  let viewer: Viewer

  init(_ session: Session, _ office: Office, campaign: Campaign, unit: DirectoryUnit, onBehalf: Bool) throws {
    self.session = session
    self.office = office
    self.campaign = campaign
    self.unit = unit
    self.onBehalf = onBehalf
    viewer = try Viewer(session, office)
  }

  /// Says so where today lies outside the days of filling in; what is written is kept all the same.
  func sayOutsideWindow() throws {
    guard let fill = campaign.fill else { return }
    let today = try session.today()
    if fill.first <= today, today <= fill.last { return }
    let span = "\(ClockText.text(fill.first, thisYear: today.year))至\(ClockText.text(fill.last, thisYear: today.year))"
    session.say("注意：\(today < fill.first ? "还没到" : "已过")填报时间（\(span)），照样保存，上级会看到填写日期")
  }

  struct Saved {
    let written: Workspace.Written
    let conflicts: [AnswerField]
  }

  /// - Throws: ``Refusal/declined`` where a person was asked and did not want to replace what others wrote.
  func save(_ item: CampaignItem, _ values: [AnswerField: Value]) throws -> Saved {
    let fields = values.keys.sorted { $0.rawValue < $1.rawValue }
    let standing = try office.standing(campaign, item, fields: fields, unit: unit.path)
    let different = standing.versions.filter { $0.value != values[$0.field] }
    // Above the unit, what is not open was on no screen, however long it has been here: it stays beside the new value.
    let unseen = different.filter { isOpen ? $0.isUnseen : !$0.isOwn }
    var mark: UInt64?
    if !unseen.isEmpty, session.console.isInteractive, isOpen {
      for version in unseen {
        let new = values[version.field].map(version.field.display) ?? ""
        let question = "\(described(version))，改为\(new)？"
        if !session.confirm(question) { throw Refusal.declined }
      }
      mark = standing.mark
    } else if unseen.isEmpty {
      // All of it was on a screen of this person's, or is their own: nothing is left to ask about.
      mark = standing.mark
    }
    let answered = try office.set(
      campaign, item, fields: values, unit: unit, onBehalf: onBehalf, shownUpTo: mark ?? (isOpen ? nil : 0))
    for field in fields {
      guard let value = values[field] else { continue }
      let replaced = mark == nil ? [] : different.filter { $0.field == field }
      let others = replaced.filter { !$0.isOwn }
      var note = others.isEmpty ? "" : "（替换了 \(others.map(described).joined(separator: "、"))）"
      if Set(standing.versions.filter { $0.field == field }.map(\.value)).count > 1, mark != nil {
        note = "（原有的不同填法已由此替换：\(replaced.map(described).joined(separator: "、"))）"
      }
      let place = campaign.itemPlace(item.item.id, slot: item.slot)
      session.say("\(place) \(field.title)：\(field.display(value))\(onBehalf ? "（代填）" : "")\(note)")
      let settlement = try office.settlement(of: field, item, campaign, unit: unit.path)
      if let settlement, settlement.state == .changed {
        let decided = viewer.text(settlement, in: unit.path, field.display)
        session.say("  ⚠ \(decided)；您填的算数，标为\(Settlement.changedTitle)，核定的单位会再看")
      }
    }
    for version in unseen where mark == nil {
      session.say("\(Viewer.who(version.author))填的\(shown(version)) 您还没看过，两种填法都保留，待核定：unitcli conflicts list")
    }
    return Saved(written: answered.written, conflicts: answered.conflicts)
  }

  /// `张三 9月26日填的 1.5`.
  private func described(_ version: Office.Standing.Version) -> String {
    let day = viewer.clock.dayText(version.author.claimedMilliseconds, thisYear: viewer.thisYear)
    return "\(Viewer.name(version.author)) \(day)填的\(shown(version))"
  }

  private var isOpen: Bool { campaign.opensDrafts || viewer.home == unit.path }

  private func shown(_ version: Office.Standing.Version) -> String {
    isOpen ? " \(version.field.display(version.value))" : "内容"
  }
}
