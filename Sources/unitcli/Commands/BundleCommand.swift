import ArgumentParser
import Foundation
import SyncEngine
import SyncModel

struct BundleCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bundle", abstract: "报送包：没有网络时，用U盘或聊天工具送一个文件",
    discussion: """
      报送包已加密，只有收方单位（和本单位）的设备打得开；收两次、晚收都没有关系。
      例：unitcli bundle export 报送.bundle     （本单位）
          unitcli bundle import 报送.bundle     （上级）
          unitcli bundle receipt 回执.receipt   （上级做回执，本单位再用 bundle import 收回执）
      """,
    subcommands: [Export.self, Import.self, Receipt.self])

  struct Export: OfficeCommand {
    static let configuration = CommandConfiguration(abstract: "把对方还没有收到的内容做成一个加密文件")

    @Argument(help: ArgumentHelp("要写的文件", valueName: "文件"))
    var file: String

    @Option(name: .customLong("for"), help: ArgumentHelp("报送给哪个党组织（默认上级）", valueName: "党组织"))
    var receiver: String?

    @Flag(help: "全部内容，不论对方有没有收到")
    var all = false

    @Flag(name: .customLong("since-last"), help: "只要上次导出之后的新内容")
    var sinceLast = false

    @OptionGroup var global: GlobalOptions

    func perform(in session: Session) throws {
      if all, sinceLast { throw Refusal.usage("--all 和 --since-last 只能用一个") }
      let office = try session.open()
      try OutputFile.checkNew(file)
      let receiver = try self.receiver.map { try office.unit($0) }
      let path = (file as NSString).expandingTildeInPath
      let made = try office.exportBundle(
        to: path, for: receiver, all ? .all : sinceLast ? .sinceLast : .unacknowledged)
      let status = try office.status()
      session.emit([
        "entries": .integer(made.entries), "for": .text(made.receiver.description), "file": .text(path),
        "recipients": .integer(made.recipients), "exported": .integer(status.exportedEntries),
      ])
      session.say("已把 \(made.entries) 条内容加密给“\(try office.directory().name(of: made.receiver))”，写入 \(path)")
      if status.exportedEntries > 0 { session.say("其中本机填写的 \(status.exportedEntries) 条已导出待送达，收到回执或联网同步后才算送出") }
    }
  }

  struct Import: OfficeCommand {
    static let configuration = CommandConfiguration(abstract: "收下报送包，或收下回执")

    @Argument(help: ArgumentHelp("报送包或回执文件", valueName: "文件"))
    var file: String

    @OptionGroup var global: GlobalOptions

    func perform(in session: Session) throws {
      let office = try session.open()
      let path = (file as NSString).expandingTildeInPath
      if Appointment.isOne(path) { return try appointment(path, office, session) }
      if try Office.isReceipt(path) { return try receipt(path, office, session) }
      let taken = try office.importBundle(from: path)
      let directory = try office.directory()
      try session.emit([
        "entries": .integer(taken.entries), "new": .integer(taken.new), "duplicates": .integer(taken.duplicates),
        "from": .text(taken.sender.description), "device": .optional(taken.senderDevice, JSON.text),
        "missingBefore": .integer(taken.gaps),
        "refused": .array(taken.refusals.map(\.json)), "withheld": .integer(taken.withheld),
        "pending": .integer(try office.status().pending),
      ])
      let sender = directory.name(of: taken.sender)
      let maker = taken.senderDevice.map { "“\(sender)”的“\($0)”" } ?? "一台还没有登记的设备（自称属于“\(sender)”）"
      session.say(
        "\(maker)做的报送包：共 \(taken.entries) 条，新收 \(taken.new) 条，早已有 \(taken.duplicates) 条"
      )
      for refusal in taken.refusals {
        session.say(
          "没有收下：“\(directory.name(of: refusal.log.unit))”\(refusal.log.channel.title)，写入序列 \(refusal.replica.short) 第 \(refusal.seq) 条起（\(refusal.reason.words)）"
        )
      }
      if taken.withheld > 0 {
        session.say(
          "做这个包的设备还没有登记，只收了其中的通知，另有 \(taken.withheld) 条没有收下：请先与上级同步（或收取带名册的报送包），再收一次这个包。")
      }
      if taken.gaps > 0 { session.say("有 \(taken.gaps) 段前面的内容还没收到：请先收更早的报送包（或联网同步），再收一次这个包。") }
      if taken.isSenderKnown { session.say("可用 unitcli bundle receipt 文件 给对方做回执。") }
    }

    private func appointment(_ path: String, _ office: Office, _ session: Session) throws {
      guard let data = FileManager.default.contents(atPath: path) else { throw BundleError.unreadable(path) }
      let taken = try office.take(appointment: [UInt8](data))
      session.emit([
        "entries": .integer(taken.new + taken.duplicates), "new": .integer(taken.new),
        "duplicates": .integer(taken.duplicates),
      ])
      session.say("已收下学校根密钥签的文件（任命或停用），本机照此办理；用 unitcli device list 查看。")
    }

    private func receipt(_ path: String, _ office: Office, _ session: Session) throws {
      let taken = try office.importReceipt(from: path)
      let status = try office.status()
      session.emit([
        "entries": 0, "new": 0, "duplicates": 0, "from": .text(taken.unit.description),
        "acknowledged": .integer(taken.acknowledged), "unsent": .integer(status.unsentEntries),
      ])
      session.say(
        "“\(try office.directory().name(of: taken.unit))”的回执：本机填写的 \(taken.acknowledged) 条已送达，未送出 \(status.unsentEntries) 条"
      )
    }
  }

  struct Receipt: OfficeCommand {
    static let configuration = CommandConfiguration(abstract: "给送来报送包的单位做一份回执文件")

    @Argument(help: ArgumentHelp("要写的文件", valueName: "文件"))
    var file: String

    @Option(name: .customLong("for"), help: ArgumentHelp("给哪个党组织（默认最近收的报送包的单位）", valueName: "党组织"))
    var receiver: String?

    @OptionGroup var global: GlobalOptions

    func perform(in session: Session) throws {
      let office = try session.open()
      try OutputFile.checkNew(file)
      let path = (file as NSString).expandingTildeInPath
      let made = try office.exportReceipt(to: path, for: try receiver.map { try office.unit($0) })
      session.emit([
        "for": .text(made.unit.description), "logs": .integer(made.logs), "file": .text(path),
      ])
      session.say("给“\(try office.directory().name(of: made.unit))”的回执已写入 \(path)，请交回对方用 unitcli bundle import 收下")
    }
  }
}
