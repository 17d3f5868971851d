import SyncModel

/// The rules for own writes, applied to the changes of one call: see ``OwnWriteRules``.
enum OwnWrite {
  /// - Throws: ``ChannelRuleError`` or ``PrivacyError`` for the first thing that may not be written.
  static func check(_ changes: [Change], in channel: Channel) throws {
    for change in changes { try OwnWriteRules.check(change.register, change.value, in: channel) }
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
