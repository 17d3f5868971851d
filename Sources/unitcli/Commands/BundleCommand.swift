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
          unitcli bundle export . --part-size 20MB （太大发不出去时分成几个，文件名自动取）
          unitcli bundle import 报送*.bundle    （上级；几个文件先后不论，缺哪个会说）
          unitcli bundle receipt 回执.receipt   （上级做回执，本单位再用 bundle import 收回执）
      """,
    subcommands: [Export.self, Import.self, Receipt.self])

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
      session.say("给 \(try office.directory().label(of: made.unit)) 的回执已写入 \(path)，请交回对方用 unitcli bundle import 收下")
    }
  }
}
