import SyncEngine
import SyncModel

/// Lists, roles, spans and fields as people type them.
enum TypedNames {
  /// Names between `、`, `，` or `,`, each without blanks around it.
  static func list(_ texts: [String]) -> [String] {
    texts.flatMap { $0.split(whereSeparator: { "、，,".contains($0) }) }.map { String($0).trimmingBlanks() }
      .filter { !$0.isEmpty }
  }

  /// `reporter`, `填报人、审签人`.
  static func roles(_ text: String) throws -> Roles {
    let known = Roles.named.map { "\($0.title)（\($0.name)）" }.joined(separator: "、")
    let names = list([text])
    if names.isEmpty { throw Refusal.usage("没有写明职责", hint: "可选：\(known)") }
    return try names.reduce(into: Roles()) { roles, name in
      guard let role = Roles(name) else { throw Refusal.usage("没有“\(name)”这种职责", hint: "可选：\(known)") }
      roles.insert(role)
    }
  }

  /// `branch`, `党支部、直属党支部`.
  static func kinds(_ text: String) throws -> [UnitKind] {
    try list([text]).map { name in
      guard let kind = UnitKind(written: name) else {
        throw Refusal.usage(
          "没有“\(name)”这个类别",
          hint: "可选：" + UnitKind.allCases.map { "\($0.name)（\($0.title)）" }.joined(separator: "、"))
      }
      return kind
    }
  }

  /// `7d`, `7天`, `12h`, `12小时`, in milliseconds; at least an hour, at most an invitation's life.
  static func span(_ text: String) throws -> UInt64 {
    let half = Numerals.halfWidth(text).trimmingBlanks()
    let digits = half.prefix(while: \.isASCIIDigit)
    let hours: UInt64? =
      switch half.dropFirst(digits.count) {
      case "d", "天", "日", "": 24
      case "h", "小时", "时": 1
      default: nil
      }
    let limit = "最长 \(Invitation.lifeLimitDays) 天，到期可用 unitcli invite renew 重发"
    guard let hours, digits.count <= 4, let count = UInt64(digits), count > 0 else {
      throw Refusal.usage("“\(text)”不是有效期", hint: "请写成 7d（天）或 12h（小时），\(limit)")
    }
    if count * hours > Invitation.lifeLimitDays * 24 {
      throw Refusal.usage("有效期“\(text)”太长", hint: limit)
    }
    return count * hours * 3600 * 1000
  }

  /// `自评分=2`, `得分＝2`: the field and the text behind the first equals sign.
  static func assignment(_ text: String) throws -> (field: AnswerField, text: String) {
    guard let sign = text.firstIndex(where: { $0 == "=" || $0 == "＝" }) else {
      throw Refusal.usage("“\(text)”要写成 栏目=内容", hint: "例如 自评分=2、状态=已完成、备注=…")
    }
    let name = String(text[..<sign]).trimmingBlanks()
    guard let field = AnswerField(name: name) else { throw AnswerError.unknownField(name) }
    return (field, String(text[text.index(after: sign)...]))
  }
}
