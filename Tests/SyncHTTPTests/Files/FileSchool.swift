import Foundation
import SyncEngine
import SyncHTTP
import SyncModel
import SyncTesting
import Testing

/// A school with a sheet to fill in, one unit with two laptops, another unit with one, all enrolled and in step.
struct FileSchool {
  let school: TestSchool
  let root: Office
  let campaign: Campaign
  let first: Office
  let second: Office
  /// Of a unit beside.
  let stranger: Office

  init() throws {
    school = try TestSchool()
    root = try school.found()
    for (path, name) in [("school/cs", "计算机学院党总支"), ("school/maths", "数学学院党总支")] {
      _ = try root.at(school.now()).addUnit(path, name: name, kind: .committee, type: nil)
    }
    campaign = try school.publishSheet(by: root)
    first = try school.enrol("school/cs", by: root, person: "张三", device: "一号机")
    second = try school.enrol("school/cs", by: root, person: "李四", device: "二号机")
    stranger = try school.enrol("school/maths", by: root, person: "王五", device: "三号机")
    for laptop in [first, second, stranger] { try school.synchronize(laptop, with: root) }
  }

  /// Bytes that no compression or sparse file makes small, the same for a seed.
  static func bytes(_ count: Int, seed: UInt64) -> [UInt8] {
    var generator = SeededGenerator(seed: seed)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count + 8)
    while bytes.count < count { withUnsafeBytes(of: generator.next()) { bytes += $0 } }
    return Array(bytes.prefix(count))
  }

  /// A document in the school's folder. - Returns: its path.
  func file(_ name: String, _ bytes: [UInt8]) throws -> String {
    let path = school.folder + "/" + name
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    return path
  }

  /// Attaches a document of so many bytes to item 1.1 of the office's own unit.
  @discardableResult
  func attach(_ office: Office, _ name: String = "会议记录.pdf", byteCount: Int, seed: UInt64 = 1) throws
    -> SyncModel.Attachment
  {
    let path = try file(name, Self.bytes(byteCount, seed: seed))
    let attached = try office.at(school.now()).attach(
      [path], to: try office.item("1.1", of: campaign), of: campaign, unit: try office.ownUnit(), onBehalf: false)
    return try #require(attached.added.first)
  }

  func attached(_ office: Office, unit: String = "school/cs") throws -> [AttachedFile] {
    try office.evidence(of: try office.unit(unit), campaign: campaign)
  }
}
