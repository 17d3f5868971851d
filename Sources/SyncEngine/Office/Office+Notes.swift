import SyncModel

/// One note of the unit's own 本单位底稿.
public struct Note: Sendable {
  public let id: SubjectID
  /// More than one where two devices changed it without knowing of each other, first shown first.
  public let versions: [(text: String, author: Conflict.Author)]
}

extension Office {
  private var notebook: LogID { LogID(identity.unit, .internal) }

  /// Writes a note that only the unit's own trusted devices can read; a hub passes it on sealed.
  ///
  /// - Parameter id: nil for a new note; otherwise the note whose text is replaced.
  /// - Throws: ``NoteError``; ``WorkspaceError``.
  public func note(_ text: String, replacing id: SubjectID? = nil) throws -> (id: SubjectID, written: Workspace.Written)
  {
    let text = text.trimmingBlanks()
    if text.isEmpty { throw NoteError.empty }
    if text.count > AnswerField.textLimit { throw NoteError.tooLong(text.count) }
    let id = id ?? .random()
    return (id, try write([Change(RegisterName(.note, id, .noteText), .text(text))], to: notebook))
  }

  /// Notes that can be read here, oldest first.
  public func notes() throws -> [Note] {
    try read { snapshot in
      try snapshot.registers(notebook, kind: .note).compactMap { register -> Note? in
        var versions: [(String, Conflict.Author)] = []
        for alternative in register.alternatives {
          guard case .value(let bytes) = alternative.content, let text = try? Value(bytes: bytes).textValue,
            let sibling = alternative.siblings.first,
            let origin = try snapshot.origin(register.log, of: sibling.dot)
          else { continue }
          versions.append((text, Conflict.Author(origin: origin, time: sibling.time)))
        }
        return versions.isEmpty ? nil : Note(id: register.name.subject, versions: versions)
      }
      .sorted { ($0.versions[0].author.time, $0.id) < ($1.versions[0].author.time, $1.id) }
    }
  }

  /// The note whose id begins with `text`.
  public func noteID(_ text: String) throws -> SubjectID {
    let wanted = text.lowercased()
    let found = try notes().map(\.id).filter { !wanted.isEmpty && $0.description.hasPrefix(wanted) }
    guard let only = found.first, found.count == 1 else { throw NoteError.unknown(text) }
    return only
  }
}

/// Why a note is refused; nothing was written.
public enum NoteError: ExplainedError, Hashable {
  case empty
  case tooLong(Int)
  case unknown(String)

  public var code: String {
    switch self {
    case .empty: "emptyNote"
    case .tooLong: "noteTooLong"
    case .unknown: "unknownNote"
    }
  }

  public var message: String {
    switch self {
    case .empty: "底稿没有内容"
    case .tooLong(let count): "底稿太长（\(count) 字，最多 \(AnswerField.textLimit) 字）"
    case .unknown(let text): "没有编号 \(text) 的底稿，或不止一条"
    }
  }

  public var hint: String {
    switch self {
    case .empty: "请写上内容，例如 unitcli note add \"谈话要点……\""
    case .tooLong: "请分成几条"
    case .unknown: "用 unitcli note list 查看编号"
    }
  }
}
