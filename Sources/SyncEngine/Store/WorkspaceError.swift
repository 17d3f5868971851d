import SyncModel

/// What can be wrong with a workspace or a request to it. Nothing was changed where one of these is thrown.
public enum WorkspaceError: ExplainedError, Hashable {
  case noWorkspace(path: String)
  case exists(path: String)
  case newerVersion(found: Int, known: Int)
  case damaged(String)
  case diskFull
  case storage(String)
  case busy
  case keyMissing(path: String)
  case notAllowed(action: String, unit: String, needed: String)
  case unknownPerson

  public var code: String {
    switch self {
    case .noWorkspace: "noWorkspace"
    case .exists: "workspaceExists"
    case .newerVersion: "newerVersion"
    case .damaged: "damaged"
    case .diskFull: "diskFull"
    case .storage: "storage"
    case .busy: "busy"
    case .keyMissing: "keyMissing"
    case .notAllowed: "notAllowed"
    case .unknownPerson: "unknownPerson"
    }
  }

  public var message: String {
    switch self {
    case .noWorkspace(let path): "\(path) 里没有资料库"
    case .exists(let path): "\(path) 里已有资料库，未作改动"
    case .newerVersion(let found, let known): "这份资料由新版本软件保存（格式 \(found)，本机软件只认到 \(known)），未作改动"
    case .damaged(let what): "资料库内容损坏（\(what)）"
    case .diskFull: "磁盘已满，这次填写没有保存；此前保存的都在"
    case .storage(let detail): "资料库读写失败：\(detail)"
    case .busy: "资料库正被另一程序占用"
    case .keyMissing(let path): "找不到本机密钥 \(path)"
    case .notAllowed(let action, let unit, let needed): "本机无权\(action)“\(unit)”，需要\(needed)"
    case .unknownPerson: "还不知道是谁在填写"
    }
  }

  public var hint: String {
    switch self {
    case .noWorkspace: "请先用 unitcli join 邀请文件 加入，或用 --data 指明资料库位置"
    case .exists: "请换一个空文件夹"
    case .newerVersion: "请升级本机软件后再打开"
    case .damaged: "请运行 unitcli verify 查看，并从汇总点重新同步或用备份恢复"
    case .diskFull: "请腾出空间后重做这一步"
    case .storage: "请检查磁盘和文件夹权限后重试"
    case .busy: "请稍候再试"
    case .keyMissing: "请把整个资料文件夹一起移动，或重新申请邀请加入"
    case .notAllowed: "请联系上级管理员"
    case .unknownPerson: "请加上 --as 姓名（以后会记住）"
    }
  }

  public var retry: Bool {
    switch self {
    case .diskFull, .storage, .busy: true
    default: false
    }
  }
}
