import SyncModel

/// What can be wrong with a workspace or a request to it. Nothing was changed where one of these is thrown.
public enum WorkspaceError: ExplainedError, Hashable {
  case noWorkspace(path: String)
  case exists(path: String)
  case newerVersion(found: Int, known: Int)
  /// Of a build before the first release, which kept entries in another form.
  case trialVersion
  /// It cannot be brought into this release's form where it stands, since nothing can be written there.
  case olderVersion
  case damaged(String)
  case diskFull
  /// What failed was reading alone.
  case unreadable(String)
  case storage(String)
  case busy
  case keyMissing(path: String)
  /// The disk failed in the commit itself: all of it stands for whoever opens the workspace next, or nothing.
  case commitInDoubt
  /// A private file that others on this machine can read.
  case exposed(path: String)
  /// Others on this machine can enter the data folder.
  case folderOpen(path: String)
  /// Others can enter, and it holds what is not ours.
  case foreignFolder(path: String)
  case stateFolder(path: String)
  case readOnly
  case alreadyServed
  case notAllowed(action: String, unit: String, needed: String)
  case unknownPerson

  public var code: String {
    switch self {
    case .noWorkspace: "noWorkspace"
    case .exists: "workspaceExists"
    case .newerVersion: "newerVersion"
    case .trialVersion: "trialVersion"
    case .olderVersion: "olderVersion"
    case .damaged: "damaged"
    case .diskFull: "diskFull"
    case .unreadable: "unreadable"
    case .storage: "storage"
    case .busy: "busy"
    case .keyMissing: "keyMissing"
    case .commitInDoubt: "commitInDoubt"
    case .exposed: "privateFileExposed"
    case .folderOpen: "folderOpen"
    case .foreignFolder: "foreignFolder"
    case .stateFolder: "stateFolder"
    case .readOnly: "readOnly"
    case .alreadyServed: "alreadyServed"
    case .notAllowed: "notAllowed"
    case .unknownPerson: "unknownPerson"
    }
  }

  public var message: String {
    switch self {
    case .noWorkspace(let path): "\(path) 里没有资料库"
    case .exists(let path): "\(path) 里已有资料库，未作改动"
    case .newerVersion(let found, let known): "这份资料由新版本软件保存（格式 \(found)，本机软件只认到 \(known)），未作改动"
    case .trialVersion: "这份资料由正式发布前的试用版建立，本版打不开，未作改动"
    case .olderVersion: "这份资料由旧版本软件保存，要先转成本版的格式才能打开，而这里写不进"
    case .damaged: "资料库内容损坏"
    case .diskFull: "磁盘已满，这一步没有保存；此前保存的都在"
    case .unreadable(let detail): "资料库读不出来（\(detail)），没有改动任何内容"
    case .storage(let detail): "资料库读写失败：\(detail)"
    case .busy: "资料库正被另一程序占用"
    case .keyMissing(let path): "找不到本机密钥，或密钥已损坏：\(path)"
    case .commitInDoubt: "存到最后一步时磁盘出了错：这一步可能没有存下，也可能已经存下；此前保存的都在"
    case .exposed(let path): "这台电脑上的其他用户能读到 \(path)，为防泄露没有使用它"
    case .folderOpen(let path): "这台电脑上的其他用户能进入资料文件夹 \(path)，这一步没有保存；此前保存的都在"
    case .foreignFolder(let path): "\(path) 里已有别的文件，其他用户也能进入，没有在里面建资料库"
    case .stateFolder(let path): "防复制标记写不进 \(path)，这次没有保存"
    case .readOnly: "资料文件夹只读或没有写入权限，这一步没有保存；此前保存的都在"
    case .alreadyServed: "这个资料文件夹已有汇总点在运行"
    case .notAllowed(let action, let unit, let needed): "本机无权\(action)“\(unit)”，需要\(needed)"
    case .unknownPerson: "还不知道是谁在填写"
    }
  }

  public var hint: String {
    switch self {
    case .noWorkspace: "请先用 unitcli join 邀请文件 加入，或用 --data 指明资料库位置"
    case .exists: "请换一个空文件夹"
    case .newerVersion: "请升级本机软件后再打开"
    case .trialVersion: "请用原来的版本同步或导出报送包，把没有送出的内容送出，再要一份新邀请，用本版加入到空文件夹"
    case .damaged: "请不要再填；把整个资料文件夹改名留存，向上级要一份新邀请，加入到空文件夹，已送出的内容会收回来"
    case .olderVersion: "请腾出空间，或把整个资料文件夹复制到能写的磁盘再打开；急需查看可用原来的版本"
    case .diskFull: "请腾出空间后重做这一步；腾空之前照样能查看，也能备份到另一块磁盘（unitcli backup /media/U盘/备份文件）"
    case .unreadable: "请检查磁盘；能复制的话，请把整个资料文件夹复制到另一块磁盘，用 --data 打开"
    case .storage: "请检查磁盘和文件夹权限后重试"
    case .busy: "请稍候再试"
    case .commitInDoubt: "请先腾出空间或检查磁盘，再用 unitcli log 看看最后一条在不在，不在再重做这一步"
    case .exposed(let path): "请运行 chmod 600 '\(path)'（或 unitcli doctor --fix）；不支持权限的 U 盘请先复制到本机磁盘"
    case .folderOpen(let path): "请运行 chmod 700 '\(path)'（或 unitcli doctor --fix）后重做这一步；在此之前照样能查看、核验、备份和导出"
    case .foreignFolder: "请换一个新文件夹"
    case .stateFolder: "请检查这个文件夹的权限和磁盘空间"
    case .readOnly: "请检查文件夹权限和磁盘是否只读，或换一个文件夹；照样能查看，也能备份到另一块磁盘（unitcli backup /media/U盘/备份文件）"
    case .alreadyServed: "不用再启动；要换端口请先停掉它"
    case .keyMissing: "请把整个资料文件夹一起移动，或重新申请邀请加入"
    case .notAllowed: "请联系上级管理员"
    case .unknownPerson: "请加上 --as 姓名（以后会记住）"
    }
  }

  public var retry: Bool {
    switch self {
    case .diskFull, .storage, .busy, .unreadable: true
    default: false
    }
  }
}

extension WorkspaceError {
  /// True where the disk, not the workspace, is in the way of writing: what is there may still be read.
  public var isOfDisk: Bool {
    switch self {
    case .diskFull, .readOnly, .storage, .stateFolder: true
    default: false
    }
  }

  /// Of a folder in which nothing can be written: why, and what goes on all the same.
  public func whatStillWorks(in folder: String) -> String {
    let why = whyNothingIsWritten(in: folder)
    if case .folderOpen = self { return "\(why)，现在只能查看、核对、备份和导出，不能填写。请运行：chmod 700 '\(folder)'" }
    return "\(why)，现在只能查看、核对和备份，不能填写。备份到另一块磁盘：unitcli backup /media/U盘/备份文件"
  }

  /// The same without what goes on, and without what was to be written.
  public func whyNothingIsWritten(in folder: String) -> String {
    switch self {
    case .folderOpen: "这台电脑上的其他用户能进入资料文件夹 \(folder)"
    case .diskFull: "资料文件夹 \(folder) 所在的磁盘已满"
    case .readOnly: "资料文件夹 \(folder) 只读或没有写入权限"
    case .stateFolder(let path): "防复制标记写不进 \(path)"
    default: "资料文件夹 \(folder) 写不进（\(message)）"
    }
  }
}
