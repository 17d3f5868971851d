import SyncModel

/// Why a request of the office is refused; nothing was changed.
public enum OfficeError: ExplainedError, Hashable {
  case badPath(String)
  case unknownUnit(String, nearest: [String])
  case ambiguousUnit(String, candidates: [String])
  case unitExists(String)
  case noParent(String)
  case unitNameTaken(String, path: String)
  case unknownCampaign(String, nearest: [String])
  case ambiguousCampaign(String, candidates: [String])
  case campaignNotForUnit(campaign: String, unit: String)
  case unknownItem(String, nearest: [String])
  case ambiguousItem(String, candidates: [String])
  case notALeaf(String)
  case unknownTemplate(String, nearest: [String])
  case ambiguousTemplate(String, candidates: [String])
  case documentIncomplete(String)
  /// Only the unit itself calls itself so, or it is no longer called so.
  case renamed(String, String, candidates: [String])
  /// The text is a part of what is called so.
  case partOfName(String, String, candidates: [String])
  /// A name that chose another campaign here before.
  case nameMeansAnother(String, candidates: [String])
  /// A unit that is not below this one.
  case notBelow(String)
  case noUnits
  case badRange(String)
  case unknownConflict(String)
  case noSuchAlternative(Int, count: Int)
  case needsOnBehalf(unit: String)
  /// A 登记簿 of another unit.
  case staysInUnit(String)
  case badInvitation(String)
  case invitationExpired
  case invitationUsed
  case invitationUnknown
  case invitationRevoked
  /// Whoever issued it does not administer the unit any more.
  case invitationEnded
  case invitationTooLong
  /// This device may not enrol anybody there.
  case cannotConfirm(unit: String)
  /// A device that was stopped shows an invitation.
  case stoppedDevice
  case unknownInvitation(String)
  case ambiguousInvitation(String, candidates: [String])
  case wrongSchool
  case rootKeyMissing
  case wrongRootKey
  case cannotStopItself
  case unknownDevice(String)
  case ambiguousDevice(String, candidates: [String])
  case nothingToRevoke(String)
  case notRevoked(String)
  case overruled(String)
  /// This device's statements about one subject, in one log, are at their number (protocol §8).
  case saidTooOften(String)
  case rootUnit
  case belowItself(String)
  case alreadyThere(String, parent: String)
  case badAppointment
  case noReason
  case reasonTooLong(Int)
  case reasonRepeats

  public var code: String {
    switch self {
    case .badPath: "badPath"
    case .unknownUnit: "unknownUnit"
    case .ambiguousUnit: "ambiguousUnit"
    case .unitExists: "unitExists"
    case .noParent: "noParent"
    case .unitNameTaken: "unitNameTaken"
    case .unknownCampaign: "unknownCampaign"
    case .ambiguousCampaign: "ambiguousCampaign"
    case .campaignNotForUnit: "campaignNotForUnit"
    case .unknownItem: "unknownItem"
    case .ambiguousItem: "ambiguousItem"
    case .notALeaf: "notALeaf"
    case .unknownTemplate: "unknownTemplate"
    case .ambiguousTemplate: "ambiguousTemplate"
    case .documentIncomplete: "documentIncomplete"
    case .renamed: "renamed"
    case .partOfName: "partOfName"
    case .nameMeansAnother: "nameMeansAnother"
    case .notBelow: "notBelow"
    case .noUnits: "noUnits"
    case .badRange: "badRange"
    case .unknownConflict: "unknownConflict"
    case .noSuchAlternative: "noSuchAlternative"
    case .needsOnBehalf: "needsOnBehalf"
    case .staysInUnit: "staysInUnit"
    case .badInvitation: "badInvitation"
    case .invitationExpired: "invitationExpired"
    case .invitationUsed: "invitationUsed"
    case .invitationUnknown: "invitationUnknown"
    case .invitationRevoked: "invitationRevoked"
    case .invitationEnded: "invitationEnded"
    case .invitationTooLong: "invitationTooLong"
    case .cannotConfirm: "cannotConfirm"
    case .stoppedDevice: "stoppedDevice"
    case .unknownInvitation: "unknownInvitation"
    case .ambiguousInvitation: "ambiguousInvitation"
    case .wrongSchool: "wrongSchool"
    case .rootKeyMissing: "rootKeyMissing"
    case .wrongRootKey: "wrongRootKey"
    case .cannotStopItself: "cannotStopItself"
    case .unknownDevice: "unknownDevice"
    case .ambiguousDevice: "ambiguousDevice"
    case .nothingToRevoke: "nothingToRevoke"
    case .notRevoked: "notRevoked"
    case .overruled: "overruled"
    case .saidTooOften: "saidTooOften"
    case .rootUnit: "rootUnit"
    case .belowItself: "belowItself"
    case .alreadyThere: "alreadyThere"
    case .badAppointment: "badAppointment"
    case .noReason: "noReason"
    case .reasonTooLong: "reasonTooLong"
    case .reasonRepeats: "reasonRepeats"
    }
  }

