import SyncModel

/// A template as stored in a notices log.
public struct StoredTemplate: Hashable, Sendable {
  public let template: Template
  public let hash: Digest256
  public let document: SubjectID
  /// Whose notices hold it.
  public let unit: UnitPath

  /// What people name it by: the first eight digits of its hash.
  public var id: String { String(hash.description.prefix(8)) }
}

/// What kinds of document there are.
enum DocumentKind: UInt64 {
  case template = 1
}

extension Office {
  /// Stores a template in this unit's notices, where every unit below reads it; one already there is not stored again.
  public func store(_ template: Template) throws -> StoredTemplate {
    try store([template])[0].stored
  }

  /// Stores the templates of one document, all or none of them.
  /// - Returns: in the same order, with whether it was not there before.
  public func store(_ templates: [Template]) throws -> [(stored: StoredTemplate, isNew: Bool)] {
    let known = Dictionary(try self.templates().map { ($0.hash, $0) }, uniquingKeysWith: { first, _ in first })
    var stored: [Digest256: StoredTemplate] = [:]
    var changes: [Change] = []
    let results = templates.map { template -> (stored: StoredTemplate, isNew: Bool) in
      let hash = template.hash
      if let found = known[hash] ?? stored[hash] { return (found, false) }
      let document = SubjectID.random()
      changes += Self.changes(storing: template, as: document)
      let new = StoredTemplate(template: template, hash: hash, document: document, unit: identity.unit)
      stored[hash] = new
      return (new, true)
    }
    if !changes.isEmpty { _ = try write(changes, to: LogID(identity.unit, .notices)) }
    return results
  }

  private static func changes(storing template: Template, as document: SubjectID) -> [Change] {
    let bytes = template.bytes
    let chunks = stride(from: 0, to: bytes.count, by: Entry.chunkByteLimit).map {
      Array(bytes[$0..<min($0 + Entry.chunkByteLimit, bytes.count)])
    }
    let manifest = Change(
      RegisterName(.document, document, .documentManifest),
      .list([
        .choice(DocumentKind.template.rawValue), .bytes(template.hash.bytes), .integer(Int64(bytes.count)),
        .integer(Int64(chunks.count)), .text(template.title),
      ]))
    return chunks.enumerated().map { index, chunk in
      Change(RegisterName(.document, document, part: UInt64(index + 1), .documentChunk), .bytes(chunk))
    } + [manifest]
  }

  /// Every template that has arrived whole, in the order of units and titles.
  public func templates() throws -> [StoredTemplate] {
    try read { snapshot in
      try snapshot.logs().filter { $0.log.channel == .notices }.flatMap { try Self.templates(in: $0.log, snapshot) }
    }
  }

  /// By id, a start of it, or its title. What is stored twice is one template.
  public func template(_ text: String) throws -> StoredTemplate {
    let all = try templates()
    var hashes: Set<Digest256> = []
    let different = all.filter { hashes.insert($0.hash).inserted }
    let typed = text.trimmingBlanks()
    let prefix = typed.lowercased()
    let exact = different.filter { $0.hash.description == prefix }
    let match: NameMatch<StoredTemplate> =
      exact.count == 1
      ? .found(exact[0])
      : .find(
        typed, among: different, identified: { prefix.count >= 4 && $0.hash.description.hasPrefix(prefix) },
        names: { [$0.template.title] })
    return try chosen(
      match, text, what: "表样",
      lines: { templates in
        zip(templates, NameLines.shortest(templates.map(\.hash.description))).map { "\($1)（\($0.template.title)）" }
      }, ambiguous: { .ambiguousTemplate($0, candidates: $1) },
      unknown: {
        .unknownTemplate(
          text, nearest: Nearest.names(typed, among: all.map { "\($0.id)（\($0.template.title.visibleName)）" }))
      })
  }

  static func templates(in log: LogID, _ snapshot: StoreSnapshot) throws -> [StoredTemplate] {
    var found: [StoredTemplate] = []
    for register in try snapshot.registers(log, kind: .document) where register.name.field == .documentManifest {
      if let template = try template(register.name.subject, in: log, snapshot) { found.append(template) }
    }
    return found.sorted { ($0.template.title, $0.hash) < ($1.template.title, $1.hash) }
  }

  /// nil until every chunk is here and the whole verifies against the manifest's hash.
  static func template(_ document: SubjectID, in log: LogID, _ snapshot: StoreSnapshot) throws -> StoredTemplate? {
    guard
      let manifest = try snapshot.register(log, RegisterName(.document, document, .documentManifest))?.value?.listValue,
      manifest.count >= 5, manifest[0].choiceValue == DocumentKind.template.rawValue,
      let hash = manifest[1].bytesValue.flatMap(Digest256.init(bytes:)), let length = manifest[2].integerValue,
      let count = manifest[3].integerValue, (0...Int64(Template.byteLimit)).contains(length),
      (0...Int64(Template.byteLimit / Entry.chunkByteLimit + 1)).contains(count)
    else { return nil }
    var bytes: [UInt8] = []
    for part in 0..<UInt64(count) {
      let name = RegisterName(.document, document, part: part + 1, .documentChunk)
      guard let chunk = try snapshot.register(log, name)?.value?.bytesValue else { return nil }
      bytes += chunk
    }
    guard bytes.count == Int(length), Hashing.sha256(bytes) == hash, let template = try? Template(bytes: bytes) else {
      return nil
    }
    return StoredTemplate(template: template, hash: hash, document: document, unit: log.unit)
  }
}
