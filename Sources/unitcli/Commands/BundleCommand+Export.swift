import ArgumentParser
import Foundation
import SyncEngine
import SyncHTTP
import SyncModel
import SyncReports

extension BundleCommand {
  struct Export: OfficeCommand {
    static let configuration = CommandConfiguration(abstract: "把对方还没有收到的内容做成一个加密文件")

    @Argument(help: ArgumentHelp("要写的文件；写一个文件夹就自动取名", valueName: "文件"))
    var file: String

    @Option(name: .customLong("for"), help: ArgumentHelp("报送给哪个党组织（默认上级）", valueName: "党组织"))
    var receiver: String?

    @Flag(help: "全部内容，不论对方有没有收到")
    var all = false

    @Flag(name: .customLong("since-last"), help: "只要上次导出之后的新内容")
    var sinceLast = false

    @Option(
      name: .customLong("part-size"),
      help: ArgumentHelp("每个文件最大多少，例如 20MB；装不下就分成几个（文件名加 -1of3），每个都能单独收", valueName: "大小"))
    var partSize: String?

    @OptionGroup var global: GlobalOptions

    func perform(in session: Session) throws {
      if all, sinceLast { throw Refusal.usage("--all 和 --since-last 只能用一个") }
      let partBytes = try partSize.map { text in
        guard let size = ByteCount(text: text) else {
          throw Refusal.usage("“\(text)”不是大小", hint: "请写成 20MB、500MB 或 1GB")
        }
        return size.bytes
      }
      let office = try session.open()
      let path = try self.path(office, session)
      try OutputFile.checkNew(path)
      let progress = ProgressLines(session, "已写入", least: Self.quietEntries) { "\($0) 条" }
      let made = try office.exportBundle(
        to: path, for: try receiver.map { try office.unit($0) },
        all ? .all : sinceLast ? .sinceLast : .unacknowledged, partBytes: partBytes
      ) { progress.tell($0.done, of: $0.total) }
      let status = try office.status()
      session.emit([
        "entries": .integer(made.entries), "for": .text(made.receiver.description),
        "file": .text(made.files.first ?? path), "files": .list(made.files),
        "recipients": .integer(made.recipients), "exported": .integer(status.exportedEntries),
        "noted": .bool(made.isNoted),
        "left": .array(
          made.left.sorted { $0.key < $1.key }.map {
            [
              "unit": .text($0.key.unit.description), "channel": .text("\($0.key.channel)"),
              "entries": .integer($0.value),
            ]
          }),
      ])
      let receiver = try office.directory().label(of: made.receiver)
      if made.files.count == 1 {
        session.say("已把 \(made.entries) 条内容加密给 \(receiver)，写入 \(made.files[0])")
      } else {
        session.say("已把 \(made.entries) 条内容加密给 \(receiver)，分成 \(made.files.count) 个文件（送达先后不论，但都要送到）：")
        for file in made.files { session.say("  \(file)") }
      }
      if !made.isNoted { try sayWhatIsLeft(made, office, session) }
      if status.exportedEntries > 0 { session.say("其中本机填写的 \(status.exportedEntries) 条已导出待送达，收到回执或联网同步后才算送出") }
    }

    private func sayWhatIsLeft(_ made: BundleExport, _ office: Office, _ session: Session) throws {
      session.say("资料文件夹写不进，没有记下这次导出。")
      if made.left.isEmpty { return }
      let directory = try office.directory()
      session.say("没有导出的（以前没有送出过，现在又记不下送出了什么）：")
      for (log, entries) in made.left.sorted(by: { $0.key < $1.key }) {
        session.say("  \(directory.name(of: log.unit)) \(log.channel.title) \(entries) 条")
      }
      session.say("下一步：腾出空间（只读的磁盘请先改为能写）后再导出一次；急需全部送走，请用 unitcli backup /media/U盘/备份文件")
    }

    /// Up to so many entries nobody needs to be told how far it is.
    private static let quietEntries = 20_000

    private func path(_ office: Office, _ session: Session) throws -> String {
      let path = (file as NSString).expandingTildeInPath
      var isFolder: ObjCBool = false
      guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue else {
        return path
      }
      let unit = try office.directory().name(of: office.identity.unit)
      let name = SafeFileName.name("报送包-\(unit)-\(try session.today())")
      return (path as NSString).appendingPathComponent(name + ".bundle")
    }
  }
}
