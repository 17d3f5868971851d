import Foundation

/// What opens a backup file. Never stands in a message, a log or an argument list.
public struct BackupPassphrase: Sendable {
  let bytes: [UInt8]

  public static let characterMinimum = 8
  /// A passphrase file longer than this is not one.
  static let byteLimit = 4096

  /// - Throws: ``BackupError/passphraseTooShort``.
  public init(_ text: String) throws {
    if text.count < Self.characterMinimum { throw BackupError.passphraseTooShort }
    bytes = Array(text.utf8)
  }

  /// What a person answers; a new one is asked for twice.
  /// - Throws: ``BackupError/passphraseTooShort``, ``BackupError/passphraseMismatch``.
  public init(isNew: Bool, asking ask: (_ question: String) -> String) throws {
    let text = ask(isNew ? "给备份设一个口令：" : "备份的口令：")
    try self.init(text)
    if isNew, ask("再输入一次：") != text { throw BackupError.passphraseMismatch }
  }

  /// The first line of a file that only its owner can read.
  /// - Throws: ``BackupError/passphraseUnreadable(path:)``; ``WorkspaceError/exposed(path:)``.
  public init(file path: String) throws {
    let path = (path as NSString).expandingTildeInPath
    guard let content = try Platform.readPrivate(path, limit: Self.byteLimit), content.count < Self.byteLimit,
      let text = String(validating: content, as: UTF8.self),
      let line = text.split(whereSeparator: \.isNewline).first
    else { throw BackupError.passphraseUnreadable(path: path) }
    try self.init(String(line))
  }
}
