import SyncModel

extension StoreSnapshot {
  /// What a person has been shown in this workspace; 0 for somebody new.
  func shownMark(of name: String) throws -> UInt64 {
    UInt64(try connection.first("SELECT shown FROM person WHERE name = ?", [.text(name)])?[0].integer ?? 0)
  }
}

extension StoreSnapshot {
  /// The opaque id of a person who has used this workspace; nil for somebody new.
  func personID(named name: String) throws -> PersonID? {
    try connection.first("SELECT id FROM person WHERE name = ?", [.text(name)]).flatMap { PersonID(bytes: $0[0].blob) }
  }
}

extension StoreTransaction {
  /// A person of this workspace by name: their opaque id, drawn at first use, and the mark of what they have been shown.
  func person(named name: String) throws -> (id: PersonID, shown: UInt64) {
    if let row = try connection.first("SELECT id, shown FROM person WHERE name = ?", [.text(name)]),
      let id = PersonID(bytes: row[0].blob)
    {
      return (id, UInt64(row[1].integer))
    }
    try OwnWriteRules.check(name, field: "姓名")
    let id = PersonID.random()
    try connection.run("INSERT INTO person VALUES (?, ?, 0)", [.text(name), .blob(id.bytes)])
    return (id, 0)
  }

  /// Never goes back: two commands of one person may end in either order.
  func markShown(to name: String, upTo order: UInt64) throws {
    try connection.run(
      "UPDATE person SET shown = ? WHERE name = ? AND shown < ?", [SQLValue(order), .text(name), SQLValue(order)])
  }
}
