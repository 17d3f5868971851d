import SyncReports
import Testing

@testable import unitcli

@Suite("What reaches the terminal")
struct ConsoleTests {
  @Test("texts of other people's devices cannot steer the terminal or turn the reading order around")
  func printable() {
    #expect(StandardOutput.printable("\u{1b}[31m红\u{1b}[0m\u{7}\u{9b}2J") == "[31m红[0m2J")
    #expect(StandardOutput.printable("甲\u{202e}乙\u{2066}丙\u{200f}") == "甲乙丙")
    #expect(StandardOutput.printable("一行\n\t二行\r\n█░⚠") == "一行\n\t二行\r\n█░⚠")
  }
}
