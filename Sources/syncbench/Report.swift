import Foundation

/// Everything that one run measured.
struct Report: Codable, Sendable {
  var form: Form
  var machine: Machine
  var seed: UInt64
  var ops: String?
  var seconds: Double = 0
  var outcomes: [Outcome] = []

  init(form: Form, machine: Machine, seed: UInt64, ops: String?) {
    self.form = form
    self.machine = machine
    self.seed = seed
    self.ops = ops
  }

  var json: Data {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
      return try encoder.encode(self)
    }
  }

  // MARK: Text

  var text: String {
    var lines = [heading]
    for outcome in outcomes {
      lines += ["", "\(outcome.name) — \(outcome.title)", "  target: \(outcome.target)"]
      lines += outcome.lines.map { "  " + $0 }
      lines.append("  \(outcome.verdictLine)")
    }
    return lines.joined(separator: "\n")
  }

  private var heading: String {
    """
    \(form.rawValue) form, \(machine.processors) processors (\(machine.model)), \(Int(seconds)) s. Medians, with half the \
    distance of the extremes; compare ratios of one run, not figures of two.
    """
  }

  // MARK: Markdown

  var markdown: String {
    var lines = [heading, "", "| workload | target | found | |", "|---|---|---|---|"]
    for outcome in outcomes {
      let found = outcome.checks.map(\.text).joined(separator: "; ")
      lines.append("| \(outcome.name) | \(outcome.target) | \(found) | \(outcome.state.rawValue) |")
    }
    for outcome in outcomes {
      lines += ["", "### \(outcome.name): \(outcome.title)", ""]
      let columns = outcome.shownColumns
      lines.append("| | scale | " + columns.map(\.title).joined(separator: " | ") + " |")
      lines.append("|---|---|" + columns.map { _ in "---|" }.joined())
      for series in outcome.series {
        let cells = columns.map { column in
          series.statistics(column.value).map { Figure.text($0, column.unit) } ?? ""
        }
        lines.append(
          "| \(series.label) | \(series.scale) | "
            + (series.error.map { "\($0) |" } ?? cells.joined(separator: " | ") + " |"))
      }
    }
    return lines.joined(separator: "\n")
  }
}

extension Outcome {
  var shownColumns: [Workload.Column] {
    columns.map { Workload.Column($0[0], $0[1], $0[2]) }
      .filter { column in series.contains { $0.statistics(column.value) != nil } }
  }

  /// A line for each series.
  var lines: [String] {
    series.map { series in
      let cells = shownColumns.compactMap { column in
        series.statistics(column.value).map { "\(column.title) \(Figure.text($0, column.unit))" }
      }
      let notes = Set(series.samples.flatMap(\.notes)).sorted()
      return "\(series.label) @\(series.scale): "
        + (series.error ?? (cells + notes).joined(separator: ", "))
    }
  }

  var verdictLine: String {
    "→ \(state.rawValue)" + (checks.isEmpty ? "" : ": " + checks.map(\.text).joined(separator: "; "))
  }
}

extension Check {
  var text: String {
    let sign = atLeast ? "≥" : "≤"
    let value = found.map { Figure.text($0, unit) } ?? "not measured"
    let size = isTargetScale ? "" : " at \(scale)"
    return "\(what) \(value) (\(sign) \(Figure.text(bound, unit)))\(size)" + (note.map { ", \($0)" } ?? "")
  }
}

/// Figures as people read them.
enum Figure {
  static func text(_ statistics: Statistics, _ unit: String) -> String {
    let spread =
      statistics.count > 1 && statistics.spread >= 0.005 ? " ±\(Int((statistics.spread * 100).rounded())) %" : ""
    return text(statistics.median, unit) + spread
  }

  static func text(_ value: Double, _ unit: String) -> String {
    switch unit {
    case "s" where abs(value) < 0.001: return "\(rounded(value * 1_000_000)) µs"
    case "s" where abs(value) < 1: return "\(rounded(value * 1000)) ms"
    case "B" where abs(value) >= 1_000_000: return "\(rounded(value / 1_000_000)) MB"
    case "B" where abs(value) >= 10_000: return "\(rounded(value / 1000)) kB"
    case "": return abs(value) >= 100_000 ? "\(rounded(value / 1000))k" : rounded(value)
    case "×": return "\(rounded(value)) ×"
    default: return "\(rounded(value)) \(unit)"
    }
  }

  /// Three digits that count.
  static func rounded(_ value: Double) -> String {
    if value == 0 { return "0" }
    if !value.isFinite { return "–" }
    let digits = max(0, 2 - Int(log10(abs(value)).rounded(.down)))
    let text = String(format: "%.\(min(digits, 6))f", value)
    guard text.contains(".") else { return text }
    let trimmed = text.reversed().drop { $0 == "0" }
    return String(String(trimmed.reversed()).reversed().drop { $0 == "." }.reversed())
  }
}
