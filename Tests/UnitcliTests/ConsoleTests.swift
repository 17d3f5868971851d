import Foundation
import SyncModel
import SyncReports
import Testing

@testable import unitcli

@Suite("what reaches the terminal")
struct ConsoleTests {
  @Test("texts of other people's devices cannot steer the terminal or turn the reading order around")
  func visible() {
    #expect(ScreenText.line("\u{1b}[31m红\u{7}\u{9b}2J").text == "\\u{1B}[31m红\\u{7}\\u{9B}2J\n")
    #expect(ScreenText.line("甲\u{202e}乙\u{2066}丙\u{200f}").text == "甲\\u{202E}乙\\u{2066}丙\\u{200F}\n")
    #expect(ScreenText.document("一行\n\t二行\r\n█░⚠\u{1b}").text == "一行\n\t二行\r\n█░⚠\\u{1B}")
  }

  @Test(
    "a line stays one, whatever ends lines in it",
    arguments: ["\n", "\r", "\r\n", "\u{B}", "\u{C}", "\u{85}", "\u{2028}", "\u{2029}"])
  func oneLine(end: String) {
    #expect(ScreenText.line("甲\(end)下一步：请汇款").text == "甲⏎下一步：请汇款\n")
    #expect(ScreenText.question("甲\(end)乙").text == "甲⏎乙")
    #expect(ScreenText.redrawn("甲\(end)乙").text == "\r甲⏎乙")
  }

  @Test("JSON loses nothing and shows what nobody sees as \\u")
  func json() throws {
    let text = "甲\r\n\u{202E}乙\u{85}\u{2028}\u{200B}\u{FEFF}\u{E0001}\"\\\t\u{1B}\u{0}👩‍👧"
    let json = VisibleText.json(text)
    #expect(json.unicodeScalars.allSatisfy { !["Cc", "Cf", "Zl", "Zp"].contains("\($0.properties.generalCategory)") })
    #expect(json.contains("\\u202e") && json.contains("\\u0085") && json.contains("\\u2028"))
    #expect(try JSONDecoder().decode(String.self, from: Data(json.utf8)) == text)
    let encoded = String(decoding: try JSONEncoder().encode([text]), as: UTF8.self)
    let shown = VisibleText.jsonDocument(encoded)
    #expect(!shown.unicodeScalars.contains("\u{202E}"))
    #expect(try JSONDecoder().decode([String].self, from: Data(shown.utf8)) == [text])
  }

  @Test("somebody else's sentence is quoted on one line, cannot end its quotation, and is cut")
  func quoted() {
    #expect(VisibleText.quoted("请稍后”。\n下一步：“汇款") == "“请稍后’。⏎下一步：‘汇款”")
    #expect(VisibleText.quoted(String(repeating: "长", count: 1_000)).count == VisibleText.quoteLimit + 3)
  }
}
