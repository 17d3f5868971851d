import SyncEngine
import SyncModel
import SyncReports

/// How a workspace stands, on the screen and as JSON.
struct StatusScreen {
  let status: WorkspaceStatus
  let deadlines: [Deadline]
  /// What is still to be filled in first, by the end of filling in.
  let campaigns: [(campaign: Campaign, summary: ScoreSummary)]
  private let directory: Directory
  private let rehearsal: Bool
  private let person: String
  private let clock: ClockText
  private let today: CalendarDate
  private let now: UInt64

  init(_ status: WorkspaceStatus, _ session: Session, _ office: Office) throws {
    self.status = status
    directory = try office.directory()
    rehearsal = office.identity.rehearsal
    person = office.person
    clock = try session.clock
    today = try session.today()
    now = try session.claimedMilliseconds()
    campaigns = status.campaigns.map { (work: $0, isDone: !$0.summary.lacksAnswers) }
      .sorted { left, right in
        if left.isDone != right.isDone { return right.isDone }
        let (one, other) = (left.work.campaign, right.work.campaign)
        if one.fill?.last != other.fill?.last {
          guard let first = one.fill?.last else { return false }
          return other.fill.map { first < $0.last } ?? true
        }
        return (one.name, one.id) < (other.name, other.id)
      }.map(\.work)
    deadlines = Deadline.all(of: status, today: today)
  }

  /// What this unit has to hand in by when: the end of filling in, and each deliverable.
  struct Deadline {
    let campaign: Campaign
    let title: String
    let due: CalendarDate
    let daysLeft: Int

    /// None for a unit that takes part no more.
    static func all(of status: WorkspaceStatus, today: CalendarDate) -> [Deadline] {
      if status.ending != nil { return [] }
      return status.campaigns.flatMap { campaign, summary -> [Deadline] in
        func deadline(_ title: String, _ due: CalendarDate) -> Deadline {
          Deadline(
            campaign: campaign, title: title, due: due, daysLeft: due.daysSinceEpoch - today.daysSinceEpoch)
        }
        let fill = campaign.fill.flatMap { summary.lacksAnswers ? deadline("填报", $0.last) : nil }
        let deliverables = campaign.deliverables.filter { $0.units.isEmpty || $0.units.contains(status.unit.path) }
        return [fill].compactMap { $0 } + deliverables.map { deadline($0.title, $0.due) }
      }.sorted { ($0.due, $0.campaign.name, $0.title) < ($1.due, $1.campaign.name, $1.title) }
    }

    /// `还有 3 天`, `今天到期`, `已过 2 天`.
    var distance: String {
      switch daysLeft {
      case 0: "今天到期"
      case 1...: "还有 \(daysLeft) 天"
      default: "已过 \(-daysLeft) 天"
      }
    }
  }

