import SyncEngine
import SyncModel

/// No hub was started, since nothing can be written in its folder. Nothing was to be saved yet, and nothing is said of that.
struct NotServed: ExplainedError, Hashable {
  let reason: WorkspaceError
  let folder: String

  /// nil for a reason that is none of the folder's.
  init?(_ reason: WorkspaceError, folder: String) {
    if case .folderOpen = reason {} else if !reason.isOfDisk { return nil }
    self.reason = reason
    self.folder = folder
  }

  var code: String { reason.code }
  var message: String { "汇总点没有启动：\(reason.whyNothingIsWritten(in: folder))" }
  var retry: Bool { reason.retry }

  var hint: String {
    switch reason {
    case .folderOpen(let path): "请运行 chmod 700 '\(path)' 后再启动；在此之前照样能查看、核验、备份和导出"
    case .diskFull: "请腾出空间后再启动；腾空之前照样能查看和备份（syncd backup）"
    case .readOnly: "请检查文件夹权限和磁盘是否只读，再启动；照样能查看和备份（syncd backup）"
    default: reason.hint
    }
  }
}
