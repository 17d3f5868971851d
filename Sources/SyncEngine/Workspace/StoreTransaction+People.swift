import SyncModel

/// A person of this workspace, as a row of its own table has them.
struct KnownPerson {
  let name: String
  let id: PersonID
  let shown: UInt64
}

extension StoreSnapshot {
  /// Everybody whose name is this one, in whatever normal form and with whatever blanks it was typed, first come first; the one of these
  /// very bytes before all. One human may stand there twice, since before names were written in NFC: both ids stay.
  func people(named name: String) throws -> [KnownPerson] {
    let wanted = NameProfile.person.tidied(name)
    let found = try connection.rows("SELECT name, id, shown FROM person ORDER BY rowid").compactMap { row in
      // Canonical equivalence, which SQLite does not know.
      NameProfile.person.tidied(row[0].text) == wanted
        ? PersonID(bytes: row[1].blob).map { KnownPerson(name: row[0].text, id: $0, shown: UInt64(row[2].integer)) }
        : nil
    }
    return found.filter { $0.name.utf8.elementsEqual(name.utf8) }
      + found.filter { !$0.name.utf8.elementsEqual(name.utf8) }
  }

  /// What a person has been shown in this workspace; 0 for somebody new.
  func shownMark(of name: String) throws -> UInt64 {
    try people(named: name).map(\.shown).max() ?? 0
  }

  /// The opaque ids of a person who has used this workspace; none for somebody new.
  func personIDs(named name: String) throws -> Set<PersonID> {
    Set(try people(named: name).map(\.id))
  }
}

extension StoreTransaction {
  /// A person of this workspace by name: their opaque id, drawn at first use, and the mark of what they have been shown.
  /// - Throws: ``NameError``, ``PrivacyError`` for a new name that is not written.
  func person(named name: String) throws -> (id: PersonID, shown: UInt64) {
    let known = try people(named: name)
    if let first = known.first { return (first.id, known.map(\.shown).max() ?? first.shown) }
    let name = try NameProfile.person.accepted(name)
    try OwnWriteRules.check(name, field: "姓名")
    let id = PersonID.random()
    try connection.run("INSERT INTO person VALUES (?, ?, 0)", [.text(name), .blob(id.bytes)])
    return (id, 0)
  }

  /// Never goes back: two commands of one person may end in either order.
  func markShown(to name: String, upTo order: UInt64) throws {
    for person in try people(named: name) {
      try connection.run(
        "UPDATE person SET shown = ? WHERE name = ? AND shown < ?",
        [SQLValue(order), .text(person.name), SQLValue(order)])
    }
  }
}
