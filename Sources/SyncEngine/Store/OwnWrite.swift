import SyncModel

/// The rules for own writes, applied to the changes of one call: see ``OwnWriteRules``.
enum OwnWrite {
  /// - Parameter stands: true for a name that is here already. It is written again where a unit is moved or somebody writes in
  ///   another log, and stays what it is.
  /// - Throws: ``ChannelRuleError``, ``PrivacyError`` or ``NameError`` for the first thing that may not be written.
  static func check(_ changes: [Change], in channel: Channel, stands: (Change) throws -> Bool) throws {
    for change in changes {
      try OwnWriteRules.check(change.register, change.value, in: channel)
      for (profile, name) in NameProfile.names(in: change.register, change.value) {
        do {
          try profile.check(name)
        } catch {
          if try !stands(change) { throw error }
        }
      }
    }
    try checkDocuments(changes)
  }

  /// Documents travel as bytes in chunks: they are put together again and read as what they are, so that a number cut in
  /// two by a chunk's end is found and bytes that only look like one are not.
  private static func checkDocuments(_ changes: [Change]) throws {
    let chunks = changes.filter { $0.register.kind == .document && $0.register.field == .documentChunk }
    let documents = Dictionary(grouping: chunks) { $0.register.subject }
    for (_, parts) in documents.sorted(by: { $0.key < $1.key }) {
      let bytes = parts.sorted { $0.register.part < $1.register.part }.flatMap { $0.value.bytesValue ?? [] }
      if let template = try? Template(bytes: bytes) {
        try OwnWriteRules.check(template)
      } else if let text = String(validating: bytes, as: UTF8.self) {
        try OwnWriteRules.check(text, field: "文件内容")
      }
    }
  }
}
