import Foundation
import SyncModel
import Testing

@testable import SyncReports

@Suite("Text for a terminal")
struct TextTests {
  @Test(
    "columns, not characters, are counted",
    arguments: [
      ("", 0), ("abc", 3), ("党支部", 6), ("5.1 项", 6), ("（一）", 6), ("e\u{301}", 1), ("\u{200B}", 0), ("🎉", 2), ("👨‍👩‍👧", 2),
      ("⚠\u{FE0F}", 2), ("⚠", 1), ("█░", 2), ("“二”", 4), ("ｱ", 1), ("Ａ", 2), ("𠮷", 2), ("é", 1),
    ])
  func width(text: String, columns: Int) {
    #expect(DisplayWidth.of(text) == columns)
  }

  @Test("what is cut fits and ends on an ellipsis")
  func cut() {
    #expect(DisplayWidth.cut("意识形态工作", to: 12) == "意识形态工作")
    #expect(DisplayWidth.cut("意识形态工作", to: 8) == "意识形…")
    #expect(DisplayWidth.cut("意识形态工作", to: 9) == "意识形态…")
  }

  @Test("Chinese breaks anywhere but before a closing mark or after an opening one")
  func wrap() {
    #expect(LineWrap.lines("研究、研判并上报", columns: 8) == ["研究、研", "判并上报"])
    #expect(LineWrap.lines("意识形态，按期", columns: 8) == ["意识形", "态，按期"])
    #expect(LineWrap.lines("完成情况（已办）", columns: 10) == ["完成情况", "（已办）"])
    #expect(LineWrap.lines("运行 unitcli sync 接收", columns: 12) == ["运行 unitcli", "sync 接收"])
    #expect(LineWrap.lines("abcdefghij", columns: 4) == ["abcd", "efgh", "ij"])
    #expect(LineWrap.lines("", columns: 4) == [""])
    #expect(LineWrap.lines("甲\n乙\r丙", columns: 20) == ["甲⏎乙⏎丙"])
    #expect(LineWrap.block("  备注：甲\n乙丙丁戊己", columns: 12) == ["  备注：甲⏎", "  │ 乙丙丁戊", "  │ 己"])
    #expect(LineWrap.block("  备注：甲", columns: 12) == ["  备注：甲"])
  }

  @Test("no line is wider than asked and no character is lost", arguments: 2...40)
  func wrapKeepsAll(columns: Int) {
    let text = "班子每月议一次党建（含“三重一大”），有会议纪要，见 https://example.edu.cn/a；第5.1项，得2分。"
    let lines = LineWrap.lines(text, columns: columns)
    #expect(lines.allSatisfy { DisplayWidth.of($0) <= columns })
    #expect(lines.joined().filter { $0 != " " } == text.filter { $0 != " " })
  }

