import ArgumentParser
import SyncEngine
import SyncModel
import SyncReports

struct CampaignCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "campaign", abstract: "布置、查看专项工作", subcommands: [Publish.self, List.self])

  struct List: OfficeCommand {
    static let configuration = CommandConfiguration(abstract: "查看全部专项工作")

    @OptionGroup var global: GlobalOptions

    func perform(in session: Session) throws {
      let office = try session.open()
      let campaigns = try office.campaigns()
      session.emit(["campaigns": .array(campaigns.map(CampaignCommand.json))])
      try session.sayUnlessJSON(try lines(campaigns, office, session))
    }

    private func lines(_ campaigns: [Campaign], _ office: Office, _ session: Session) throws -> [String] {
      if campaigns.isEmpty { return ["还没有专项工作。刚布置的请先运行 unitcli sync 接收。"] }
      let directory = try office.directory()
      let year = try session.today().year
      return campaigns.enumerated().flatMap { index, campaign in
        (index == 0 ? [] : [""]) + CampaignCommand.lines(campaign, directory, thisYear: year)
      }
    }
  }

  private static let namesShown = 6

  /// One campaign in a few lines.
  static func lines(_ campaign: Campaign, _ directory: Directory, thisYear: Int) -> [String] {
    func span(_ range: DateRange) -> String {
      "\(ClockText.text(range.first, thisYear: thisYear))至\(ClockText.text(range.last, thisYear: thisYear))"
    }
    var lines = ["\(campaign.id.short)  \(campaign.name)"]
    let names = campaign.units.prefix(namesShown).map { directory.label(of: $0) }.joined(separator: "、")
    lines.append(
      "  \(directory.label(of: campaign.publisher))布置给 \(campaign.units.count) 个党组织：\(names)"
        + (campaign.units.count > namesShown ? "等" : ""))
    for (publisher, group) in Dictionary(grouping: campaign.uncounted, by: \.insteadOf)
      .sorted(by: { ($0.key?.description ?? "") < ($1.key?.description ?? "") })
    {
      let units = group.prefix(namesShown).map { directory.label(of: $0.unit) }.joined(separator: "、")
      let more = group.count > namesShown ? "等 \(group.count) 个" : ""
      let why = publisher.map { "同号，不算，以 \(directory.label(of: $0))布置的为准" } ?? "不在它之下，不算"
      lines.append("  ⚠ \(why)：\(units)\(more)")
    }
    lines.append("  表样：" + campaign.templates.map(\.title).joined(separator: "、"))
    let spans = [campaign.fill.map { "填报 \(span($0))" }, campaign.covers.map { "检查 \(span($0)) 的工作" }]
    lines.append("  " + spans.compactMap { $0 }.joined(separator: "，"))
    for deliverable in campaign.deliverables {
      let units = deliverable.units.map { directory.label(of: $0) }.joined(separator: "、")
      lines.append(
        "  报送 \(deliverable.title)：\(ClockText.text(deliverable.due, thisYear: thisYear))前"
          + (units.isEmpty ? "" : "（\(units)）"))
    }
    return lines.filter { $0 != "  " }
  }

  static func json(_ campaign: Campaign) -> JSON {
    func range(_ range: DateRange) -> JSON {
      ["from": .text(range.first.description), "to": .text(range.last.description)]
    }
    return [
      "id": .text(campaign.id.description), "name": .text(campaign.name),
      "publisher": .text(campaign.publisher.description),
      "templates": .array(
        campaign.templates.map {
          ["slot": .integer(Int($0.slot)), "hash": .text($0.hash.description), "title": .text($0.title)]
        }),
      "units": .list(campaign.units.map(\.description)),
      "uncounted": .array(
        campaign.uncounted.map {
          [
            "unit": .text($0.unit.description), "insteadOf": .optional($0.insteadOf) { .text($0.description) },
          ]
        }), "fill": .optional(campaign.fill, range),
      "covers": .optional(campaign.covers, range),
      "deliverables": .array(
        campaign.deliverables.map {
          [
            "title": .text($0.title), "due": .text($0.due.description), "units": .list($0.units.map(\.description)),
          ]
        }),
      "drafts": campaign.opensDrafts ? "open" : "closed",
    ]
  }
}
