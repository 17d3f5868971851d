import Foundation
import SyncEngine
import SyncModel

/// What came of taking bundles in, on the screen and as JSON.
struct ImportScreen {
  private let office: Office
  private let session: Session
  private let isOneOfSeveral: Bool

  init(_ office: Office, _ session: Session, isOneOfSeveral: Bool) {
    self.office = office
    self.session = session
    self.isOneOfSeveral = isOneOfSeveral
  }

  /// - Returns: the same for scripts.
  func tell(_ taken: BundleImport) throws -> JSON {
    let directory = try office.directory()
    let sender = directory.name(of: taken.sender)
    let maker = taken.senderDevice.map { "“\(sender)”的“\($0)”" } ?? "一台还没有登记的设备（自称属于“\(sender)”）"
    let part = taken.part.map { "（一组 \($0.count) 个文件中的第 \($0.number) 个）" } ?? ""
    session.say(
      (isOneOfSeveral ? "\(name(taken))：" : "")
        + "\(maker)做的报送包\(part)：共 \(taken.entries) 条，新收 \(taken.new) 条，早已有 \(taken.duplicates) 条")
    for refusal in taken.refusals {
      session.say(
        "没有收下：“\(directory.name(of: refusal.log.unit))”\(refusal.log.channel.title)，写入序列 \(refusal.replica.short) 第 \(refusal.seq) 条起（\(refusal.reason.words)）"
      )
    }
    if taken.withheld > 0 {
      session.say(
        "做这个包的设备还没有登记，只收了其中的通知，另有 \(taken.withheld) 条没有收下：请先与上级同步（或收取带名册的报送包），再收一次这个包。")
    }
    if taken.gaps > 0 {
      session.say(
        taken.isKept
          ? "有 \(taken.gaps) 段前面的内容还没收到：这个包已留存在本机，收到更早的报送包（或联网同步）后自动接上。"
          : "有 \(taken.gaps) 段前面的内容还没收到：请先收更早的报送包（或联网同步），再收一次这个包。")
    }
    return [
      "file": .text(taken.path), "entries": .integer(taken.entries), "new": .integer(taken.new),
      "duplicates": .integer(taken.duplicates), "from": .text(taken.sender.description),
      "device": .optional(taken.senderDevice, JSON.text), "missingBefore": .integer(taken.gaps),
      "kept": .bool(taken.isKept), "part": .optional(taken.part) { .integer($0.number) },
      "parts": .optional(taken.part) { .integer($0.count) },
      "missingParts": .array(taken.missing.map(JSON.integer)), "refused": .array(taken.refusals.map(\.json)),
      "withheld": .integer(taken.withheld),
    ]
  }

  /// Of each set once, what has not come, by name where the names are still the ones that were given.
  func tellMissing(_ files: [BundleImport]) {
    let last = Dictionary(files.compactMap { file in file.part.map { ($0.set, file) } }, uniquingKeysWith: { $1 })
    for file in last.values.sorted(by: { $0.path < $1.path }) {
      guard let part = file.part else { continue }
      if file.missing.isEmpty {
        session.say("这一组 \(part.count) 个文件已经收齐。")
      } else {
        let names = file.missing.map { part.name(of: $0, besides: file.path) ?? "第 \($0) 个" }.joined(separator: "、")
        session.say("这一组 \(part.count) 个文件还缺 \(file.missing.count) 个：\(names)。已收的都算数，缺的收到后再收即可。")
      }
    }
  }

  private func name(_ taken: BundleImport) -> String {
    taken.path.split(separator: "/").last.map(String.init) ?? taken.path
  }
}
