import SyncModel
import SyncTesting
import Testing

@Suite("attachments: what their registers hold")
struct AttachmentTests {
  private func attachment(
    hash: UInt64 = 1, byteCount: Int = 5, fileName: String = "会议记录.pdf", mediaType: String = "application/pdf"
  ) -> SyncModel.Attachment {
    SyncModel.Attachment(
      hash: Digest256(a: hash, b: 2, c: 3, d: 4), byteCount: byteCount, fileName: fileName, mediaType: mediaType)
  }

  @Test("what was written is read back, at the bounds too, and a newer version's additions are passed over")
  func roundTrip() throws {
    for file in [
      attachment(), attachment(byteCount: 0), attachment(byteCount: SyncModel.Attachment.byteLimit),
      attachment(fileName: String(repeating: "a", count: 255), mediaType: ""),
    ] {
      #expect(SyncModel.Attachment(try Value(bytes: file.value.bytes)) == file)
      guard case .list(let parts) = file.value else { throw CodecError.invalid(what: "list", offset: 0) }
      #expect(SyncModel.Attachment(.list(parts + [.integer(1)])) == file)
    }
  }

  @Test("anything else is no attachment (promise 8)")
  func hostile() {
    let good: [Value] = [.bytes(Array(repeating: 1, count: 32)), .integer(5), .text("a"), .text("b")]
    func changed(_ index: Int, _ value: Value) -> Value {
      var parts = good
      parts[index] = value
      return .list(parts)
    }
    #expect(SyncModel.Attachment(.list(good)) != nil)
    for value: Value in [
      .nothing, .list([]), .list(Array(good.prefix(3))), changed(0, .bytes([1])), changed(0, .text("a")),
      changed(1, .integer(-1)), changed(1, .integer(Int64(SyncModel.Attachment.byteLimit) + 1)), changed(1, .text("5")),
      changed(2, .text("")), changed(2, .text(String(repeating: "文", count: 86))),
      changed(3, .text(String(repeating: "b", count: 128))), changed(3, .integer(1)),
    ] { #expect(SyncModel.Attachment(value) == nil, "\(value)") }
  }

  @Test("neither name nor hash stands in the register's name, whatever is attached")
  func nameSaysNothing() {
    let element = ElementID(high: 7, low: 8)
    let name = SyncModel.Attachment.register(SubjectID(high: 1, low: 2), slot: 2, item: 9, element: element)
    #expect(name.kind == .attachment && name.element == element)
    #expect(Campaign.place(of: name).map { [$0.slot, $0.item] } == [2, 9])
  }

  @Test("people read `会议记录.pdf（1.2 MB）`, and a name from elsewhere with a missing value as what it is")
  func display() {
    #expect(AnswerField.evidence.display(attachment(byteCount: 1_258_292).value) == "会议记录.pdf（1.2 MB）")
    #expect(AnswerField.evidence.display(.nothing) == "（撤下）")
    #expect(AnswerField.evidence.display(.list([])) == "需要新版本")
  }
}
