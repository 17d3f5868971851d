import ArgumentParser
import Foundation
import SyncEngine
import SyncModel

/// What `attach` and `detach` share.
struct EvidencePlace: ParsableArguments {
  @Argument(help: ArgumentHelp("专项工作的名称或编号", valueName: "专项工作"))
  var campaign: String

  @Argument(help: ArgumentHelp("条目编号，例如 5.1、五.1；有几份表样时写 2:5.1", valueName: "条目"))
  var item: String

  @Option(help: ArgumentHelp("替哪个党组织附（要加 --on-behalf）", valueName: "党组织"))
  var unit: String?

  @Flag(name: .customLong("on-behalf"), help: "上级代填，会记为代填")
  var onBehalf = false

  func found(in office: Office) throws -> (campaign: Campaign, item: CampaignItem, unit: DirectoryUnit) {
    let campaign = try office.campaign(self.campaign)
    let unit = try office.unitOrOwn(self.unit)
    if unit.path == office.identity.unit, onBehalf {
      throw Refusal.usage("\(unit.label) 是本单位，不用代填", hint: "请去掉 --on-behalf")
    }
    return (campaign, try office.item(item, of: campaign), unit)
  }
}

struct AttachCommand: OfficeCommand {
  static let configuration = CommandConfiguration(
    commandName: "attach", abstract: "给一项附上佐证材料",
    discussion: """
      例：unitcli attach 2026年党建自查 5.1 会议记录.pdf 现场照片.jpg
      照片和录像里的拍摄地点等附带信息会先清除，画面不变；原文件不动。佐证材料可以不附。
      文件存在本机资料库里，下次同步时送出；中断了下次接着传。
      """)

  @OptionGroup var place: EvidencePlace

  @Argument(help: ArgumentHelp("要附的文件，可写多个", valueName: "文件"))
  var files: [String]

  @Option(help: ArgumentHelp("附上后叫什么（只附一个文件时）", valueName: "名称"))
  var name: String?

  @OptionGroup var global: GlobalOptions

  func perform(in session: Session) throws {
    if name != nil, files.count > 1 { throw Refusal.usage("--name 只能用于一个文件", hint: "请一个一个附") }
    if name == nil, files.contains(where: { RawText.isRaw(($0 as NSString).lastPathComponent) }) {
      throw Refusal(
        code: "notUTF8", message: "文件名的编码认不出来（既不是 UTF-8，也不是 GB18030），没有附", hint: "请加 --name 写明附上后叫什么，例如 --name 会议记录.pdf"
      )
    }
    let office = try session.openToWrite()
    let (campaign, item, unit) = try place.found(in: office)
    let standing = try session.sayEnding(of: unit, office)
    let attached = try office.attach(files, named: name, to: item, of: campaign, unit: unit, onBehalf: place.onBehalf)
    for file in attached.added {
      let isCleaned = attached.cleaned.contains(file.fileName)
      session.say(
        "\(campaign.itemPlace(item.item.id, slot: item.slot)) 佐证材料：\(AnswerField.evidence.display(file.value))\(isCleaned ? "，拍摄地点等附带信息已清除" : "")"
          + (place.onBehalf ? "（代填）" : ""))
    }
    for file in attached.already {
      session.say("\(campaign.itemPlace(item.item.id, slot: item.slot))已经附了“\(file.fileName)”，没有再附")
    }
    session.sayConcerned(unit)
    let unsent = try session.saySaved(office, newIncarnation: attached.written?.newIncarnation ?? false)
    let files = try office.workspace.unsentFiles()
    if files.files > 0 { session.say("未送出的佐证材料 \(files.files) 个（\(ByteCount(files.bytes).text)），下次同步时送出") }
    let told: JSON = [
      "entry": .optional(attached.written) { .text($0.entry) },
      "files": .array(
        attached.added.map {
          [
            "id": .text($0.hash.description), "name": .text($0.fileName), "bytes": .integer($0.byteCount),
            "mediaType": .text($0.mediaType), "cleaned": .bool(attached.cleaned.contains($0.fileName)),
          ]
        }),
      "already": .list(attached.already.map(\.fileName)),
      "unsent": ["entries": .integer(unsent), "files": .integer(files.files)],
    ]
    session.emit(told.adding(standing))
  }
}

struct DetachCommand: OfficeCommand {
  static let configuration = CommandConfiguration(
    commandName: "detach", abstract: "撤下一项的佐证材料",
    discussion: """
      例：unitcli detach 2026年党建自查 5.1 现场照片.jpg
      文件名相同时写 unitcli evidence list 里的编号。别人同时又附上的会保留。误附了涉密或含身份证号的文件，请用 unitcli redact 依规删除。
      """)

  @OptionGroup var place: EvidencePlace

  @Argument(help: ArgumentHelp("文件名或编号，可写多个", valueName: "文件"))
  var files: [String]

  @OptionGroup var global: GlobalOptions

  func perform(in session: Session) throws {
    let office = try session.openToWrite()
    let (campaign, item, unit) = try place.found(in: office)
    let standing = try session.sayEnding(of: unit, office)
    let detached = try office.detach(files, from: item, of: campaign, unit: unit, onBehalf: place.onBehalf)
    for file in detached.files {
      session.say(
        "\(campaign.itemPlace(item.item.id, slot: item.slot)) 已撤下：\(file.attachment.fileName.visibleName)")
    }
    session.sayConcerned(unit)
    let unsent = try session.saySaved(office, newIncarnation: detached.written.newIncarnation)
    let told: JSON = [
      "entry": .text(detached.written.entry), "files": .list(detached.files.map(\.attachment.hash.description)),
      "unsent": .integer(unsent),
    ]
    session.emit(told.adding(standing))
  }
}
