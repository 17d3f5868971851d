/// What a device may do in and below its unit.
public struct Roles: OptionSet, Hashable, Sendable {
  public let rawValue: UInt64
  public init(rawValue: UInt64) { self.rawValue = rawValue }

  /// 填报人.
  public static let reporter = Roles(rawValue: 1)
  /// 审签人, the secretary 书记.
  public static let signer = Roles(rawValue: 2)
  /// 审核人.
  public static let reviewer = Roles(rawValue: 4)
  /// 督查人.
  public static let inspector = Roles(rawValue: 8)
  /// 管理员.
  public static let admin = Roles(rawValue: 16)

  public static let all: Roles = [.reporter, .signer, .reviewer, .inspector, .admin]

  public static let named: [(role: Roles, name: String, title: String)] = [
    (.reporter, "reporter", "填报人"), (.signer, "signer", "审签人"), (.reviewer, "reviewer", "审核人"),
    (.inspector, "inspector", "督查人"), (.admin, "admin", "管理员"),
  ]

  /// By English name or Chinese title; nil for anything else.
  public init?(_ text: String) {
    guard let found = Roles.named.first(where: { $0.name == text || $0.title == text }) else { return nil }
    self = found.role
  }

  public var names: [String] { Roles.named.filter { contains($0.role) }.map(\.name) }
  public var titles: String { Roles.named.filter { contains($0.role) }.map(\.title).joined(separator: "、") }
}
