import Foundation
import SyncEngine
import SyncModel
import SyncTesting
import Testing

/// A school with a sheet to fill in and one unit with two laptops, in step.
struct EvidenceSchool {
  typealias File = SyncModel.Attachment

  let school: TestSchool
  let root: Office
  let campaign: Campaign
  let first: Office
  let second: Office

  init() throws {
    school = try TestSchool()
    root = try school.found()
    _ = try root.at(school.now()).addUnit("school/cs", name: "计算机学院党总支", kind: .committee, type: nil)
    campaign = try school.publishSheet(by: root)
    first = try school.enrol("school/cs", by: root, person: "张三", device: "一号机")
    second = try school.enrol("school/cs", by: root, person: "李四", device: "二号机")
    for laptop in [first, second] { try school.synchronize(laptop, with: root) }
  }

  func sync() throws {
    for laptop in [first, second, first] { try school.synchronize(laptop, with: root) }
  }

  func path(_ name: String, _ bytes: [UInt8]) throws -> String {
    let path = school.folder + "/" + name
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    return path
  }

  func attach(_ office: Office, _ paths: [String], item: String = "1.1") throws -> Office.Attached {
    try office.at(school.now()).attach(
      paths, to: try office.item(item, of: campaign), of: campaign, unit: try office.unit("school/cs"), onBehalf: false)
  }

  @discardableResult
  func attach(_ office: Office, _ text: String, name: String = "记录.txt", item: String = "1.1") throws -> File {
    try #require(try attach(office, [path(name, Array(text.utf8))], item: item).added.first)
  }

  @discardableResult
  func detach(_ office: Office, _ names: String..., item: String = "1.1") throws -> [AttachedFile] {
    try office.at(school.now()).detach(
      names, from: try office.item(item, of: campaign), of: campaign, unit: try office.unit("school/cs"),
      onBehalf: false
    ).files
  }

  func names(_ office: Office) throws -> [String] {
    try office.evidence(of: try office.unit("school/cs"), campaign: campaign).map(\.attachment.fileName)
  }

  /// What the index of an office says, and what the registers themselves do.
  func index(_ office: Office) throws -> (index: Set<Digest256>, registers: Set<Digest256>) {
    try office.workspace.store.read { snapshot in
      let standing = try snapshot.registers(LogID(try #require(UnitPath("school/cs")), .answers), kind: .attachment)
        .flatMap { $0.values.compactMap(File.init) }
      let registers = Set(standing.map(\.hash))
      let indexed = try registers.filter { try !snapshot.attachments(naming: $0).isEmpty }
      let missing = Set(try snapshot.missingFiles().map(\.hash))
      return (indexed.union(missing), registers)
    }
  }
}