  var json: JSON {
    [
      "unit": .text(status.unit.path.description), "unitName": .text(status.unit.name),
      "unitStatus": .text((status.ending?.status ?? .active).name),
      "mergedInto": .optional(status.ending?.mergedInto) { .text($0.description) },
      "school": .text(status.schoolName), "replica": .text(status.replica.description),
      "device": .text(status.deviceName), "roles": .list(status.roles.names), "enrolled": .bool(status.enrolled),
      "stopped": .bool(status.stopped),
      "zone": .text(clock.zone.description),
      "rehearsal": .bool(rehearsal), "person": person.isEmpty ? nil : .text(person),
      "unsent": [
        "entries": .integer(status.unsentEntries), "files": .integer(status.unsentFiles.files),
        "exported": .integer(status.exportedEntries),
      ],
      "onlyHere": .array(
        status.unsentLogs.map {
          [
            "unit": .text($0.log.unit.description), "channel": .text("\($0.log.channel)"),
            "entries": .integer($0.entries), "exported": .integer($0.exported),
            "oldest": .text(clock.iso8601($0.oldestMilliseconds)),
          ]
        }),
      "waitingBundles": .integer(status.waitingBundles),
      "conflicts": .integer(status.conflicts), "innerConflicts": .integer(status.innerConflicts),
      "changedAfterSettling": .integer(status.changedSettlements),
      "pending": .integer(status.pending),
      "owed": .integer(status.owed),
      "entries": .integer(status.entries),
      "sealing": [
        "readers": .list(status.sealing.readers.map(\.description)),
        "notAdmitted": .list(status.sealing.strangers.map(\.id.description)),
        "unreadable": .integer(status.sealing.unreadable),
      ],
      "lastSync": .optional(status.lastSyncMilliseconds) { .text(clock.iso8601($0)) },
      "receipt": .optional(status.delivery) { delivery in
        [
          "time": .optional(delivery.receipt) { .text(clock.iso8601($0.milliseconds)) },
          "underway": .integer(delivery.underway),
        ]
      },
      "restores": .array(
        status.renewals.map {
          [
            "time": .text(clock.iso8601($0.milliseconds)), "reason": .text("\($0.reason)"),
            "previous": .text($0.previous.description), "replica": .text($0.replica.description),
          ]
        }),
      "copyConflicts": .integer(status.ownCopyConflicts),
      "progress": .array(
        campaigns.map { campaign, summary in
          [
            "campaign": .text(campaign.id.description), "name": .text(campaign.name),
            "filled": .integer(summary.filled), "total": .integer(summary.total),
            "conflicts": .integer(summary.conflicts),
            "rows": summary.ledgers > 0 ? .integer(summary.rows) : nil,
          ]
        }),
      "deadlines": .array(
        deadlines.map {
          [
            "campaign": .text($0.campaign.id.description), "title": .text($0.title),
            "due": .text($0.due.description), "daysLeft": .integer($0.daysLeft),
          ]
        }),
    ]
  }

  /// `【演练】示例大学  教师一支部（填报人）`.
  var title: String {
    let roles = status.roles.isEmpty ? "" : "（\(status.roles.titles)）"
    let school = status.schoolName.isEmpty ? "" : status.schoolName + "  "
    // The root unit bears the school's name.
    let unit = status.unit.name == status.schoolName ? "" : status.unit.name
    return "\(rehearsal ? "【演练】" : "")\(unit.isEmpty ? status.schoolName : school + unit)\(roles)"
  }

  func lines(width: Int) -> [String] {
    var lines = [title, "设备：\(status.deviceName)" + (person.isEmpty ? "" : "，操作人：\(person)")]
    if !status.enrolled { lines.append("本机还没有被汇总点确认，第一次联网时自动确认。") }
    if let ending = status.ending { lines.append(ending.sentence) }
    if status.stopped { lines += stopped }
    lines.append(safety)
    lines += onlyHere
    if let delivered { lines.append(delivered) }
    if let restored { lines.append(restored) }
    if status.conflicts > 0 { lines.append("⚠ 填写不一致 \(status.conflicts) 处，待核定：unitcli conflicts list") }
    if status.changedSettlements > 0 {
      lines.append("⚠ \(Settlement.changedTitle) \(status.changedSettlements) 处，请再看：unitcli conflicts list")
    }
    if status.innerConflicts > 0 {
      lines.append("下级单位内部填写不一致 \(status.innerConflicts) 处，先由它们自己核定：unitcli conflicts list --all")
    }
    if status.pending > 0 { lines.append("有 \(status.pending) 条收到的内容还在等前面的内容，再接收一次通常就好。") }
    if status.owed > 0 { lines.append("有 \(status.owed) 处内容未到，同步时会向对方要。") }
    lines += sealing
    if !campaigns.isEmpty {
      var table = TextTable([
        .init("专项工作", wraps: true), .init("进度"), .init("已填/应填", .right), .init("填写不一致"), .init("台账"),
      ])
      for (campaign, summary) in campaigns {
        table.add([
          campaign.name, ProgressBar(summary.filled, of: summary.total).text(),
          ScoreText.fraction(summary.filled, of: summary.total), ScoreText.conflictMark(summary.conflicts),
          ScoreText.rows(summary),
        ])
      }
      lines += [""] + table.lines(width: width)
    }
    if !deadlines.isEmpty {
      var table = TextTable([.init("期限"), .init(""), .init("事项", wraps: true)])
      for deadline in deadlines {
        table.add([
          ClockText.text(deadline.due, thisYear: today.year), deadline.distance,
          "\(deadline.campaign.name)：\(deadline.title)",
        ])
      }
      lines += [""] + table.lines(width: width)
    }
    return lines
  }