  public var message: String {
    switch self {
    case .badPath(let text): "“\(text)”不能作单位路径"
    case .unknownUnit(let text, _): "没有党组织“\(text)”"
    case .ambiguousUnit(let text, _): "叫“\(text)”的党组织不止一个"
    case .unitExists(let path): "\(path) 已经有了，未作改动"
    case .noParent(let path): "\(path) 的上级还没有登记"
    case .unitNameTaken(let name, let path): "同一上级下或上级已有“\(name.visibleName)”（\(path.visibleName)）"
    case .unknownCampaign(let text, _): "没有专项工作“\(text)”"
    case .ambiguousCampaign(let text, _): "叫“\(text)”的专项工作不止一个"
    case .campaignNotForUnit(let campaign, let unit): "“\(campaign)”没有布置给“\(unit)”"
    case .unknownItem(let text, _): "没有第“\(text)”项"
    case .ambiguousItem(let text, _): "“\(text)”不止一项"
    case .notALeaf(let item): "第 \(item) 项下面还有分项，请填分项"
    case .unknownTemplate(let text, _): "没有表样“\(text)”"
    case .ambiguousTemplate(let text, _): "“\(text)”不止一个表样"
    case .documentIncomplete(let title): "“\(title)”还没有全部送到本机"
    case .renamed(let what, let text, _): "“\(text.visibleName)”是\(what)后来改的名称或原来的名称，不能只凭它选定"
    case .partOfName(let what, let text, _): "没有正好叫“\(text.visibleName)”的\(what)，名称的一部分不能选定"
    case .nameMeansAnother(let text, _): "“\(text)”以前在本机指另一项专项工作，没有替您选"
    case .notBelow(let label): "\(label) 不在本单位之下，不能给它布置"
    case .noUnits: "没有写明布置给哪些党组织"
    case .badRange(let text): "“\(text)”不是起止日期，或止日早于起日"
    case .unknownConflict(let id): "没有编号 \(id) 的填写不一致（也可能已经核定）"
    case .noSuchAlternative(let number, let count): "没有第 \(number) 种填法，这里有 \(count) 种"
    case .staysInUnit(let title): "“\(title)”只在各单位自己的设备上"
    case .needsOnBehalf(let unit): "这是“\(unit)”自己填的内容"
    case .badInvitation(let reason): "邀请不完整或已损坏（\(reason)）"
    case .invitationExpired: "邀请已过期"
    case .invitationUsed: "邀请已被另一台设备用过"
    case .invitationUnknown: "汇总点不认得这份邀请"
    case .invitationRevoked: "这份邀请已被撤销"
    case .invitationEnded: "这份邀请已失效：发出它的设备已停用，或不再管这个单位"
    case .invitationTooLong: "邀请的有效期最长 \(Invitation.lifeLimitDays) 天，没有发出"
    case .cannotConfirm(let unit): "这个汇总点的设备不是“\(unit.visibleName)”或上级的管理员，不能确认加入"
    case .stoppedDevice: "这台设备已被停用，邀请不能让它恢复；邀请没有用掉"
    case .unknownInvitation(let text): "没有邀请“\(text)”"
    case .ambiguousInvitation(let text, _): "编号以“\(text)”开头的邀请不止一份"
    case .wrongSchool: "这份邀请或这个汇总点属于另一所学校"
    case .rootKeyMissing: "这不是学校根密钥"
    case .wrongRootKey: "这不是本校的根密钥，未作改动"
    case .cannotStopItself: "不能用这台设备停用它自己"
    case .unknownDevice(let text): "没有设备“\(text)”"
    case .ambiguousDevice(let text, _): "叫“\(text)”的设备不止一台"
    case .nothingToRevoke(let name): "“\(name)”已经没有这些职责，未作改动"
    case .notRevoked(let name): "“\(name)”没有停用，未作改动"
    case .overruled(let name): "“\(name)”已由更高一级（或更早任命）的管理员定过，未作改动"
    case .saidTooOften(let name): "本机已停用、恢复或移动“\(name)” \(StatementLimit.perSubject) 次，再写的不作数，未作改动"
    case .rootUnit: "学校党委本身不能移动或撤销"
    case .belowItself(let name): "“\(name)”不能放到它自己下面"
    case .badAppointment: "这不是本校根密钥签的任命文件，或已损坏"
    case .alreadyThere(let name, let parent): "“\(name)”已经在“\(parent)”下面，未作改动"
    case .noReason: "依规删除要写明理由"
    case .reasonTooLong(let count): "理由太长（\(count) 字，最多 \(Office.reasonLimit) 字）"
    case .reasonRepeats: "理由里又写了要删除的内容，没有删除"
    }
  }

