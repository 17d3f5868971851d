import FoundationEssentials
import SyncModel

/// A template that comes with the product, for units without a document of their own.
///
/// Its data file is `Data/<slug>.json`, checked while building. The wording is ours and may improve, which makes a new
/// template with a new hash; the slug stays.
public struct BundledTemplate: Hashable, Sendable {
  /// What it is called on the command line.
  public let slug: String
  public let template: Template
  /// What may go up of a register, as numbers; empty for everything else.
  public let countRules: [CountRule]
  /// What is asked about before those numbers go up.
  public let rowChecks: [RowCheck]

  /// Where its answers and rows are written.
  public var channel: Channel { template.kind == .register ? .internal : .answers }

  /// Guides first, registers last.
  public static let all: [BundledTemplate] = made.map { slug, text, countRules, rowChecks in
    guard let bytes = Data(base64Encoded: text), let template = try? Template(bytes: Array(bytes)) else {
      preconditionFailure("templatec wrote \(slug), and what it writes is canonical")
    }
    return BundledTemplate(slug: slug, template: template, countRules: countRules, rowChecks: rowChecks)
  }

  /// By short name or title; nil where none is called so.
  public static func named(_ name: String) -> BundledTemplate? {
    all.first { $0.slug == name } ?? all.first { $0.template.title.nameKey == name.nameKey }
  }
}
