import ArgumentParser
import SyncEngine
import SyncModel

extension InviteCommand {
  struct Issue: OfficeCommand {
    static let configuration = CommandConfiguration(
      commandName: "new", abstract: "给一个党组织的一台设备发邀请，或给下属每个党组织各发一份",
      discussion: """
        例：unitcli invite 教师一支部 --role 填报人
            unitcli invite --under 计算机学院党总支 --out 邀请 --kind branch,direct
        """)

    @Argument(help: ArgumentHelp("党组织的路径或名称", valueName: "党组织"))
    var unit: String?

    @Option(
      help: ArgumentHelp("职责：reporter 填报人、signer 审签人、reviewer 审核人、inspector 督查人、admin 管理员；多个用、隔开", valueName: "职责"))
    var role: String?

    @Option(help: ArgumentHelp("给它下属的每个党组织各发一份，写入 --out 的文件夹", valueName: "党组织"))
    var under: String?

    @Option(help: ArgumentHelp("与 --under 合用：只发给这些类别，例如 branch、direct；多个用、隔开", valueName: "类别"))
    var kind: String?

    @Flag(help: "与 --under 合用：已有设备或已有未使用邀请的不再发")
    var missing = false

    @OptionGroup var invitation: InvitationOptions
    @OptionGroup var global: GlobalOptions

    func perform(in session: Session) throws {
      let kinds = try kind.map(TypedNames.kinds)
      switch (unit, under) {
      case (let unit?, nil): try one(unit, session)
      case (nil, let under?): try all(under, kinds, session)
      case (nil, nil): throw Refusal.usage("没有写明邀请哪个党组织", hint: "例如 unitcli invite 教师一支部 --role 填报人")
      default: throw Refusal.usage("党组织和 --under 只能写一个")
      }
    }

    private func one(_ unit: String, _ session: Session) throws {
      guard let role else { throw Refusal.usage("没有写明职责", hint: "例如 --role 填报人") }
      if kind != nil || missing { throw Refusal.usage("--kind、--missing 要与 --under 合用") }
      let roles = try TypedNames.roles(role)
      // Before the workspace is opened: what is typed wrong is said first.
      _ = try TypedNames.span(invitation.expires)
      let office = try session.openToWrite()
      let unit = try office.unit(unit)
      try session.sayEndedInvited(unit, office)
      let output = try InvitationOutput(session, invitation, office)
      if let out = invitation.out { try OutputFile.checkNew(out) }
      let issued = try office.invite(
        unit, roles: roles, hub: output.hub, validMilliseconds: output.validMilliseconds)
      try output.show(issued, "已为 \(unit.label) 发出邀请")
      try session.saySaved(office)
    }

    private func all(_ under: String, _ kinds: [UnitKind]?, _ session: Session) throws {
      guard let out = invitation.out else { throw Refusal.usage("没有写明邀请文件放在哪个文件夹", hint: "请加 --out 文件夹") }
      if invitation.qr || invitation.qrFile != nil { throw Refusal.usage("--under 不能同时要二维码", hint: "二维码请逐个发") }
      let roles = try TypedNames.roles(role ?? "reporter")
      _ = try TypedNames.span(invitation.expires)
      let office = try session.openToWrite()
      let above = try office.unit(under)
      let directory = try office.directory()
      var units = directory.sortedUnits.filter {
        directory.tree.isAbove(above.path, $0.path) && $0.status == .active && kinds?.contains($0.kind) ?? true
      }
      if missing {
        let served = Set(directory.devices.values.map(\.unit)).union(
          try office.invitations().filter { $0.state(at: office.claimedMilliseconds) == .open }.map(\.unit))
        units.removeAll { served.contains($0.path) }
      }
      if units.isEmpty {
        throw Refusal(
          code: "noUnits", message: "\(above.label) 下面没有要发邀请的党组织", hint: "用 unitcli unit list 查看有哪些党组织")
      }
      let output = try InvitationOutput(session, invitation, office, isFolder: true)
      try InvitationBatch(output, units: units, above: above, directory: directory, folder: out).issue(roles: roles)
      try session.saySaved(office)
    }
  }
}
