import SyncEngine
import SyncModel
import SyncReports

/// What a command says once it has done its work.
enum Output {
  /// - Throws: ``OutputLost``.
  static func say(_ lines: [String]) throws {
    if !StandardOutput.write(.lines(lines)) { throw OutputLost() }
  }

  /// Tells on standard error what is to be known of the folder of a command: who else can get at it.
  static func sayNotices(of workspace: Workspace) {
    let notices = workspace.notices()
    if !notices.isEmpty { _ = StandardOutput.write(.lines(notices), to: .error) }
  }
}

/// Standard output took no more, as a file on a full disk: what was done is done, but nobody has read of it.
struct OutputLost: ExplainedError, Hashable {
  var code: String { "outputLost" }
  var message: String { "事情已经办完，但结果没有写全（磁盘可能已满）" }
  var hint: String { "请腾出空间，检查结果是否已经在了" }
}

/// Nor did it take a page of help, a version or completions.
struct PageLost: ExplainedError, Hashable {
  var code: String { "outputLost" }
  var message: String { "没有写全（磁盘可能已满）" }
  var hint: String { "请腾出空间，或换一个地方再写一次" }
}
