import FoundationEssentials
import SyncModel

/// Writes checked files out as Swift: canonical bytes in base64, which compile at once however many templates there are,
/// and count rules as they are.
struct SwiftWriter {
  var files: [TemplateFile]

  /// Guides first, registers last, as they are listed on the screen.
  var source: String {
    let ordered = files.sorted { ($0.template.kind.rawValue, $0.slug) < ($1.template.kind.rawValue, $1.slug) }
    return """
      // Made by templatec out of Data/*.json; not to be edited.
      import SyncModel

      extension BundledTemplate {
        static let made: [(slug: String, bytes: String, countRules: [CountRule], rowChecks: [RowCheck])] = [
      \(ordered.map { "    (\(quoted($0.slug)), \(quoted(Data($0.template.bytes).base64EncodedString())), \(rules($0)), \(checks($0)))," }
        .joined(separator: "\n"))
        ]
      }

      """
  }

  private func rules(_ file: TemplateFile) -> String {
    let rules = file.countRules.map { rule in
      let condition = rule.condition.map(condition)
      return "CountRule(key: \(rule.key), title: \(quoted(rule.title)), condition: \(condition ?? "nil"), "
        + "sum: \(rule.sum.map(String.init) ?? "nil"))"
    }
    return "[\(rules.joined(separator: ", "))]"
  }

  private func condition(_ condition: CountRule.Condition) -> String {
    "CountRule.Condition(column: \(condition.column), words: [\(condition.words.map(quoted).joined(separator: ", "))])"
  }

  private func checks(_ file: TemplateFile) -> String {
    let checks = file.rowChecks.map { check in
      let rule =
        switch check.rule {
        case .once(let columns): ".once(columns: \(columns))"
        case .atLeast(let column, let other, let place):
          ".atLeast(column: \(column), of: \(other), where: \(condition(place)))"
        }
      return "RowCheck(title: \(quoted(check.title)), rule: \(rule))"
    }
    return "[\(checks.joined(separator: ", "))]"
  }

  private func quoted(_ text: String) -> String {
    "\"\(text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\""))\""
  }
}
