import SyncEngine
import SyncModel

/// A device asks a hub to confirm its invitation. Hexadecimal throughout; the body is signed with the new key.
public struct JoinRequest: Codable, Sendable {
  public var invitation: String
  public var secret: String
  /// Ed25519 public key.
  public var deviceKey: String
  /// ``AgreementCertificate``'s bytes.
  public var agreement: String
  public var deviceName: String

  public init(invitation: String, secret: String, deviceKey: String, agreement: String, deviceName: String) {
    self.invitation = invitation
    self.secret = secret
    self.deviceKey = deviceKey
    self.agreement = agreement
    self.deviceName = deviceName
  }

  public static let deviceNameLimit = 200
}

/// What a hub says of itself to anybody.
public struct HubInfo: Codable, Sendable {
  public var school: String
  public var unit: String
  public var rehearsal: Bool
  public var version: String

  public init(school: String, unit: String, rehearsal: Bool, version: String) {
    self.school = school
    self.unit = unit
    self.rehearsal = rehearsal
    self.version = version
  }
}

/// Problem details (RFC 9457) with the project's stable code, next step and whether to retry.
public struct Problem: Codable, Error, Sendable {
  public var type: String
  public var title: String
  public var status: Int
  public var code: String
  /// What the hub says. It reaches a screen as ``message`` alone, where it stands as the hub's.
  var detail: String
  /// What the hub says to do, likewise.
  var advice: String
  public var retry: Bool
  /// When to try again, where the hub can say so; the `Retry-After` field says the same.
  public var retryAfterSeconds: Int?

  /// Signed for another run of the hub, or at another time: the answer's signature tells both.
  public static let signAnewCode = "signAnew"
  /// The device was stopped: the hub takes nothing of it any more, and still answers what its notices say.
  public static let deviceStoppedCode = "deviceStopped"

  /// No such address or method: a hub of an earlier release.
  public static let unsupportedCode = "http404"

  public init(
    status: Int, code: String, detail: String, hint: String, retry: Bool, retryAfterSeconds: Int? = nil
  ) {
    type = "about:blank"
    title = code
    self.status = status
    self.code = code
    self.detail = detail
    advice = hint
    self.retry = retry
    self.retryAfterSeconds = retryAfterSeconds
  }

  public init(_ error: some ExplainedError, status: Int) {
    self.init(status: status, code: error.code, detail: error.message, hint: error.hint, retry: error.retry)
  }
}

extension Problem {
  private enum CodingKeys: String, CodingKey {
    case type, title, status, code, detail
    case advice = "hint"
    case retry, retryAfterSeconds
  }
}

extension Problem: ExplainedError {
  /// `汇总点说：“…”`: whoever runs a hub writes what stands there, so nobody may take it for a sentence of this program.
  public var message: String {
    let said = [detail, advice].filter { !$0.isEmpty }.joined(separator: "。")
    return said.isEmpty ? "汇总点没有收下，也没有说原因" : "汇总点说：\(VisibleText.quoted(said))"
  }

  /// Our own, by the code alone.
  public var hint: String {
    switch code {
    case OfficeError.invitationExpired.code, OfficeError.invitationUsed.code, OfficeError.invitationRevoked.code,
      OfficeError.invitationEnded.code:
      OfficeError.invitationExpired.hint
    case OfficeError.invitationUnknown.code: OfficeError.invitationUnknown.hint
    default: retry ? "请稍后再试一次；填写的内容都在本机" : "引号里是汇总点的话；拿不准请先向上级管理员核实"
    }
  }

  /// What scripts match on is a word, whatever a hub sends.
  static func code(_ text: String) -> String {
    let isWord = (1...64).contains(text.utf8.count) && text.utf8.allSatisfy { $0.isASCIIWord }
    return isWord ? text : "hubRefused"
  }
}

extension UInt8 {
  fileprivate var isASCIIWord: Bool {
    switch self {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: false
    }
  }
}
