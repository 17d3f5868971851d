import ArgumentParser
import SyncEngine
import SyncModel
import SyncReports

extension InviteCommand {
  struct List: OfficeCommand {
    static let configuration = CommandConfiguration(
      commandName: "list", abstract: "看发出过的邀请：谁发的，未使用、已使用（哪台设备）、已过期、已撤销，或因发出的设备停用而失效")

    @Option(help: ArgumentHelp("哪个党组织及其下属（默认全部）", valueName: "党组织"))
    var unit: String?

    @Option(help: ArgumentHelp("只看：open 未使用、used 已使用、expired 已过期、revoked 已撤销、ended 已失效", valueName: "情况"))
    var state: String?

    @OptionGroup var global: GlobalOptions

    func perform(in session: Session) throws {
      let state = try self.state.map(Self.state)
      let office = try session.open()
      let tree = try office.directory().tree
      let top = try unit.map { try office.unit($0).path }
      let invitations = try office.invitations().filter { record in
        (top.map { tree.contains($0, record.unit) } ?? true)
          && (state.map { record.state(at: office.claimedMilliseconds) == $0 } ?? true)
      }
      try session.emit(["invitations": .array(invitations.map { try Self.json($0, office, session) })])
      try session.sayUnlessJSON(try Self.lines(invitations, office, session))
    }

    private static func state(_ text: String) throws -> InvitationRecord.State {
      guard let state = InvitationRecord.State.allCases.first(where: { $0.rawValue == text || title($0) == text })
      else {
        throw Refusal.usage(
          "没有“\(text)”这种情况",
          hint: "可选：" + InvitationRecord.State.allCases.map { "\($0.rawValue)（\(title($0))）" }.joined(separator: "、"))
      }
      return state
    }

    private static func json(_ record: InvitationRecord, _ office: Office, _ session: Session) throws -> JSON {
      let issuer = try office.issuer(of: record)
      return [
        "id": .text(record.id.description), "unit": .text(record.unit.description), "roles": .list(record.roles.names),
        "expires": .text(try session.clock.iso8601(record.expires)),
        "state": InviteCommand.json(record.state(at: office.claimedMilliseconds)),
        "devices": .list(record.usedBy.sorted().map(\.description)),
        "issuer": [
          "device": .text(issuer.device.description), "name": .text(issuer.deviceName),
          "person": .optional(issuer.person) { .text($0) },
        ],
      ]
    }

    private static func lines(
      _ invitations: [InvitationRecord], _ office: Office, _ session: Session
    ) throws -> [String] {
      if invitations.isEmpty { return ["没有这样的邀请。"] }
      let directory = try office.directory()
      let (clock, year) = (try session.clock, try session.today().year)
      var table = TextTable([
        .init("党组织", wraps: true), .init("职责", wraps: true), .init("情况"), .init("设备", wraps: true), .init("有效期至"),
        .init("发出", wraps: true), .init("编号"),
      ])
      for record in invitations {
        let state = record.state(at: office.claimedMilliseconds)
        table.add([
          directory.name(of: record.unit), record.roles.titles, title(state),
          record.usedBy.sorted().map { directory.devices[$0]?.name ?? $0.short }.joined(separator: "、"),
          state == .used ? "" : clock.minute(record.expires, thisYear: year),
          Self.issuer(try office.issuer(of: record)),
          record.id.short,
        ])
      }
      let counts = InvitationRecord.State.allCases.compactMap { state -> String? in
        let count = invitations.count { $0.state(at: office.claimedMilliseconds) == state }
        return count == 0 ? nil : "\(title(state)) \(count)"
      }
      return table.lines(width: session.console.columns) + ["", counts.joined(separator: "，")]
    }

    /// `王五（计院办公室主机）`.
    private static func issuer(_ issuer: Office.Issuer) -> String {
      let device = issuer.deviceName.isEmpty ? issuer.device.short : issuer.deviceName
      return issuer.person.map { "\($0)（\(device)）" } ?? device
    }
  }

  struct Revoke: OfficeCommand {
    static let configuration = CommandConfiguration(
      commandName: "revoke", abstract: "撤销还没有用过的邀请", discussion: "写邀请的编号，或党组织（撤销它全部未使用的邀请）。已加入的设备不受影响。")

    @Argument(help: ArgumentHelp("编号或党组织，可写多个", valueName: "邀请"))
    var targets: [String]

    @OptionGroup var global: GlobalOptions

    func perform(in session: Session) throws {
      let office = try session.openToWrite()
      let known = try office.invitations()
      var chosen: [InvitationRecord.Key: InvitationRecord] = [:]
      for text in TypedNames.list(targets) {
        for record in try Self.find(text, known, office) { chosen[record.key] = record }
      }
      let records = chosen.values.sorted { ($0.unit, $0.id) < ($1.unit, $1.id) }
      try office.revoke(records)
      session.emit(["revoked": .list(records.map(\.id.description))])
      let directory = try office.directory()
      for record in records { session.say("已撤销 \(directory.label(of: record.unit)) 的邀请 \(record.id.short)") }
      try session.saySaved(office)
    }

    private static func find(
      _ text: String, _ known: [InvitationRecord], _ office: Office
    ) throws -> [InvitationRecord] {
      do {
        let all = try office.invitations(text)
        let standing = all.filter { ![.used, .revoked].contains($0.state(at: office.claimedMilliseconds)) }
        if !standing.isEmpty { return standing }
        let record = all[0]
        switch record.state(at: office.claimedMilliseconds) {
        case .open, .expired, .ended: return [record]
        case .used:
          throw Refusal(
            code: "invitationUsed", message: "邀请 \(record.id.short) 已被设备用过，撤销不起作用",
            hint: "要停用设备，请在设备名册里处理：unitcli device list")
        case .revoked:
          throw Refusal(
            code: "invitationRevoked", message: "邀请 \(record.id.short) 已经撤销过了", hint: "用 unitcli invite list 查看")
        }
      } catch OfficeError.unknownInvitation {
        let unit: DirectoryUnit
        do { unit = try office.unit(text) } catch OfficeError.unknownUnit { throw OfficeError.unknownInvitation(text) }
        let open = known.filter { $0.unit == unit.path && $0.state(at: office.claimedMilliseconds) == .open }
        if open.isEmpty {
          throw Refusal(
            code: "noOpenInvitation", message: "\(unit.label) 没有未使用的邀请", hint: "用 unitcli invite list 查看")
        }
        return open
      }
    }
  }

  struct Renew: OfficeCommand {
    static let configuration = CommandConfiguration(
      commandName: "renew", abstract: "把没用过的邀请重发一份，换新的有效期",
      discussion: "系统不保存加入凭据，所以重发的是新的一份，原来那份随即作废。")

    @Argument(help: ArgumentHelp("邀请的编号，见 unitcli invite list", valueName: "编号"))
    var id: String

    @OptionGroup var invitation: InvitationOptions
    @OptionGroup var global: GlobalOptions

    func perform(in session: Session) throws {
      _ = try TypedNames.span(invitation.expires)
      let office = try session.openToWrite()
      let record = try office.invitation(id)
      let output = try InvitationOutput(session, invitation, office)
      if let out = invitation.out { try OutputFile.checkNew(out) }
      let renewed = try office.renew(record, hub: output.hub, validMilliseconds: output.validMilliseconds)
      try output.show(renewed, "已为 \(try office.directory().label(of: renewed.unit)) 重发邀请")
      session.say("原来那份已作废，请把新的交给本人")
      try session.saySaved(office)
    }
  }
}