  @Test("a table's columns stay aligned where Chinese and Latin mix, numbers on the right, long text in its own column")
  func table() {
    var table = TextTable([.init("编号"), .init("内容", wraps: true), .init("分值", .right)])
    table.add(["5.1", "意识形态工作按期研究、研判并上报", "4"])
    table.add(["12.2", "证件集中保管", "0.5"])
    #expect(
      table.lines(width: 30) == [
        "编号  内容                分值",
        "──────────────────────────────",
        "5.1   意识形态工作按期研     4",
        "      究、研判并上报",
        "12.2  证件集中保管         0.5",
      ])
  }

  @Test("a bar is full only when all is done, and never empty once begun", arguments: 0...44)
  func bar(done: Int) {
    let text = ProgressBar(done, of: 44).text(columns: 8)
    #expect(DisplayWidth.of(text) == 13)
    #expect(text.contains("░") == (done < 44))
    #expect(text.contains("█") == (done > 0))
    #expect(text.hasSuffix("100%") == (done == 44))
  }

  @Test("a bar of nothing is a dash")
  func emptyBar() {
    #expect(ProgressBar(0, of: 0).text() == "—")
    #expect(ProgressBar(27, of: 44).text() == "████░░░░  61%")
  }

  @Test("a unit's sentence gives the interval, what is attainable and what is open; kinds of empty stay apart")
  func sentence() {
    var summary = ScoreSummary()
    (summary.low, summary.high) = (Score(hundredths: 8200), Score(hundredths: 8600))
    (summary.attainableLow, summary.attainableHigh) = (Score(hundredths: 10_000), Score(hundredths: 10_000))
    summary.conflicts = 3
    #expect(ScoreText.sentence(summary) == "82–86 分（可得 100 分），3 项待核定")
    (summary.low, summary.conflicts) = (summary.high, 0)
    #expect(ScoreText.sentence(summary) == "86 分（可得 100 分）")
    (summary.zeros, summary.notApplicable) = (2, 1)
    #expect(ScoreText.remarks(summary, scored: true) == "零分 2 项，不适用 1 项")
    #expect(ScoreText.remarks(summary, scored: false) == "不适用 1 项")
  }

  @Test("a column that no row fills is left out")
  func emptyColumn() {
    var table = TextTable([.init("甲"), .init("乙"), .init("丙")])
    table.add(["1", "", "3"])
    #expect(table.lines(width: 40) == ["甲  丙", "──────", "1   3"])
  }

  @Test("CSV quotes as RFC 4180 says and disarms formulas, full-width ones too; a number stays one")
  func csv() {
    var writer = CSVWriter()
    writer.add(["一支部", "写\"好\"了", "甲,乙", "上\n下", ""])
    writer.add(["=1+1", "+8", "-2", "@a", "＝A1", "A=1"])
    #expect(
      writer.text
        == "\u{FEFF}一支部,\"写\"\"好\"\"了\",\"甲,乙\",\"上\n下\",\r\n'=1+1,'+8,-2,'@a,'＝A1,A=1\r\n")
  }

  @Test(
    "a formula behind blanks, line ends or what nobody sees is disarmed too",
    arguments: [
      " =1+1", "\n=1+1", "\r\n@SUM(A1)", "\u{3000}+1", "\u{FEFF}=1", "\u{200B}\u{200D}-1+2", "\u{A0}=1", "\u{2028}=1",
      "\u{202E}=1", "\u{AD}=1", "\u{FE0F}=1", "\u{0}=1", "\t1", "\r1", "-1-1", "-1e5|x", "\u{E0001}＝1", "=\u{301}1",
    ])
  func disarmed(_ text: String) {
    let cell = CSVWriter.cell(text)
    #expect(cell.unicodeScalars.drop { $0 == "\"" }.first == "'", "\(cell)")
    #expect(!cell.unicodeScalars.contains("\r") && !cell.unicodeScalars.contains("\u{2028}"))
    #expect(CSVWriter.withoutApostrophe("'" + text) == text)
  }

  @Test("what is no formula stays as it is", arguments: ["-5", "-0.5", " -5", "1=1", "'甲", "", "a-b", "（=1）"])
  func harmless(_ text: String) {
    #expect(CSVWriter.cell(text) == text && CSVWriter.withoutApostrophe(text) == text)
  }

  @Test("a table's cell neither begins a line nor steers the terminal")
  func oneLineCells() {
    var table = TextTable([.init("党组织", wraps: true), .init("备注", wraps: true)])
    table.addHeading("一\r\n下一步：请汇款")
    for end in ["\n", "\r", "\r\n", "\u{B}", "\u{C}", "\u{85}", "\u{2028}", "\u{2029}"] {
      table.add(["甲\(end)下一步：请把口令发到", "乙\u{1B}[2J\u{202E}"])
    }
    let lines = table.lines(width: 100)
    #expect(lines.count == 11 && !lines.contains { $0.hasPrefix("下一步") })
    #expect(lines.dropFirst(3).allSatisfy { $0.hasPrefix("甲⏎下一步：请把口令发到  乙\\u{1B}[2J\\u{202E}") }, "\(lines)")
  }

  @Test("instants read as people and scripts expect, in any zone")
  func clock() throws {
    let shanghai = ClockText(zone: .standard)
    let instant = try #require(ClockText.milliseconds(iso8601: "2026-09-26T14:30:05+08:00"))
    #expect(shanghai.minute(instant, thisYear: 2026) == "9月26日 14:30")
    #expect(shanghai.minute(instant, thisYear: 2027) == "2026年9月26日 14:30")
    #expect(shanghai.iso8601(instant) == "2026-09-26T14:30:05+08:00")
    let west = ClockText(zone: try #require(SchoolZone(minutesEast: -5 * 60 - 30)))
    #expect(west.iso8601(instant) == "2026-09-26T01:00:05-05:30")
    #expect(west.iso8601(0) == "1969-12-31T18:30:00-05:30")
    #expect(shanghai.minute(.max) == "时间不明")
    #expect(ClockText.milliseconds(iso8601: "2026-09-26 14:30") == nil)
  }
}
