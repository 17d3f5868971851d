import ArgumentParser
import Foundation
import SyncEngine
import SyncHTTP
import SyncModel
import SyncReports

struct EvidenceCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evidence", abstract: "佐证材料：查看、取回、设定预先取回的范围",
    subcommands: [List.self, Fetch.self, Scope.self])

  /// Which attachments a command is about.
  struct Choice: ParsableArguments {
    @Argument(help: ArgumentHelp("专项工作的名称或编号（默认全部）", valueName: "专项工作"))
    var campaign: String?

    @Argument(help: ArgumentHelp("条目编号（默认全部）", valueName: "条目"))
    var item: String?

    @Option(help: ArgumentHelp("哪个党组织的（默认本单位）", valueName: "党组织"))
    var unit: String?

    /// Above the unit, what is not open yet is counted and not named.
    func found(in office: Office) throws -> (files: [AttachedFile], closed: Int) {
      let campaign = try self.campaign.map { try office.campaign($0) }
      let unit = try office.unitOrOwn(self.unit)
      let item = try campaign.flatMap { campaign in try self.item.map { try office.item($0, of: campaign) } }
      let all = try office.evidence(of: unit, campaign: campaign, item: item)
      let open = all.filter { unit.path == office.identity.unit || $0.campaign?.opensDrafts == true }
      return (open, all.count - open.count)
    }
  }

  struct List: OfficeCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "列出佐证材料，谁附的，文件是否在本机")

    @OptionGroup var choice: Choice
    @OptionGroup var global: GlobalOptions

    func perform(in session: Session) throws {
      let office = try session.open()
      let (files, closed) = try choice.found(in: office)
      let viewer = try Viewer(session, office)
      session.emit(["files": .array(files.map { EvidenceScreen.json($0, viewer) }), "closed": .integer(closed)])
      session.sayUnlessJSON(EvidenceScreen.lines(files, closed: closed, viewer, width: session.console.columns))
    }
  }

  struct Fetch: OfficeCommand {
    static let configuration = CommandConfiguration(
      commandName: "fetch", abstract: "从汇总点取回佐证材料的文件；中断了再运行会接着取",
      discussion: """
        例：unitcli evidence fetch 2026年党建自查 5.1 --unit 计算机学院 --out 材料
        不写文件就取全部；加 --out 时另存到那个文件夹，不覆盖已有的文件。
        """)

    @OptionGroup var choice: Choice

    @Option(name: .customLong("file"), help: ArgumentHelp("只取这个文件（文件名或编号），可写多个", valueName: "文件"))
    var names: [String] = []

    @Option(help: ArgumentHelp("另存到哪个文件夹", valueName: "文件夹"))
    var out: String?

    @Option(help: ArgumentHelp("汇总点地址（默认用记下的）", valueName: "地址"))
    var hub: String?

    @Flag(
      name: .customLong("plain-http-without-encryption"),
      help: "放弃加密：用明文 http 连接别的机器，沿途的人能看到全部内容")
    var plainWithoutEncryption = false

    @OptionGroup var global: GlobalOptions

    func perform(in session: Session) async throws {
      let office = try session.open()
      let all = try choice.found(in: office).files
      let files = names.isEmpty ? all : try names.map { try Office.find($0, among: all, item: choice.item ?? "") }
      // Read whole: of a damaged one nothing may be saved, and the hub may have it as it was.
      let damaged = files.filter { $0.isHere && !office.workspace.files.isSound($0.attachment.hash) }
      if office.workspace.store.writingRefused == nil {
        for file in damaged { try office.workspace.setAsideDamaged(file.attachment.hash) }
      }
      let missing = files.filter { !$0.isHere } + damaged
      var outcome = FileOutcome()
      if !missing.isEmpty {
        guard let address = try hub ?? office.workspace.hubAbove() else { throw TransportError.noHub }
        var options = HubOptions()
        options.plainHTTPBeyondThisMachine = plainWithoutEncryption
        let client = try HubClient(address: address, options: options)
        let bar = TransferBar(session, office)
        do {
          outcome = try await client.fetch(missing.map(\.named), for: office.workspace) { bar.show($0) }
        } catch {
          bar.end()
          try? await client.shutdown()
          throw error
        }
        bar.end()
        try await client.shutdown()
      }
      let saved = try out.map { try save(files, to: $0, office) } ?? []
      let refused = outcome.refusals.map { refusal in
        let name = files.first { $0.attachment.hash == refusal.hash }?.attachment.fileName ?? ""
        return (name: name, refusal: refusal)
      }
      session.emit([
        "fetched": .integer(outcome.received), "bytes": .integer(outcome.bytesReceived),
        "notThere": .integer(outcome.notThere), "saved": .list(saved),
        "damagedHere": .list(damaged.map(\.attachment.fileName)),
        "refused": .array(
          refused.map {
            ["file": .text($0.name), "hash": .text($0.refusal.hash.description), "code": .text($0.refusal.code)]
          }),
      ])
      session.say(
        "取回 \(outcome.received) 个文件（\(ByteCount(outcome.bytesReceived).text)），原已在本机 \(files.count - missing.count) 个")
      for path in saved { session.say("  已另存：\(path)") }
      for file in damaged { session.say("  本机的“\(file.attachment.fileName.visibleName)”已损坏，已移到一边，从汇总点重取") }
      for (name, refusal) in refused { session.say("  \(name.visibleName)：\(refusal.message)") }
      if let first = refused.first {
        throw Refusal(
          code: first.refusal.code,
          message: "有 \(refused.count) 个文件没有取回：\(refused.prefix(3).map(\.name.visibleName).joined(separator: "、"))",
          hint: "汇总点上的文件与附上时不同；请告诉汇总点管理员运行 unitcli doctor --fix，再请附它的单位同步一次")
      }
      if outcome.notThere > 0 { throw Refusal.notThere(outcome.notThere) }
    }

    private func save(_ files: [AttachedFile], to folder: String, _ office: Office) throws -> [String] {
      let folder = (folder as NSString).expandingTildeInPath
      let here = files.filter { office.workspace.files.byteCount(of: $0.attachment.hash) != nil }
      if here.isEmpty { return [] }
      try OutputFile.makePrivateFolder(folder)
      return try here.map { file in
        let name = SafeFileName.name(file.attachment.fileName) as NSString
        let manager = FileManager.default
        var path = folder + "/" + (name as String)
        var number = 2
        while manager.fileExists(atPath: path) {
          // Saved there before: the same file is not saved twice.
          if manager.contentsEqual(atPath: path, andPath: office.workspace.files.path(of: file.attachment.hash)) {
            return path
          }
          let kind = name.pathExtension
          path = "\(folder)/\(name.deletingPathExtension)-\(number)\(kind.isEmpty ? "" : "." + kind)"
          number += 1
        }
        do {
          try PrivateFile.copy(office.workspace.files.path(of: file.attachment.hash), to: path)
        } catch {
          throw Refusal.cannotWrite(path)
        }
        return path
      }
    }
  }

  struct Scope: OfficeCommand {
    static let configuration = CommandConfiguration(
      commandName: "scope", abstract: "同步时预先取回哪些佐证材料：none（用到时再取）、own（本单位的）、all（看得到的全部）")

    @Argument(help: ArgumentHelp("none、own 或 all；不写就看现在的设定", valueName: "范围"))
    var scope: String?

    @OptionGroup var global: GlobalOptions

    func perform(in session: Session) throws {
      let chosen = try scope.map { text in
        guard let chosen = FileScope(rawValue: text) ?? FileScope.allCases.first(where: { $0.title == text }) else {
          throw Refusal.usage("没有“\(text)”这个范围", hint: "可选：none、own、all")
        }
        return chosen
      }
      let office = try session.open()
      if let chosen { try office.workspace.set(chosen) }
      let now = try office.workspace.fileScope()
      session.emit(["scope": .text(now.rawValue)])
      session.say("同步时预先取回佐证材料：\(now.title)")
    }
  }
}

extension Refusal {
  static func notThere(_ count: Int) -> Refusal {
    Refusal(
      code: FileError.notHere.code, message: "有 \(count) 个文件汇总点还没有收到", hint: FileError.notHere.hint, retry: true)
  }
}
