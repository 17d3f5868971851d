/// The keys of one object in a data file. `template.schema.json` says the same under the same name; a test holds the two
/// together.
struct Shape: Hashable {
  let name: String
  let required: [String]
  let optional: [String]

  static let template = Shape(
    name: "template", required: ["slug", "title", "kind"],
    optional: ["audience", "preface", "columns", "note", "landscape", "sections", "counts", "checks"])
  static let column = Shape(
    name: "column", required: ["title"], optional: ["span", "width", "content", "required", "choices"])
  static let node = Shape(
    name: "node", required: ["text"],
    optional: ["number", "points", "requirements", "deliverables", "cells", "children"])
  static let requirement = Shape(
    name: "requirement", required: ["kind", "what"],
    optional: ["amount", "measure", "per", "soft", "each", "substitute"])
  static let deliverable = Shape(name: "deliverable", required: ["title"], optional: ["due"])
  static let count = Shape(name: "count", required: ["key", "title"], optional: ["where", "sum"])
  static let condition = Shape(name: "condition", required: ["column", "in"], optional: [])

  static let check = Shape(name: "check", required: ["title"], optional: ["once", "where", "least", "of"])

  static let all = [template, column, node, requirement, deliverable, count, condition, check]
}

/// How long a text in a data file may be, in characters. A template that is longer than this is no longer in concise words.
enum TextLimit {
  static let title = 40
  static let slug = 40
  static let number = 8
  /// An item, and what stands above or below a table.
  static let item = 90
  /// A header cell, a word to choose from, what a requirement counts.
  static let word = 30
  static let measure = 4
}
