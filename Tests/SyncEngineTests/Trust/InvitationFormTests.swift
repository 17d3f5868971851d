import Foundation
import SyncModel
import Testing

@testable import SyncEngine

@Suite("An invitation's bytes have one form")
struct InvitationFormTests {
  private let invitation: Invitation
  private let body: [UInt8]
  /// Behind version, id, secret and root key.
  private let rehearsalOffset = 1 + 16 + 16 + 32

  init() throws {
    let unit = try #require(UnitPath("school/cs"))
    invitation = Invitation(
      id: SubjectID(high: 1, low: 2), secret: BatchSecret(high: 3, low: 4),
      rootKey: try #require(DeviceKey(seed: [UInt8](repeating: 1, count: 32))).publicKey, rehearsal: true,
      schoolName: "示例大学", rootUnit: try #require(unit.parent), unit: unit, unitName: "计算机学院党总支",
      roles: [.reporter], expires: 1_790_000_000_000, hub: "https://hub.example:8443",
      hubDevice: DeviceID(high: 5, low: 6), hubPin: Hashing.sha256([1]))
    var code = invitation.url.dropFirst(Invitation.scheme.count).replacing("-", with: "+").replacing("_", with: "/")
    code += String(repeating: "=", count: (4 - code.count % 4) % 4)
    body = [UInt8](try #require(Data(base64Encoded: String(code))).dropLast(4))
  }

  /// The body behind its right checksum, as its author could write it.
  private func url(_ body: [UInt8]) -> String {
    Invitation.scheme
      + Data(body + Hashing.labelled(.invitation, body).bytes.prefix(4)).base64EncodedString()
      .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
  }

  @Test("whether it is for a rehearsal 演练 is 0 or 1: no other byte is read as no")
  func rehearsal() throws {
    #expect(try Invitation(text: url(body)) == invitation)
    #expect(body[rehearsalOffset] == 1)
    for byte in UInt8.min...UInt8.max {
      var changed = body
      changed[rehearsalOffset] = byte
      if byte <= 1 {
        #expect(try Invitation(text: url(changed)).rehearsal == (byte == 1))
      } else {
        #expect(throws: OfficeError.badInvitation("内容不认得")) { try Invitation(text: url(changed)) }
      }
    }
  }

  @Test("any other byte is refused, or read as what would have been written so")
  func canonical() {
    for index in body.indices {
      for byte in [0, 1, 2, 0x7f, 0x80, 0xff, body[index] ^ 1, body[index] ^ 0x80] as [UInt8] {
        var changed = body
        changed[index] = byte
        guard let read = try? Invitation(text: url(changed)) else { continue }
        #expect(read.url == url(changed), "byte \(index) as \(byte)")
      }
    }
  }
}
