import ArgumentParser
import SyncEngine
import SyncModel
import SyncReports

/// Why a command of this program is refused; the library's own errors say so themselves.
struct Refusal: ExplainedError, Hashable {
  var code: String
  var message: String
  var hint: String
  var retry = false
  var exitCode: Int32 = Refusal.failed

  static let failed: Int32 = 1
  /// EX_USAGE of sysexits(3).
  static let wrongUsage: Int32 = 64

  /// Something on the command line is not as it must be written.
  static func usage(_ message: String, hint: String = "") -> Refusal {
    Refusal(code: "usage", message: message, hint: hint, exitCode: wrongUsage)
  }

  static let notRehearsal = Refusal(
    code: "notRehearsal", message: "--now 只能在演练中使用，这里是正式资料", hint: "请去掉 --now；要试用请让管理员另建演练学校")

  static let inputNotUTF8 = Refusal(
    code: "notUTF8", message: "输入的不是 UTF-8 文字，没有保存", hint: "请把终端（或送来内容的文件）的编码设为 UTF-8 再输入一次")

  static let declined = Refusal(code: "declined", message: "没有保存", hint: "原来的填写未动")

  static func fileExists(_ path: String) -> Refusal {
    Refusal(code: "fileExists", message: "文件“\(path)”已经有了，未作改动", hint: "请换一个文件名")
  }

  static func cannotWrite(_ path: String) -> Refusal {
    Refusal(code: "cannotWrite", message: "无法写入文件“\(path)”", hint: "请检查文件夹是否存在、是否有写入权限、磁盘是否已满", retry: true)
  }

  /// The result could not be written out, as into a file on a full disk.
  static let outputLost = Refusal(
    code: "outputLost", message: "结果没有写全（磁盘可能已满）；这一步如有保存，已经存好", hint: "请腾出空间，用 unitcli status 或 unitcli log 核对后再看一次",
    retry: true)

  /// The same, of a page of help, a version or completions: nothing was done.
  static let pageLost = Refusal(
    code: "outputLost", message: "没有写全（磁盘可能已满）", hint: "请腾出空间，或换一个地方再写一次", retry: true)

  /// Two processes may have got in each other's way, or a library failed in a way that nobody foresaw.
  static let unforeseen = Refusal(
    code: "unexpected", message: "出现意外情况，这一步没有完成", hint: "请再试一次；仍不行请运行 unitcli verify，并把结果告诉上级管理员", retry: true)
}

/// What any failure comes to: what is shown, and the code the process ends with.
struct Outcome {
  var code: String
  var message: String
  var hint: String
  var retry: Bool
  var exitCode: Int32

  init(_ error: any Error) {
    switch error {
    case let refusal as Refusal: self.init(refusal, exitCode: refusal.exitCode)
    case let error as NotUTF8: self.init(error, exitCode: Refusal.wrongUsage)
    case let explained as any ExplainedError: self.init(explained, exitCode: Refusal.failed)
    case let error as ImportError:
      self.init(
        Refusal(code: error.code.rawValue, message: error.message.withoutStop, hint: error.hint.withoutStop),
        exitCode: Refusal.failed)
    case AppendError.tooLarge(let bytes):
      self.init(
        Refusal(code: "tooLarge", message: "一次填写的内容太多（\(bytes) 字节）", hint: "请精简文字，或分几次填写"),
        exitCode: Refusal.failed)
    case AppendError.tooManyUnshown:
      self.init(
        Refusal(code: "tooManyUnshown", message: "这一项有太多没有看过的填写", hint: "请先用 unitcli show 看一遍，再填写"),
        exitCode: Refusal.failed)
    case AppendError.tooManyFeeds:
      self.init(
        Refusal(
          code: "tooManyFeeds", message: "这台电脑还原的次数太多，不能再以原来的设备写入",
          hint: "请管理员用 unitcli invite 发一份新的邀请，用它重新加入；已填写的内容都保留"),
        exitCode: Refusal.failed)
    default: self.init(Refusal.unforeseen, exitCode: Refusal.failed)
    }
  }

  private init(_ error: some ExplainedError, exitCode: Int32) {
    (code, message, hint, retry) = (error.code, error.message, error.hint, error.retry)
    self.exitCode = exitCode
  }

  var json: JSON {
    ["error": ["code": .text(code), "message": .text(message), "hint": .text(hint), "retry": .bool(retry)]]
  }

  var lines: [String] {
    ["未完成：\(message)"] + (hint.isEmpty ? [] : ["下一步：\(hint)"])
  }
}

extension String {
  fileprivate var withoutStop: String { hasSuffix("。") ? String(dropLast()) : self }
}
