import Foundation
import SyncEngine
import SyncModel
import SyncReports

/// What a new invitation is handed over as: a line, a file, a QR code.
struct InvitationOutput {
  let session: Session
  let options: InvitationOptions
  let office: Office
  let validMilliseconds: UInt64
  let hub: String

  /// Checks everything that was typed before anything is saved.
  /// - Parameter isFolder: `--out` names a folder, one file for each of many units.
  init(_ session: Session, _ options: InvitationOptions, _ office: Office, isFolder: Bool = false) throws {
    self.session = session
    self.options = options
    self.office = office
    validMilliseconds = try TypedNames.span(options.expires)
    if let hub = options.hub { try Self.check(hub: hub) }
    // Given, or where this computer syncs, or where it serves itself; in the form that it is known under.
    let address = try options.hub ?? office.workspace.hubAbove() ?? office.workspace.servedAddresses().first ?? ""
    hub = HubAddress(address)?.text ?? address
    if let out = options.out, !isFolder { try OutputName.check(out, known: Self.textEndings) }
    if let file = options.qrFile {
      _ = try Self.imageKind(file)
      try OutputFile.checkNew(file)
    }
  }

  /// An invitation is a text.
  private static let textEndings = ["txt", "text", "invitation", "unitsync"]

  /// One invitation that has been recorded.
  /// - Parameter more: what else scripts are told.
  func show(_ invitation: Invitation, _ lead: String, more: JSON = .object([])) throws {
    let last = try expiry(invitation)
    let clock = try session.clock
    let json: JSON = [
      "invitation": .text(invitation.url), "id": .text(invitation.id.description),
      "unit": .text(invitation.unit.description), "roles": .list(invitation.roles.names),
      "expires": .text(clock.iso8601(invitation.expires)), "hub": .text(hub),
    ]
    session.emit(json.adding(more))
    session.say("\(lead)（\(invitation.roles.titles)），只能用一次，\(last) 前有效，编号 \(invitation.id.short)")
    var isHandedOver = false
    if let out = options.out {
      isHandedOver = write("邀请文件", to: out) { try OutputFile.write(Self.text(invitation, expires: last), to: $0) }
    }
    if options.qr || options.qrFile != nil {
      isHandedOver = showCode(invitation) || isHandedOver
    }
    // The invitation is recorded; without these lines it could never be used.
    if !isHandedOver, !session.options.json {
      session.say(invitation.url)
      session.say("对方收到后运行 unitcli join - ，把上面这行粘贴进去")
    }
    if hub.isEmpty { session.say("邀请里没有汇总点地址，对方要另外索取；需要时请加 --hub 重发一份") }
  }

  private func write(_ what: String, to path: String, _ body: (String) throws -> Void) -> Bool {
    do {
      try body(path)
      session.say("\(what)：\(path)，请单独交给本人")
      return true
    } catch {
      session.say("\(what)没有写成，请直接发送下面这行：")
      return false
    }
  }

  private func showCode(_ invitation: Invitation) -> Bool {
    guard let code = QRCode(invitation.url) else {
      session.say("邀请太长，做不成二维码，请直接发送下面这行：")
      return false
    }
    if options.qr {
      if code.terminalColumns > session.console.columns {
        session.say("窗口太窄，二维码要 \(code.terminalColumns) 列；请拉宽窗口，或用 --qr-file 存成图片")
      } else {
        session.say(code.terminalLines)
      }
    }
    guard let file = options.qrFile else { return false }
    return write("二维码", to: file) { path in
      switch try Self.imageKind(path) {
      case .png: try OutputFile.write(code.png, to: path)
      case .svg: try OutputFile.write(code.svg, to: path)
      }
    }
  }

  private enum ImageKind: String, CaseIterable {
    case png
    case svg
  }

  private static func imageKind(_ path: String) throws -> ImageKind {
    try OutputName.check(path, known: ImageKind.allCases.map(\.rawValue), needed: true)
    guard let kind = OutputName.ending(of: path).flatMap(ImageKind.init) else {
      throw Refusal.usage("“\(path)”不是二维码图片的文件名", hint: "请以 .png 或 .svg 结尾")
    }
    return kind
  }

  func expiry(_ invitation: Invitation) throws -> String {
    try session.clock.minute(invitation.expires, thisYear: try session.today().year)
  }

  private static func check(hub: String) throws {
    guard let url = URL(string: hub), ["http", "https"].contains(url.scheme ?? ""), url.host?.isEmpty == false else {
      throw Refusal.usage("“\(hub)”不是汇总点地址", hint: "请写成 https://主机 或 http://主机:端口")
    }
  }

  static func text(_ invitation: Invitation, expires: String) -> String {
    """
    \(invitation.rehearsal ? "【演练】" : "")\(VisibleText.line(invitation.schoolName))  加入邀请
    党组织：\(VisibleText.line(DirectoryUnit(path: invitation.unit, name: invitation.unitName, kind: .branch).label))
    职责：\(invitation.roles.titles)
    有效期：\(expires) 前，只能在一台电脑上用一次

    使用方法：在本人电脑上运行  unitcli join 本文件
    或者运行  unitcli join -  再把下面这行粘贴进去（不要把它写在命令里，免得留在命令记录中）

    \(invitation.url)

    """
  }
}
