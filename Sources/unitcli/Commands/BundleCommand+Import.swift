import ArgumentParser
import Foundation
import SyncEngine
import SyncHTTP
import SyncModel

extension BundleCommand {
  struct Import: OfficeCommand {
    static let configuration = CommandConfiguration(abstract: "收下报送包，或收下回执；可以一次写几个文件，先后不论")

    @Argument(help: ArgumentHelp("报送包或回执文件", valueName: "文件"))
    var files: [String]

    @OptionGroup var global: GlobalOptions

    func perform(in session: Session) throws {
      let office = try session.open()
      let paths = files.map { ($0 as NSString).expandingTildeInPath }
      var (appointments, bundles, receipts) = ([String](), [String](), [String]())
      for path in paths {
        if Appointment.isOne(path) {
          appointments.append(path)
        } else if try Office.isReceipt(path) {
          receipts.append(path)
        } else {
          bundles.append(path)
        }
      }
      var taken = Taken()
      for path in appointments { try appointment(path, office, session, &taken) }
      let screen = ImportScreen(office, session, isOneOfSeveral: paths.count > 1)
      if !bundles.isEmpty {
        let progress = ProgressLines(session, "已收取", least: Self.quietBytes) { ByteCount($0).text }
        let imports = try office.importBundles(from: bundles) { progress.tell($0.done, of: $0.total) }
        for bundle in imports.files {
          taken.add(try screen.tell(bundle), entries: bundle.entries, new: bundle.new, duplicates: bundle.duplicates)
        }
        for bundle in imports.late { session.say("以前收过的报送包（等着更早的内容）现在收下了 \(bundle.new) 条") }
        screen.tellMissing(imports.files)
        if imports.files.contains(where: \.isSenderKnown) { session.say("可用 unitcli bundle receipt 文件 给对方做回执。") }
      }
      for path in receipts { try receipt(path, office, session, &taken) }
      let pending = try office.status().pending
      session.emit(taken.json.adding(["pending": .integer(pending)]))
    }

    /// One file stands for itself; of several the counts add up, and each stands in `files`.
    private struct Taken {
      private var files: [JSON] = []
      private var (entries, new, duplicates) = (0, 0, 0)

      mutating func add(_ json: JSON, entries: Int = 0, new: Int = 0, duplicates: Int = 0) {
        files.append(json)
        self.entries += entries
        self.new += new
        self.duplicates += duplicates
      }

      var json: JSON {
        if files.count == 1 { return files[0] }
        return [
          "entries": .integer(entries), "new": .integer(new), "duplicates": .integer(duplicates),
          "files": .array(files),
        ]
      }
    }

    /// Smaller files are there before anybody has read a line about them.
    private static let quietBytes = 20_000_000

    private func appointment(
      _ path: String, _ office: Office, _ session: Session, _ all: inout Taken
    ) throws {
      guard let data = FileManager.default.contents(atPath: path) else { throw BundleError.unreadable(path) }
      let taken = try office.take(appointment: [UInt8](data))
      session.say("已收下学校根密钥签的文件（任命或停用），本机照此办理；用 unitcli device list 查看。")
      let entries = taken.new + taken.duplicates
      all.add(
        [
          "file": .text(path), "entries": .integer(entries), "new": .integer(taken.new),
          "duplicates": .integer(taken.duplicates),
        ], entries: entries, new: taken.new, duplicates: taken.duplicates)
    }

    private func receipt(
      _ path: String, _ office: Office, _ session: Session, _ all: inout Taken
    ) throws {
      let taken = try office.importReceipt(from: path)
      let unsent = try office.status().unsentEntries
      session.say(
        "“\(try office.directory().name(of: taken.unit))”的回执：本机填写的 \(taken.acknowledged) 条已送达，未送出 \(unsent) 条")
      all.add([
        "file": .text(path), "entries": 0, "new": 0, "duplicates": 0, "from": .text(taken.unit.description),
        "acknowledged": .integer(taken.acknowledged), "unsent": .integer(unsent),
      ])
    }
  }
}
