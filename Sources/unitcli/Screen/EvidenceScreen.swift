import SyncEngine
import SyncModel
import SyncReports

/// Attached files on the screen and as JSON.
enum EvidenceScreen {
  static func json(_ file: AttachedFile, _ viewer: Viewer) -> JSON {
    let value: JSON = [
      "id": .text(file.attachment.hash.description), "number": .integer(file.number),
      "unit": .text(file.unit.path.description), "campaign": .optional(file.campaign) { .text($0.id.description) },
      "item": .optional(file.item) { .text($0.id) }, "slot": .integer(Int(file.slot)),
      "name": .text(file.attachment.fileName), "bytes": .integer(file.attachment.byteCount),
      "mediaType": .text(file.attachment.mediaType), "here": .bool(file.isHere),
    ]
    return file.authors.first.map { value.adding(viewer.originJSON($0, in: file.unit.path)) } ?? value
  }

  static func lines(_ files: [AttachedFile], closed: Int, _ viewer: Viewer, width: Int) -> [String] {
    var lines: [String] = []
    if files.isEmpty, closed == 0 { return ["没有佐证材料。"] }
    if !files.isEmpty {
      var table = TextTable([
        .init("条目", wraps: true), .init("编号", .right), .init("文件", wraps: true), .init("大小", .right),
        .init("谁附的", wraps: true),
        .init("文件在本机"),
      ])
      for file in files {
        table.add([
          "\(file.campaign?.name ?? "（专项工作未到）") \(place(file))", "\(file.number)",
          file.attachment.fileName, ByteCount(file.attachment.byteCount).text,
          file.authors.first.map { "\(Viewer.who($0)) \(viewer.claimed($0, in: file.unit.path))" } ?? "",
          file.isHere ? "是" : "否",
        ])
      }
      lines = table.lines(width: width)
    }
    if closed > 0 { lines.append("另有 \(closed) 个上报前不公开。") }
    if files.contains(where: { !$0.isHere }) { lines.append("不在本机的，用 unitcli evidence fetch 取回。") }
    return lines
  }

  private static func place(_ file: AttachedFile) -> String {
    guard let item = file.item, let campaign = file.campaign else { return "" }
    return campaign.itemPlace(item.id, slot: file.slot)
  }

  /// `会议记录.pdf（1.2 MB）`, one line each, under an item.
  static func detail(_ files: [AttachedFile], _ viewer: Viewer) -> [String] {
    if files.isEmpty { return [] }
    return ["  佐证材料："]
      + files.map { file in
        let origin = file.authors.first.map {
          "，\(Viewer.who($0))，\(viewer.claimed($0, in: file.unit.path))附"
        }
        return "    \(file.number)．\(AnswerField.evidence.display(file.attachment.value))\(origin ?? "")"
          + (file.isHere ? "" : "，文件不在本机")
      }
  }
}
