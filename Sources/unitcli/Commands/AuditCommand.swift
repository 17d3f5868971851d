import ArgumentParser
import SyncEngine
import SyncHTTP
import SyncModel
import SyncReports

/// What is stored and does not count, and what looks wrong.
struct AuditCommand: OfficeCommand {
  static let configuration = CommandConfiguration(
    commandName: "audit", abstract: "查看存而不算的内容（无权、停用后、还在等待）和出现分叉的写入序列")

  @OptionGroup var global: GlobalOptions

  func perform(in session: Session) throws {
    let office = try session.open()
    let audit = try office.audit()
    let evidence = office.workspace.evidence()
    session.emit(
      json(audit).adding([
        "evidence": .array(
          evidence.map { ["file": .text($0.file), "hub": .optional($0.hub) { .text($0.description) }] })
      ]))
    try session.sayUnlessJSON(try lines(audit, office, width: session.console.columns))
    if !evidence.isEmpty { session.sayUnlessJSON([""] + evidence.map { line($0.file, $0.hub, office) }) }
  }

  private func json(_ audit: Audit) -> JSON {
    [
      "aside": .array(
        audit.aside.map {
          [
            "unit": .text($0.log.unit.description), "channel": .text("\($0.log.channel)"),
            "device": .text($0.device.description), "deviceName": .text($0.deviceName),
            "replica": .text($0.replica.description), "first": .integer(Int($0.first)), "last": .integer(Int($0.last)),
            "reason": .text($0.reason.rawValue),
          ]
        }),
      "forked": .array(
        audit.forked.map {
          [
            "unit": .text($0.log.unit.description), "channel": .text("\($0.log.channel)"),
            "device": .text($0.device.description), "deviceName": .text($0.deviceName),
            "replica": .text($0.replica.description), "forks": .array($0.forks.map { .integer(Int($0)) }),
          ]
        }),
    ]
  }

  private func lines(_ audit: Audit, _ office: Office, width: Int) throws -> [String] {
    if audit.aside.isEmpty, audit.forked.isEmpty { return ["没有存而不算的内容，也没有分叉的写入序列。"] }
    let directory = try office.directory()
    var lines: [String] = []
    if !audit.aside.isEmpty {
      var table = TextTable([
        .init("党组织", wraps: true), .init("日志"), .init("设备", wraps: true), .init("条"), .init("为何不算", wraps: true),
      ])
      for feed in audit.aside {
        table.add([
          directory.name(of: feed.log.unit), feed.log.channel.title, name(feed.deviceName, feed.device),
          feed.first == feed.last ? "\(feed.first)" : "\(feed.first)–\(feed.last)", feed.reason.title,
        ])
      }
      lines += ["存而不算的内容："] + table.lines(width: width)
    }
    if !audit.forked.isEmpty {
      lines += lines.isEmpty ? [] : [""]
      lines.append("分叉的写入序列（设备的资料曾被还原或复制；若不是，它的密钥可能在两个人手里，请停用）：")
      lines += audit.forked.map { feed in
        "  \(directory.name(of: feed.log.unit)) \(feed.log.channel.title)：\(name(feed.deviceName, feed.device))，"
          + "第 \(feed.forks.map(String.init).joined(separator: "、")) 条之后"
      }
    }
    return lines
  }

  private func line(_ file: String, _ hub: DeviceID?, _ office: Office) -> String {
    guard let hub else { return "evidence/\(file)：不成立" }
    let known = try? office.directory().devices[hub]
    return "evidence/\(file)：汇总点 \(name(known?.name ?? "", hub)) 出示过的资料后来没有了，双方签名齐全，可以交给上级核对"
  }

  private func name(_ name: String, _ device: DeviceID) -> String {
    name.isEmpty ? device.short : "\(name)（\(device.short)）"
  }
}

extension AsideFeed.Reason {
  fileprivate var title: String {
    switch self {
    case .unknownDevice: "设备还没有登记"
    case .notEntitled: "设备无权写这里"
    case .afterCut: "写于停用或划转之后"
    case .waiting: "还缺它所依据的内容"
    case .malformed: "格式不对"
    case .needsNewerVersion: "需要新版本"
    case .sealed: "本机还读不了，要在写它的设备上确认本机"
    }
  }
}
