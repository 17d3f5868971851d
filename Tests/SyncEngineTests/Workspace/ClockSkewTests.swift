import SyncEngine
import SyncModel
import SyncTesting
import Testing

/// How far a clock is off, in words.
@Suite struct ClockSkewTests {
  @Test(
    "a clock that is off is told in days and hours, never in raw minutes",
    arguments: [
      (360_000, "6分钟"), (3_600_000, "1小时"), (5_400_000, "1小时30分钟"), (28_799_000, "8小时"), (86_400_000, "1天"),
      (86_399_000, "1天"), (115_200_000, "1天8小时"), (172_799_000, "2天"), (864_000_000_000, "10000天"),
    ] as [(UInt64, String)])
  func words(_ milliseconds: UInt64, _ text: String) {
    #expect(ClockSkew.text(milliseconds) == text)
    #expect(ClockSkew(milliseconds: -Int64(milliseconds)).sentence == "本机时钟比汇总点快 \(text)")
    #expect(ClockSkew(milliseconds: Int64(milliseconds)).sentence == "本机时钟比汇总点慢 \(text)")
  }

  @Test("five minutes are near enough, and the widest difference there is has words")
  func bounds() {
    #expect(ClockSkew(milliseconds: 300_000).sentence == nil && ClockSkew(milliseconds: -300_000).sentence == nil)
    #expect(ClockSkew(milliseconds: .min).sentence?.hasSuffix("小时") == true)
    #expect(ClockSkew.text(.max).contains("天"))
  }

  @Test("doctor says a hub's difference, and a clock from before the last synchronisation, in the same words")
  func checkup() throws {
    let school = try TestSchool()
    let root = try school.found()
    _ = try root.at(school.now()).addUnit("school/cs", name: "计算机学院党总支", kind: .committee, type: nil)
    let laptop = try school.enrol("school/cs", by: root)
    try school.synchronize(laptop, with: root)
    try laptop.workspace.remember(clockSkewMilliseconds: -115_200_000)
    func clock(at milliseconds: UInt64) throws -> String? {
      try Checkup(of: laptop.workspace.folder, nowMilliseconds: milliseconds, stateFolder: school.stateFolder).findings
        .first { $0.check == "clock" }?.message
    }
    #expect(try clock(at: school.now()) == "上次同步时，本机时钟比汇总点快 1天8小时")
    #expect(try clock(at: school.clock - 180_000_000)?.hasPrefix("本机时钟比上次同步时还早 2天") == true)
  }
}