  /// What would be lost with this computer, log by log.
  private var onlyHere: [String] {
    let logs = status.unsentLogs.map { unsent in
      let carried =
        unsent.exported == 0
        ? "" : unsent.exported == unsent.entries ? "，都已导出待送达" : "，其中 \(unsent.exported) 条已导出待送达"
      return
        "  只在本机：“\(directory.name(of: unsent.log.unit))”\(unsent.log.channel.title) \(unsent.entries) 条\(carried)，最早 "
        + clock.minute(unsent.oldestMilliseconds, thisYear: today.year)
    }
    let files =
      status.unsentFiles.files == 0
      ? []
      : [
        "  只在本机：佐证材料 \(status.unsentFiles.files) 个文件（\(ByteCount(status.unsentFiles.bytes).text)），同步时送出"
      ]
    return logs + files
      + (status.waitingBundles > 0 ? ["有 \(status.waitingBundles) 个收下的报送包还在等更早的内容，收到后自动接上。"] : [])
  }

  private var stopped: [String] {
    [
      "⚠ 本机已被停用，不能再填写" + (status.unsentEntries > 0 ? "；没有送出的 \(status.unsentEntries) 条都在本机，没有丢" : "") + "。",
      SessionError.afterStop(status.unsentEntries) + "。",
    ]
  }

  /// Who cannot read 本单位底稿 yet, and what cannot be read here.
  private var sealing: [String] {
    let strangers = status.sealing.strangers.map {
      "新设备“\($0.name)”（\($0.id.short)）还不能读本单位底稿，请确认是本单位的设备：unitcli device admit \($0.id.short)"
    }
    let unreadable = status.sealing.unreadable
    return strangers
      + (unreadable > 0 ? ["本单位底稿有 \(unreadable) 条本机还读不了，请在写它的设备上确认本机（unitcli device admit）后再同步。"] : [])
  }

  /// Days after which somebody should ask why the school has not receipted what a hub took.
  private static let receiptDays: UInt64 = 7

  /// What the school itself has signed for: a hub between that passes nothing on shows here.
  private var delivered: String? {
    guard let delivery = status.delivery else { return nil }
    let receipt = delivery.receipt.map { "学校已收到本单位 \(clock.dayText($0.milliseconds, thisYear: today.year))前送达的内容（回执）" }
    if delivery.underway == 0 { return receipt.map { $0 + "。" } }
    var text = (receipt.map { $0 + "；" } ?? "") + "有 \(delivery.underway) 条已交汇总点，学校还没有回执"
    if let oldest = delivery.oldestMilliseconds, now > oldest, (now - oldest) / 86_400_000 >= Self.receiptDays {
      text = "⚠ " + text + "，最早的已 \((now - oldest) / 86_400_000) 天，请向上级询问"
    }
    return text + "。"
  }

  /// That this folder was once set back or copied: it stays on the screen, and says what is left to do.
  private var restored: String? {
    guard let last = status.renewals.last else { return nil }
    let day = clock.dayText(last.milliseconds, thisYear: today.year)
    let open = status.ownCopyConflicts
    return "本机资料曾被还原或复制（\(day)发现\(status.renewals.count > 1 ? "，共 \(status.renewals.count) 次" : "")），两份均已保留"
      + (open > 0 ? "，其中 \(open) 处两份填法不同，请核定" : "")
  }

  /// What is safe and what is not yet sent.
  var safety: String {
    if status.isTop { return "资料存在本机，各单位同步时来取" }
    let last =
      status.lastSyncMilliseconds.map { "，上次与汇总点往来 \(clock.minute($0, thisYear: today.year))" }
      ?? "，还没有与汇总点往来过"
    let nothing = status.lastSyncMilliseconds == nil ? "本机没有未送出的填写" : "本机填写已全部送出"
    return status.unsentEntries == 0
      ? nothing + last
      : "已存本机，未送出 \(status.unsentEntries) 条"
        + (status.exportedEntries > 0 ? "（其中 \(status.exportedEntries) 条已导出待送达）" : "") + last
  }
}
