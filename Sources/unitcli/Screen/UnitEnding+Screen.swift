import SyncEngine
import SyncModel
import SyncReports

extension UnitEnding {
  /// Of this workspace's own unit, wherever people look how it stands.
  var sentence: String { "⚠ 本单位\(title)，没有期限要赶了；已填和还没送出的内容都保留，照样送得到。" }

  var mergedInto: UnitPath? {
    switch self {
    case .retired: nil
    case .merged(let unit): unit.path
    }
  }
}

extension Session {
  /// Before somebody is invited to a unit that takes part no more; a device may still be wanted there, to send what was not.
  func sayEndedInvited(_ unit: DirectoryUnit, _ office: Office) throws {
    guard let ending = try office.directory().ending(of: unit.path) else { return }
    console.write(.error, .line("注意：\(unit.label) \(ending.title)，只有它的电脑里还有没送出的内容时才用得着这份邀请"))
  }

  /// Before anything is written for a unit that takes part no more, says so, to scripts' users too: it is written all
  /// the same.
  /// - Returns: what the command's JSON says of the unit.
  func sayEnding(of unit: DirectoryUnit, _ office: Office) throws -> JSON {
    let ending = try office.directory().ending(of: unit.path)
    if let ending {
      let whose = unit.path == office.identity.unit ? "本单位" : "“\(unit.name)”"
      console.write(.error, .line("注意：\(whose)\(ending.title)，\(ending.advice)"))
    }
    return [
      "unitStatus": .text((ending?.status ?? .active).name),
      "mergedInto": .optional(ending?.mergedInto) { .text($0.description) },
    ]
  }
}
