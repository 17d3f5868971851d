import SyncModel
import Testing

/// How a school makes days out of milliseconds (promise 10).
@Suite struct SchoolZoneTests {
  @Test("a zone is written as people write it, within the bounds of the earth, and nothing else is one")
  func text() throws {
    for (text, minutes) in [
      ("+08:00", 480), ("+8", 480), ("＋08：00", 480), ("-05:30", -330), ("−3", -180), ("+00:00", 0), ("+14:00", 840),
      ("-12:00", -720),
    ] {
      let zone = try #require(SchoolZone(text: text), "\(text)")
      #expect(zone.minutesEast == minutes, "\(text)")
      #expect(SchoolZone(text: zone.description) == zone)
    }
    for text in [
      "", "8", "+", "08:00", "+15", "+14:01", "-12:01", "+08:60", "+8:0", "+008:00", "+08:00:00", "东八区", "+八",
      "Asia/Shanghai",
      "Z", "+-8", "+ 8", "+99:99",
    ] {
      #expect(SchoolZone(text: text) == nil, "\(text)")
    }
    #expect(SchoolZone(minutesEast: 841) == nil && SchoolZone(minutesEast: -721) == nil)
    #expect(SchoolZone.standard.description == "+08:00")
  }

  @Test("a day ends at the school's midnight, east and west of UTC and before 1970")
  func days() throws {
    // 2026-12-31T16:00:00Z.
    let midnight: UInt64 = 1_798_732_800_000
    #expect(SchoolZone.standard.reading(midnight - 1)?.day.description == "2026-12-31")
    #expect(SchoolZone.standard.reading(midnight - 1)?.second == 86_399)
    #expect(SchoolZone.standard.reading(midnight)?.day.description == "2027-01-01")
    #expect(SchoolZone.standard.reading(midnight)?.second == 0)
    let west = try #require(SchoolZone(text: "-12:00"))
    #expect(west.reading(midnight)?.day.description == "2026-12-31")
    #expect(west.reading(0)?.day.description == "1969-12-31")
    #expect(west.reading(0)?.second == 43_200)
    #expect(SchoolZone.standard.reading(.max) == nil)
  }
}