  public var hint: String {
    func list(_ names: [String], _ lead: String) -> String {
      names.isEmpty ? "" : lead + names.joined(separator: "、")
    }
    func nearest(_ names: [String], _ lead: String, _ more: String) -> String {
      names.isEmpty ? more : list(names, lead) + "（\(more)）"
    }
    switch self {
    case .badPath: return "路径用斜线分级，例如 school/cs/b1；每级不超过 64 字节，不含空格"
    case .unknownUnit(_, let names): return nearest(names, "是不是：", "全部见 unitcli unit list")
    case .ambiguousUnit(_, let candidates), .ambiguousCampaign(_, let candidates): return list(candidates, "请写全：")
    case .unitExists: return "请换一个路径，或用 unitcli unit list 查看"
    case .unitNameTaken: return "请换一个名称，免得分不清"
    case .noParent: return "请先用 unitcli unit add 登记上级"
    case .unknownCampaign(_, let names):
      return nearest(names, "现有：", "全部见 unitcli campaign list；刚布置的请先运行 unitcli sync")
    case .campaignNotForUnit: return "请用 unitcli campaign list 查看布置给哪些单位"
    case .unknownItem(_, let names):
      return nearest(names, "最接近的是：", "全部编号见 unitcli show 专项工作，或 unitcli template show 表样")
    case .ambiguousItem(_, let candidates): return list(candidates, "请写全编号：")
    case .notALeaf: return "用 unitcli show 查看分项编号"
    case .unknownTemplate(_, let names): return nearest(names, "现有：", "全部见 unitcli template list")
    case .ambiguousTemplate(_, let candidates): return list(candidates, "请写全：")
    case .documentIncomplete: return "请再运行一次 unitcli sync"
    case .renamed(_, _, let candidates), .partOfName(_, _, let candidates): return list(candidates, "请写全，或写括号外的路径、编号：")
    case .nameMeansAnother(_, let candidates): return list(candidates, "请写编号：")
    case .notBelow: return "请只写本单位和下属的党组织"
    case .noUnits: return "请加 --units 路径…，例如 --units 'school/*'"
    case .badRange: return "请写成 2026-09-26..2026-09-30"
    case .unknownConflict: return "用 unitcli conflicts list 查看现有编号"
    case .noSuchAlternative: return "用 unitcli conflicts show 查看编号"
    case .staysInUnit: return "请由那个单位自己填写；上级只看它报上来的数字（unitcli ledger counts）"
    case .needsOnBehalf: return "上级代填请加 --on-behalf，会记为代填"
    case .badInvitation: return "请让上级重新发一份，完整复制或直接用邀请文件"
    case .invitationExpired, .invitationUsed, .invitationRevoked, .invitationEnded:
      return "请让上级重新发一份邀请；已用旧邀请建好的资料文件夹不用重建，在其中运行 unitcli join 新邀请，已填的都保留"
    case .invitationTooLong: return "请写短一些，例如 --expires 30d；到期可用 unitcli invite renew 重发"
    case .stoppedDevice: return "请上级恢复它（unitcli device reinstate），或换一个空文件夹用这份邀请加入"
    case .cannotConfirm: return "请告诉上级管理员：给汇总点的设备管理员职责，或改到上级的汇总点确认"
    case .unknownInvitation: return "用 unitcli invite list 查看发出过的邀请"
    case .ambiguousInvitation(_, let candidates): return list(candidates, "请写全编号：")
    case .invitationUnknown: return "请确认汇总点已与发出邀请的单位同步，或让上级重新发一份"
    case .wrongSchool: return "请核对学校和汇总点地址"
    case .rootKeyMissing: return "请用建校时另存的 root.key"
    case .wrongRootKey: return "请换建校时另存的 root.key"
    case .cannotStopItself: return "请写丢失的那台设备的编号，用 unitcli device list 查看"
    case .unknownDevice: return "用 unitcli device list 查看设备编号"
    case .ambiguousDevice(_, let candidates): return list(candidates, "请写编号：")
    case .nothingToRevoke, .notRevoked: return "用 unitcli device list 查看各设备的职责"
    case .overruled: return "请由更高一级的管理员办理"
    case .saidTooOften: return "请由这个单位的另一位管理员，或上一级的管理员办理"
    case .badAppointment: return "请让管理员重新运行 syncd recover，或换一份拷贝"
    case .rootUnit, .belowItself, .alreadyThere: return "用 unitcli unit list 查看现有隶属关系"
    case .noReason: return "例如 --reason 误填身份证号；理由会留在记录里"
    case .reasonTooLong: return "请写短一些"
    case .reasonRepeats: return "理由会一直留在记录里，请换个说法，例如“误填身份证号”"
    }
  }
}
