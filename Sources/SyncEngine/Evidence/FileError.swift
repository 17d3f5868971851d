import SyncModel

/// Why a file was not taken, given or found. Nothing half-done is left.
public enum FileError: ExplainedError, Hashable {
  case unreadable(String)
  case isFolder(String)
  case tooLarge(name: String, bytes: Int)
  case badName(String)
  /// A picture or film by its name, in which nothing is recognised that could be cleaned.
  case notCleanable(String)
  case notAttached(String, item: String)
  case ambiguous(String)
  /// No attachment that this device may read, or write, names it.
  case notNamed
  /// An attachment names it, and the file itself is not here.
  case notHere
  /// The hash is not that of what came.
  case mismatch
  case wrongLength
  case wrongOffset(Int)
  case tooManyUnfinished(Int)
  case unitQuota(limit: Int)
  case quota
  case damagedHere(String)
  case tooMany(Int)
  /// Another request is at work on the same upload.
  case underWay
  /// The hub kept setting the upload back.
  case stuck

  public var code: String {
    switch self {
    case .unreadable: "unreadableFile"
    case .isFolder: "isFolder"
    case .tooLarge: "fileTooLarge"
    case .badName: "badFileName"
    case .notCleanable: "photoFormat"
    case .notAttached: "notAttached"
    case .ambiguous: "ambiguousFile"
    case .notNamed: "fileNotNamed"
    case .notHere: "fileNotHere"
    case .mismatch: "fileMismatch"
    case .wrongLength: "fileLength"
    case .wrongOffset: "uploadOffset"
    case .tooManyUnfinished: "tooManyUploads"
    case .unitQuota: "unitQuota"
    case .quota: "evidenceQuota"
    case .damagedHere: "fileDamaged"
    case .tooMany: "tooManyFiles"
    case .underWay: "uploadUnderWay"
    case .stuck: "uploadStuck"
    }
  }

  public var message: String {
    switch self {
    case .unreadable(let path): "无法读取文件“\(path)”"
    case .isFolder(let path): "“\(path)”是文件夹，不能作佐证材料"
    case .tooLarge(let name, let bytes):
      "“\(name)”太大（\(ByteCount(bytes).text)，最多 \(ByteCount(Attachment.byteLimit).text)）"
    case .badName(let name): "“\(name)”不能作文件名"
    case .notCleanable(let name): "“\(name)”像是照片或录像，但不认得它的格式，不能保证其中没有拍摄地点"
    case .notAttached(let name, let item): "第 \(item) 项没有附“\(name)”"
    case .ambiguous(let name): "叫“\(name)”的佐证材料不止一份"
    case .notNamed: "没有哪条填报写明这个文件"
    case .notHere: "这份佐证材料的文件还没有送到"
    case .mismatch: "收到的文件与填报里写明的不符，没有保存"
    case .wrongLength: "文件长度与填报里写明的不符"
    case .wrongOffset(let offset): "文件应从第 \(offset) 字节接着传"
    case .tooManyUnfinished(let limit): "没传完的文件太多（最多 \(limit) 个）"
    case .unitQuota(let limit): "本单位的佐证材料已到汇总点的限额（\(ByteCount(limit).text)）"
    case .quota: "汇总点存放佐证材料的总限额已满"
    case .damagedHere(let name): "本机的“\(name)”已损坏，与附上时不同"
    case .tooMany(let limit): "一项最多附 \(limit) 个文件"
    case .underWay: "这个文件正由另一个请求传送"
    case .stuck: "汇总点一再从头要这个文件，没有传成"
    }
  }

  public var hint: String {
    switch self {
    case .unreadable, .isFolder: "请检查文件名和所在文件夹、是否有读取权限；文件夹请先压缩成一个文件"
    case .tooLarge: "请压缩、截短或分成几个文件"
    case .badName: "文件名请不超过 \(Attachment.fileNameLimit) 字节"
    case .notCleanable: "请另存为 JPG、PNG 或 MP4 后再试"
    case .notAttached: "用 unitcli evidence list 查看附了哪些"
    case .ambiguous: "请写 unitcli evidence list 里的编号"
    case .notNamed: "请先同步填报（unitcli sync），文件随后会自动送出"
    case .notHere: "请等附它的单位再同步一次"
    case .mismatch: "请再同步一次，会从头传"
    case .wrongLength: "请升级本机软件后再试"
    case .wrongOffset: "请再同步一次，会从断处接着传"
    case .tooManyUnfinished: "请让先前的传完，或过几天再传"
    case .unitQuota, .quota: "请撤下不需要的佐证材料，或请汇总点管理员调高限额（syncd serve --evidence-quota）"
    case .damagedHere: "汇总点有的，用 unitcli evidence fetch 取回；没送出过的，请用 unitcli detach 撤下，再用 unitcli attach 重新附上"
    case .tooMany: "请把它们压缩成一个文件"
    case .underWay: "请稍后再同步"
    case .stuck: "填报已经送出；请稍后再同步，仍不行就请汇总点管理员检查存放文件的磁盘"
    }
  }

  public var retry: Bool {
    switch self {
    case .notHere, .wrongOffset, .mismatch, .notNamed, .underWay, .stuck: true
    default: false
    }
  }
}
