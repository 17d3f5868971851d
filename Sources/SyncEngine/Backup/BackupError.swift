import SyncModel

/// Why a backup was not made or not restored. Nothing was changed, and no part of a refused file is used.
public enum BackupError: ExplainedError, Hashable {
  case exists(path: String)
  case insideWorkspace(path: String)
  case cannotWrite(path: String)
  /// Something in the data folder that could not be taken along.
  case cannotInclude(path: String)
  case unreadable(path: String)
  case notABackup
  /// The passphrase is another, or the file's first lines were changed: one cannot be told from the other.
  case wrongPassphrase
  case passphraseTooShort
  case passphraseMismatch
  case passphraseUnreadable(path: String)
  /// The file was cut off or changed, at about this byte of its content.
  case damaged(at: Int)
  case malformed(String)
  case newerVersion(Int)
  /// A chain or signature in the copy does not hold.
  case untrusted(unit: String, replica: String, seq: UInt32)
  case otherDevice

  public var code: String {
    switch self {
    case .exists: "fileExists"
    case .insideWorkspace: "backupInsideWorkspace"
    case .cannotWrite: "cannotWrite"
    case .cannotInclude: "cannotInclude"
    case .unreadable: "backupUnreadable"
    case .notABackup: "notABackup"
    case .wrongPassphrase: "wrongPassphrase"
    case .passphraseTooShort: "passphraseTooShort"
    case .passphraseMismatch: "passphraseMismatch"
    case .passphraseUnreadable: "passphraseUnreadable"
    case .damaged: "backupDamaged"
    case .malformed: "backupMalformed"
    case .newerVersion: "newerVersion"
    case .untrusted: "backupUntrusted"
    case .otherDevice: "backupOfOtherDevice"
    }
  }

  public var message: String {
    switch self {
    case .exists(let path): "文件“\(path)”已经有了，未作改动"
    case .insideWorkspace(let path): "备份不能放在资料文件夹“\(path)”里面"
    case .cannotWrite(let path): "备份写不进“\(path)”"
    case .cannotInclude(let path): "资料文件夹里的“\(RawText.shown(path))”备份不了：读不出、链接断开或绕圈，名字太长、太深或有特殊字符，或文件太多；没有备份"
    case .unreadable(let path): "读不出备份文件“\(path)”"
    case .notABackup: "这不是本软件的备份文件"
    case .wrongPassphrase: "口令不对，或备份文件的开头被改动过"
    case .passphraseTooShort: "口令太短"
    case .passphraseMismatch: "两次输入的口令不同，没有备份"
    case .passphraseUnreadable: "读不出 --passphrase-file 指的口令文件，或文件是空的"
    case .damaged(let byte): "备份文件不完整或被改动过（约在第 \(byte) 字节处），没有使用其中任何内容"
    case .malformed(let detail): "备份文件的内容不合规定（\(detail)），没有使用其中任何内容"
    case .newerVersion(let version): "备份由新版本软件做成（格式 \(version)）"
    case .untrusted(let unit, let replica, let seq): "“\(unit)”的记录 \(replica) 第 \(seq) 条核对不上，内容或签名被改动过"
    case .otherDevice: "备份里的密钥与资料不是同一台设备的"
    }
  }

  public var hint: String {
    switch self {
    case .exists: "请换一个文件名；旧备份请留着"
    case .insideWorkspace: "请放到另一块磁盘或另一台电脑上：文件夹丢了，里面的备份也就丢了"
    case .cannotWrite: "请检查文件夹是否存在、是否有写入权限、磁盘是否已满"
    case .cannotInclude: "链接指向别的磁盘的，请先接上那个磁盘；不属于资料的，请移出资料文件夹，再备份"
    case .unreadable: "请检查文件名和所在文件夹"
    case .notABackup: "请选用 unitcli backup 或 syncd backup 做成的文件"
    case .wrongPassphrase: "请核对口令（注意大小写和输入法）再试"
    case .passphraseTooShort: "请用至少 \(BackupPassphrase.characterMinimum) 个字的口令，并另外保管：丢了口令，备份就打不开"
    case .passphraseMismatch: "请再试一次"
    case .passphraseUnreadable: "请检查文件；文件第一行就是口令"
    case .damaged, .malformed: "请换一份备份，或从存放处重新复制一次"
    case .newerVersion: "请升级本机软件后再还原"
    case .untrusted: "请换一份更早的备份；都不行就向上级要一份新邀请加入到空文件夹，已送出的内容会收回来"
    case .otherDevice: "请换一份备份"
    }
  }

  public var retry: Bool {
    switch self {
    case .cannotWrite, .cannotInclude, .unreadable: true
    default: false
    }
  }
}
