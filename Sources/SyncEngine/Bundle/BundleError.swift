import SyncModel

/// Why a bundle 报送包 or a receipt 回执 is not made or not taken in. Nothing was changed where one of these is thrown.
public enum BundleError: ExplainedError, Hashable {
  case unreadable(String)
  case cannotWrite(String)
  case notABundle
  case newerVersion
  case damaged
  case cutOff
  case wrongSchool
  case notForUs(UnitPath)
  case noReceiver
  case noRecipient(String)
  case nothingNew(String)
  /// So many entries were to go, and none of them may: nothing can be noted of them here.
  case nothingMarked(Int)
  case tooLarge
  /// Of this size nothing can be cut into parts; bytes.
  case partTooSmall(Int)
  case noSender
  case unknownSigner
  /// The directory has the device that signed it as another unit's.
  case senderUnit(String)

  public var code: String {
    switch self {
    case .unreadable: "bundleUnreadable"
    case .cannotWrite: "cannotWrite"
    case .notABundle: "notABundle"
    case .newerVersion: "needsNewerVersion"
    case .damaged: "bundleDamaged"
    case .cutOff: "bundleCutOff"
    case .wrongSchool: "wrongSchool"
    case .notForUs: "bundleNotForUs"
    case .noReceiver: "noReceiver"
    case .noRecipient: "noRecipient"
    case .nothingNew: "nothingNew"
    case .nothingMarked: "nothingMarked"
    case .tooLarge: "bundleTooLarge"
    case .partTooSmall: "partTooSmall"
    case .noSender: "noBundleImported"
    case .unknownSigner: "unknownSigner"
    case .senderUnit: "bundleSenderUnit"
    }
  }

  public var message: String {
    switch self {
    case .unreadable(let path): "读不出文件“\(path)”"
    case .cannotWrite(let path): "无法写入文件“\(path)”"
    case .notABundle: "这不是报送包或回执文件"
    case .newerVersion: "这个文件由新版本软件做成，本机还看不懂"
    case .damaged: "报送包已损坏或被改动，没有收下任何内容"
    case .cutOff: "报送包不完整（没有拷完或没有传完），没有收下任何内容"
    case .wrongSchool: "这个文件属于另一所学校（或演练与正式资料混用），没有收下任何内容"
    case .notForUs(let unit): "这个报送包是加密给“\(unit)”的，本机打不开"
    case .noReceiver: "没有写明报送给谁"
    case .noRecipient(let unit): "“\(unit)”还没有能接收加密内容的设备"
    case .nothingNew(let unit): "没有需要报送给“\(unit)”的新内容"
    case .nothingMarked(let entries): "资料文件夹写不进，记不下送出了什么，这 \(entries) 条填写不能做成报送包"
    case .tooLarge: "内容太多，装不下"
    case .partTooSmall(let bytes): "每个文件 \(bytes) 字节太小"
    case .noSender: "本机还没有收过报送包，不知道回执给谁"
    case .unknownSigner: "这份回执的签发设备没有在本机的名册里"
    case .senderUnit(let unit): "做这个报送包的设备自称属于“\(unit)”，名册里却是别的单位的，没有收下"
    }
  }

  public var hint: String {
    switch self {
    case .unreadable: "请检查文件名和所在文件夹"
    case .cannotWrite: "请检查文件夹是否存在、是否有写入权限、磁盘是否已满"
    case .notABundle: "请确认选对了文件"
    case .newerVersion: "请升级本机软件"
    case .damaged, .cutOff: "请重新拷贝或让对方重新导出；重复收取没有关系"
    case .wrongSchool: "请核对文件来源"
    case .notForUs: "请交给那个单位；要给本单位的，请对方用 --for 写明本单位重新导出"
    case .noReceiver: "请加 --for 单位"
    case .noRecipient: "请先联网同步一次收取名册（unitcli sync），或让对方用报送包把名册带给本机"
    case .nothingNew: "要重新报送全部内容请加 --all"
    case .nothingMarked: "请腾出空间（只读的磁盘请先改为能写）后再导出；急需送出请用 unitcli backup /media/U盘/备份文件 全部备份，还原到别的磁盘后再导出"
    case .tooLarge: "请联网同步，或去掉 --all，或把 --part-size 写大一些"
    case .partTooSmall: "请至少写 1MB"
    case .noSender: "请加 --for 单位"
    case .unknownSigner: "请先同步或收取上级的报送包，收到名册后再收一次回执"
    case .senderUnit: "请核对文件是谁送来的，并告诉上级管理员"
    }
  }

  public var retry: Bool { if case .cannotWrite = self { true } else { false } }
}
