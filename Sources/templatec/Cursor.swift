import SyncModel

/// A place in a data file: reads what stands there, or says what should.
struct Cursor {
  let file: String
  let place: String
  let value: JSONValue

  func failure(_ reason: String) -> TemplateFileError { TemplateFileError(file: file, place: place, reason: reason) }

  private func mismatch(_ wanted: String) -> TemplateFileError {
    failure("\(wanted) belongs here, not \(value.typeName)")
  }

  /// The members of an object that has every required key and none that is unknown.
  func members(_ shape: Shape) throws(TemplateFileError) -> Members {
    guard case .object(let object) = value else { throw mismatch("an object") }
    let known = Set(shape.required + shape.optional)
    for key in object.keys.sorted() where !known.contains(key) {
      throw failure("“\(key)” is no key of a \(shape.name)")
    }
    for key in shape.required where object[key] == nil { throw failure("“\(key)” is missing") }
    return Members(owner: self, object: object)
  }

  func list(limit: Int) throws(TemplateFileError) -> [Cursor] {
    guard case .array(let values) = value else { throw mismatch("a list") }
    if values.count > limit { throw failure("\(values.count) entries, at most \(limit)") }
    return values.enumerated().map { Cursor(file: file, place: "\(place)[\($0.offset)]", value: $0.element) }
  }

  /// Not empty, without blanks at its ends, on one line.
  func text(limit: Int) throws(TemplateFileError) -> String {
    guard case .text(let text) = value else { throw mismatch("a text") }
    if text.isEmpty { throw failure("the text is empty") }
    if text.first?.isWhitespace == true || text.last?.isWhitespace == true || text.contains(where: \.isNewline) {
      throw failure("a blank at an end, or a line break, in “\(text)”")
    }
    if text.count > limit { throw failure("\(text.count) characters, at most \(limit): “\(text)”") }
    return text
  }

  func bool() throws(TemplateFileError) -> Bool {
    guard case .bool(let bool) = value else { throw mismatch("true or false") }
    return bool
  }

  func whole(_ range: ClosedRange<Int>) throws(TemplateFileError) -> Int {
    guard case .number(let number) = value else { throw mismatch("a number") }
    guard let whole = Int(exactly: number), range.contains(whole) else {
      throw failure("\(number) is no whole number from \(range.lowerBound) to \(range.upperBound)")
    }
    return whole
  }

  /// Points or an amount: from 0, with two decimals at most.
  func score() throws(TemplateFileError) -> Score {
    guard case .number(let number) = value else { throw mismatch("a number") }
    let hundredths = (number * 100).rounded()
    guard hundredths >= 0, hundredths <= Double(Score.limit.hundredths), abs(hundredths - number * 100) < 1e-6 else {
      throw failure("\(number) is not from 0 to \(Score.limit) with two decimals at most")
    }
    return Score(hundredths: Int64(hundredths))
  }

  /// `2021-05-07`.
  func date() throws(TemplateFileError) -> CalendarDate {
    let text = try text(limit: 10)
    guard let date = CalendarDate(text: text), date.description == text else {
      throw failure("“\(text)” is no day, written 2021-05-07")
    }
    return date
  }

  /// One of an enumeration's names.
  func choice<Choice: CaseIterable>(
    _ name: (Choice) -> String, of type: Choice.Type = Choice.self
  ) throws(TemplateFileError) -> Choice {
    let text = try text(limit: TextLimit.word)
    guard let found = Choice.allCases.first(where: { name($0) == text }) else {
      throw failure("“\(text)” is none of \(Choice.allCases.map(name).joined(separator: ", "))")
    }
    return found
  }
}

/// An object's members, each with its place.
struct Members {
  let owner: Cursor
  let object: [String: JSONValue]

  /// nil where the key is absent.
  subscript(key: String) -> Cursor? {
    object[key].map {
      Cursor(file: owner.file, place: owner.place.isEmpty ? key : "\(owner.place).\(key)", value: $0)
    }
  }

  /// A key that ``Cursor/members(_:)`` has seen to be there.
  func required(_ key: String) throws(TemplateFileError) -> Cursor {
    guard let cursor = self[key] else { throw owner.failure("“\(key)” is missing") }
    return cursor
  }

  func text(_ key: String, limit: Int) throws(TemplateFileError) -> String {
    guard let cursor = self[key] else { return "" }
    return try cursor.text(limit: limit)
  }

  func texts(_ key: String, count: Int, limit: Int) throws(TemplateFileError) -> [String] {
    var texts: [String] = []
    for cursor in try list(key, limit: count) { texts.append(try cursor.text(limit: limit)) }
    return texts
  }

  func flag(_ key: String) throws(TemplateFileError) -> Bool {
    guard let cursor = self[key] else { return false }
    return try cursor.bool()
  }

  func list(_ key: String, limit: Int) throws(TemplateFileError) -> [Cursor] {
    guard let cursor = self[key] else { return [] }
    return try cursor.list(limit: limit)
  }
}
