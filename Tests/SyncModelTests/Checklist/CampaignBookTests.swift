import SyncModel
import Testing

/// Which of several campaigns with one id counts for whom (protocol §9).
@Suite struct CampaignBookTests {
  private static func path(_ text: String) throws -> UnitPath { try #require(UnitPath(text)) }

  private let id = SubjectID(high: 7, low: 7)

  private func campaign(_ publisher: String, to units: [String], id: SubjectID? = nil) throws -> Campaign {
    let day = try #require(CalendarDate(year: 2026, month: 9, day: 30))
    return Campaign(
      id: id ?? self.id, name: "自查", publisher: try Self.path(publisher), units: try units.map(Self.path),
      deliverables: [
        .init(title: "报告", due: day, units: try units.map(Self.path))
      ])
  }

  /// Every order in which they may have come.
  private func orders(_ campaigns: [Campaign]) -> [[Campaign]] {
    campaigns.isEmpty
      ? [[]]
      : campaigns.indices.flatMap { index -> [[Campaign]] in
        var rest = campaigns
        let first = rest.remove(at: index)
        return orders(rest).map { [first] + $0 }
      }
  }

  @Test("an id is decided for each unit by itself: nearest the root, whatever came first (promise 7)")
  func sameID() throws {
    let tree = UnitTree(root: try Self.path("school"))
    let all = [
      try campaign("school", to: ["school/cs", "school/cs/t1", "school/ee"]),
      try campaign("school/cs", to: ["school/cs/t1", "school/cs/t2"]),
      try campaign("school/cs/t1", to: ["school/cs/t1", "school/ee"]),
      try campaign("school/ee", to: ["school/ee/t1"], id: SubjectID(high: 8, low: 8)),
    ]
    for order in orders(all) {
      let book = CampaignBook(order, tree: tree)
      #expect(book.all.map(\.key) == order.map(\.key), "listed as they were given")
      for unit in ["school", "school/cs", "school/cs/t1", "school/cs/t2", "school/ee", "school/new"] {
        #expect(try book.counting(id, for: Self.path(unit))?.publisher.description == "school", "\(unit)")
      }
      for judged in book.all where judged.id == id && judged.publisher.description != "school" {
        #expect(judged.units.isEmpty && judged.deliverables.isEmpty)
        for uncounted in judged.uncounted {
          let isReached = judged.publisher.contains(uncounted.unit)
          #expect(uncounted.insteadOf?.description == (isReached ? "school" : nil), "\(uncounted)")
        }
      }
      let upper = try #require(book.all.first { $0.publisher.description == "school" })
      #expect(upper.units.count == 3 && upper.uncounted.isEmpty && upper.deliverables.first?.units.count == 3)
    }
  }

  @Test("units that never were below the publisher are none of a campaign's (promise 7)")
  func outOfReach() throws {
    let tree = UnitTree(root: try Self.path("school"))
    let book = CampaignBook([try campaign("school/cs/t1", to: ["school/cs/t1", "school/ee", "school"])], tree: tree)
    #expect(book.all[0].units.map(\.description) == ["school/cs/t1"])
    #expect(book.all[0].uncounted.map(\.unit.description) == ["school/ee", "school"])
    #expect(try book.counting(id, for: Self.path("school/ee")) == nil)
    // Seen from above it is still the one that is meant.
    #expect(try book.meant(id, at: Self.path("school")).map(\.publisher.description) == ["school/cs/t1"])
  }

  @Test(
    "a moved unit is reached from where it was and where it is; whoever is above it now counts, however far from the root"
  )
  func moved() throws {
    let (unit, upper) = (try Self.path("school/cs/t1"), try Self.path("school/ee"))
    let tree = UnitTree(
      root: try Self.path("school"),
      moves: [AuthorityStatement.Move(unit: unit, generation: 1, parent: upper, cut: FeedCut())])
    let all = [
      try campaign("school/cs", to: ["school/cs/t1", "school/cs/t2"]), try campaign("school/ee", to: ["school/cs/t1"]),
    ]
    for order in orders(all) {
      let book = CampaignBook(order, tree: tree)
      #expect(book.counting(id, for: unit)?.publisher == upper)
      #expect(try book.counting(id, for: Self.path("school/cs/t2"))?.publisher.description == "school/cs")
      let former = try #require(book.all.first { $0.publisher.description == "school/cs" })
      #expect(former.units.map(\.description) == ["school/cs/t2"])
      #expect(former.uncounted.map(\.insteadOf) == [upper])
    }
    // By itself the former one goes on counting: whom it was for is frozen.
    #expect(CampaignBook([all[0]], tree: tree).all[0].units.count == 2)
  }

  @Test("of two units aside, none above the other, each has its own, and from above both are meant")
  func aside() throws {
    let tree = UnitTree(root: try Self.path("school"))
    let book = CampaignBook(
      [try campaign("school/cs/t1", to: ["school/cs/t1"]), try campaign("school/cs/t2", to: ["school/cs/t2"])],
      tree: tree)
    #expect(book.all.allSatisfy { $0.units == [$0.publisher] && $0.uncounted.isEmpty })
    #expect(try book.meant(id, at: Self.path("school/cs")).count == 2)
  }
}
