/// One thing that is never written: why, where that is laid down, and what to do instead (decision 0011).
public struct PrivacyRule: Hashable, Sendable {
  /// Stable, for scripts: the error's code.
  public let code: String
  /// On the screen.
  public let title: String
  public let reason: String
  /// The standard or form that defines what is looked for.
  public let source: String
  /// What the person at the keyboard does now; also the way out where the rule is mistaken.
  public let nextStep: String
}

extension PrivacyRule {
  public static let secrecyMark = PrivacyRule(
    code: "secrecyMark", title: "密级标志", reason: "涉密文件和内容不得在本软件中保存和传送",
    source: "GB/T 9704—2012 7.2.2：密级和保密期限以“★”分隔；国家秘密标志为“密级★保密期限”",
    nextStep: "请把涉密内容移出，按保密规定办理；只是谈到保密工作的，请写成句子，不要写成标志的样子")

  public static let residentID = PrivacyRule(
    code: "residentID", title: "公民身份号码", reason: "身份证号不在工作清单需要的范围之内，随清单逐级上传会扩散个人信息",
    source: "GB 11643—1999：6 位地区、8 位出生日期、3 位顺序、1 位校验；外国人永久居留身份证同式，以 9 开头",
    nextStep: "请删去号码，只写姓名；不是身份证号的，请换一种写法，例如只写后四位")

  public static let residentIDOld = PrivacyRule(
    code: "residentIDOld", title: "15 位身份证号", reason: "旧号可以推出现在的公民身份号码",
    source: "GB 11643—1989：6 位地区、6 位出生日期、3 位顺序，没有校验位",
    nextStep: "请删去号码，只写姓名；不是身份证号的，请换一种写法，例如只写后四位")

  public static let travelDocument = PrivacyRule(
    code: "travelDocument", title: "出入境证件号码", reason: "护照、通行证号不在工作清单需要的范围之内",
    source: "各证件上印刷的号码式样；只在文字写明是证件时才拦", nextStep: "请删去号码，只写证件种类；不是证件号的，请换一种写法，例如只写后四位")

  public static let bankCard = PrivacyRule(
    code: "bankCard", title: "银行卡号", reason: "卡号泄露会带来财产损失，清单和台账都不需要它",
    source: "ISO/IEC 7812-1：发卡机构标识和校验位；JR/T 0008：银联卡以 62 开头",
    nextStep: "请删去卡号；不是卡号的，请换一种写法，例如只写后四位")

  public static let all = [secrecyMark, residentID, residentIDOld, travelDocument, bankCard]
}

/// Where a rule holds in a text.
public struct PrivacyFinding: Hashable, Sendable {
  public let rule: PrivacyRule
  /// Which characters of the text, from 0.
  public let characters: Range<Int>
  /// For messages: a number's ends only (`11**************78`), a mark as it is.
  public let masked: String
}

/// Why a write is stopped; nothing was stored. Never holds the number itself.
public struct PrivacyError: ExplainedError, Hashable {
  public let rule: PrivacyRule
  /// The field in the words of the screen.
  public let field: String
  public let masked: String
  /// Which character of the field it begins with, from 1.
  public let position: Int

  public init(_ finding: PrivacyFinding, field: String) {
    rule = finding.rule
    self.field = field
    masked = finding.masked
    position = finding.characters.lowerBound + 1
  }

  public var code: String { rule.code }
  public var message: String { "“\(field)”第 \(position) 字起像是\(rule.title)（\(masked)），没有保存：\(rule.reason)" }
  public var hint: String { rule.nextStep }
}
