import Foundation
import SyncEngine
import SyncModel
import SyncReports

/// Invitations for many units: a file each, and a list to print and sign on.
struct InvitationBatch {
  private let output: InvitationOutput
  private let units: [DirectoryUnit]
  private let above: DirectoryUnit
  private let directory: Directory
  private let folder: String

  static let listName = "邀请清单.html"

  init(_ output: InvitationOutput, units: [DirectoryUnit], above: DirectoryUnit, directory: Directory, folder: String) {
    self.output = output
    self.units = units
    self.above = above
    self.directory = directory
    self.folder = (folder as NSString).expandingTildeInPath
  }

  private struct Line {
    let unit: DirectoryUnit
    let invitation: Invitation
    let file: String
  }

  /// Writes the files, then records the invitations: a file that was not recorded lets nobody in, while a recorded
  /// invitation without its file could never be used. What fails takes its files away again.
  func issue(roles: Roles) throws {
    let (session, office) = (output.session, output.office)
    let names = fileNames()
    for name in names + [Self.listName] where FileManager.default.fileExists(atPath: folder + "/" + name) {
      throw Refusal.fileExists(folder + "/" + name)
    }
    let invitations = try office.draftInvitations(
      for: units, roles: roles, hub: output.hub, validMilliseconds: output.validMilliseconds)
    let lines = zip(zip(units, invitations), names).map { Line(unit: $0.0, invitation: $0.1, file: $1) }
    let isNewFolder = !FileManager.default.fileExists(atPath: folder)
    var written: [String] = []
    do {
      if isNewFolder { try OutputFile.makePrivateFolder(folder) }
      for line in lines {
        try OutputFile.write(
          InvitationOutput.text(line.invitation, expires: try output.expiry(line.invitation)),
          to: folder + "/" + line.file)
        written.append(line.file)
      }
      try OutputFile.write(try list(lines).html, to: folder + "/" + Self.listName)
      written.append(Self.listName)
      try office.record(invitations)
    } catch {
      for file in written { PrivateFile.remove(folder + "/" + file) }
      // Only where nothing else has come into it.
      if isNewFolder { Platform.removeEmptyFolder(folder) }
      throw error
    }
    let clock = try session.clock
    session.emit([
      "folder": .text(folder), "list": .text(Self.listName),
      "invitations": .array(
        lines.map {
          [
            "id": .text($0.invitation.id.description), "unit": .text($0.unit.path.description),
            "name": .text($0.unit.name), "roles": .list(roles.names),
            "expires": .text(clock.iso8601($0.invitation.expires)), "file": .text($0.file),
          ]
        }),
    ])
    session.sayUnlessJSON(table(lines).lines(width: session.console.columns) + [""])
    let last = try invitations.first.map(output.expiry) ?? ""
    session.say("已为 \(above.label) 下属 \(lines.count) 个党组织各发出一份邀请（\(roles.titles)），\(last) 前有效")
    session.say("邀请文件在 \(folder)，请分别交给本人；\(Self.listName) 可打印签收，里面没有加入凭据")
    if output.hub.isEmpty { session.say("邀请里没有汇总点地址，对方要另外索取；需要时请加 --hub 重发") }
  }

  private func table(_ lines: [Line]) -> TextTable {
    var table = TextTable([
      .init("党组织", wraps: true), .init("路径"), .init("类别"), .init("编号"), .init("文件", wraps: true),
    ])
    for line in lines {
      table.add([
        line.unit.name.visibleName, line.unit.path.description.visibleName, line.unit.kind.title,
        line.invitation.id.short,
        line.file,
      ])
    }
    return table
  }

  private func list(_ lines: [Line]) throws -> PrintableList {
    let last = try lines.first.map { try output.expiry($0.invitation) } ?? ""
    return PrintableList(
      title: "\(output.office.identity.rehearsal ? "【演练】" : "")\(directory.schoolName)加入邀请清单",
      notes: ["\(above.name) 下属 \(lines.count) 个党组织，\(last) 前有效，每份只能在一台电脑上用一次。"],
      headers: ["序号", "上级", "党组织", "职责", "编号", "文件", "领取人", "日期"],
      rows: lines.enumerated().map { index, line in
        [
          "\(index + 1)", directory.tree.parent(of: line.unit.path).map { directory.name(of: $0) } ?? "",
          line.unit.name,
          line.invitation.roles.titles, line.invitation.id.short, line.file, "", "",
        ]
      })
  }

  /// A unit's name; with its upper unit's, then its path where that is not enough. Compared without regard to case, as
  /// some file systems do.
  private func fileNames() -> [String] {
    func key(_ text: String) -> String { text.lowercased() }
    var names = units.map { SafeFileName.name($0.name) }
    for longer in [
      { (unit: DirectoryUnit) in
        "\(directory.tree.parent(of: unit.path).map { directory.name(of: $0) } ?? "")-\(unit.name)"
      },
      { (unit: DirectoryUnit) in "\(unit.name)-\(unit.path.segments.joined(separator: "-"))" },
    ] {
      let counts = names.reduce(into: [String: Int]()) { $0[key($1), default: 0] += 1 }
      for index in names.indices where counts[key(names[index]), default: 0] > 1 {
        names[index] = SafeFileName.name(longer(units[index]))
      }
    }
    // Two paths may still come to one name where they are long: a number tells them apart.
    var used: Set<String> = []
    return names.map { name in
      var unique = name
      var number = 2
      while !used.insert(key(unique)).inserted {
        unique = "\(name)-\(number)"
        number += 1
      }
      return unique + ".txt"
    }
  }
}
