import ArgumentParser
import SyncEngine
import SyncModel

extension CampaignCommand {
  struct Publish: OfficeCommand {
    static let configuration = CommandConfiguration(
      abstract: "布置一项专项工作",
      discussion: """
        例：unitcli campaign publish 2026年党建自查 --template 1f0c9a2e --units school/cs 'school/maths/*' \
        --fill 2026-09-26..2026-09-30 --covers 2026-01-01..2026-08-31 --deliverable 自查报告=2026-09-30
        布置后单位名单不再变动。
        """)

    @Argument(help: ArgumentHelp("名称", valueName: "名称"))
    var name: String

    @Option(parsing: .upToNextOption, help: ArgumentHelp("表样的编号或名称，可写多个", valueName: "表样"))
    var template: [String]

    @Option(
      parsing: .upToNextOption,
      help: ArgumentHelp("布置给谁：路径或名称；school/* 指下一级全部，school/** 指下属全部", valueName: "党组织"))
    var units: [String]

    @Option(help: ArgumentHelp("--units 里的 * 只取这些类别，例如 branch；多个用、隔开", valueName: "类别"))
    var kind: String?

    @Option(help: ArgumentHelp("填报起止，例如 2026-09-26..2026-09-30", valueName: "起..止"))
    var fill: String

    @Option(help: ArgumentHelp("检查哪段时间的工作", valueName: "起..止"))
    var covers: String?

    @Option(help: ArgumentHelp("报送材料，例如 自查报告=2026-09-30，只要部分单位报送时加 @单位", valueName: "材料=日期"))
    var deliverable: [String] = []

    @Option(help: ArgumentHelp("上报前上级能否看到填写内容：open 能、closed 不能", valueName: "open|closed"))
    var drafts = "open"

    @OptionGroup var global: GlobalOptions

    func perform(in session: Session) throws {
      guard let opensDrafts = ["open": true, "closed": false][drafts] else {
        throw Refusal.usage("--drafts 不能填“\(drafts)”", hint: "可选：open（能看到）、closed（看不到）")
      }
      let kinds = try kind.map(TypedNames.kinds)
      let fill = try Self.range(self.fill)
      let covers = try self.covers.map(Self.range)
      let office = try session.openToWrite()
      let name = try NameProfile.campaign.accepted(name)
      // What somebody below called so does not stand in the way: the name means this one then.
      let tree = try office.directory().tree
      if let same = try office.campaigns().first(where: {
        $0.name.nameKey == name.nameKey && !tree.isAbove(office.identity.unit, $0.publisher)
      }) {
        throw Refusal(
          code: "campaignExists", message: "已有同名的专项工作 \(same.id.short)（\(same.name.visibleName)）",
          hint: "请换一个名称，例如加上年份")
      }
      let units = try office.units(matching: TypedNames.list(self.units), kinds: kinds)
      if units.isEmpty {
        throw Refusal(
          code: "noUnits", message: "“\(self.units.joined(separator: " "))”下面没有党组织",
          hint: "用 unitcli unit list 查看有哪些党组织")
      }
      let publication = Office.Publication(
        name: name, templates: try templates(office), units: units, fill: fill, covers: covers,
        deliverables: try deliverable.map { try Self.deliverable($0, among: Set(units), office) },
        opensDrafts: opensDrafts)
      let campaign = try office.publish(publication)
      session.emit(["campaign": .text(campaign.id.description)])
      let year = try session.today().year
      session.say("已布置：")
      try session.sayUnlessJSON(CampaignCommand.lines(campaign, try office.directory(), thisYear: year))
      try session.saySaved(office)
    }

    private func templates(_ office: Office) throws -> [StoredTemplate] {
      var found: [StoredTemplate] = []
      for text in TypedNames.list(template) {
        let stored = try office.template(text)
        if stored.template.kind == .register {
          throw Refusal(
            code: "staysInUnit", message: "“\(stored.template.title)”是登记簿，内容只在各单位自己的设备上，不能布置",
            hint: "各单位用 unitcli ledger add 填写，用 unitcli ledger counts --send 报数字")
        }
        if stored.template.leaves.isEmpty, stored.template.kind != .ledger {
          throw Refusal(
            code: "nothingToFill", message: "“\(stored.template.title)”没有可填写的条目或栏目", hint: "请去掉这个表样，或另行下发")
        }
        if !found.contains(where: { $0.hash == stored.hash }) { found.append(stored) }
      }
      return found
    }

    private static func range(_ text: String) throws -> DateRange {
      guard let range = DateRange(text: text) else { throw OfficeError.badRange(text) }
      return range
    }

    /// `自查报告=2026-09-30`, `工作总结=2026-12-20@school/cs、数学学院`.
    private static func deliverable(
      _ text: String, among targets: Set<UnitPath>, _ office: Office
    ) throws -> Campaign.Deliverable {
      let example = "请写成 自查报告=2026-09-30，或 自查报告=2026-09-30@党组织"
      guard let sign = text.firstIndex(where: { $0 == "=" || $0 == "＝" }) else {
        throw Refusal.usage("“\(text)”不是报送材料", hint: example)
      }
      let title = NameProfile.deliverable.tidied(String(text[..<sign]).composed)
      let rest = text[text.index(after: sign)...].split(separator: "@", maxSplits: 1)
      guard !title.isEmpty, let day = rest.first, let due = CalendarDate(text: String(day)) else {
        throw Refusal.usage("“\(text)”里的日期认不出", hint: example)
      }
      try NameProfile.deliverable.check(title)
      let units = rest.count == 2 ? try office.units(matching: TypedNames.list([String(rest[1])])) : []
      if let stranger = units.first(where: { !targets.contains($0) }) {
        throw Refusal(
          code: "deliverableUnit", message: "“\(title)”要 \(try office.directory().label(of: stranger)) 报送，但这项工作没有布置给它",
          hint: "请把它加进 --units，或从 @ 后面去掉")
      }
      return Campaign.Deliverable(title: title, due: due, units: Array(Set(units)).sorted())
    }
  }
}
