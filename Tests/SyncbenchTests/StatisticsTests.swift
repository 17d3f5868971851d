import Testing

@testable import syncbench

@Suite("statistics of runs")
struct StatisticsTests {
  @Test("the median is the middle, or the mean of the two in the middle")
  func median() {
    #expect(Statistics([3, 1, 2])?.median == 2)
    #expect(Statistics([4, 1, 2, 3])?.median == 2.5)
    #expect(Statistics([5])?.median == 5)
    #expect(Statistics([]) == nil)
  }

  @Test("the spread is half the distance of the extremes, of the median")
  func spread() throws {
    let runs = try #require(Statistics([8, 10, 14]))
    #expect((runs.min, runs.max, runs.count) == (8, 14, 3))
    #expect(runs.spread == 0.3)
    #expect(Statistics([5])?.spread == 0)
  }

  @Test("a percentile is the smallest value that so many do not exceed")
  func percentile() {
    let values = (1...100).map(Double.init).shuffled()
    #expect(Statistics.percentile(0.5, of: values) == 50)
    #expect(Statistics.percentile(0.99, of: values) == 99)
    #expect(Statistics.percentile(1, of: values) == 100)
    #expect(Statistics.percentile(0, of: values) == 1)
    #expect(Statistics.percentile(0.99, of: [7]) == 7)
    #expect(Statistics.percentile(0.5, of: []) == nil)
  }

  @Test("a target is met only where everything was measured, at its own size, and holds")
  func states() {
    let million = Scale(1_000_000)
    func state(_ checks: [Check]) -> Outcome.State {
      Outcome(name: "", title: "", target: "", series: [], checks: checks, columns: []).state
    }
    let good = Check("a", 5, atLeast: 5, at: million, target: million)
    let bad = Check("b", 1.1, atMost: 1, at: million, target: million)
    let small = Check("c", 0.9, atMost: 1, at: Scale(1000), target: million)
    let missing = Check("d", nil, atMost: 1, at: million, target: million)
    let broken = Check("e", .nan, atMost: 1, at: million, target: million)
    #expect(state([good]) == .met)
    #expect(state([good, bad]) == .missed)
    #expect(state([good, small]) == .heldSoFar)
    #expect(state([good, missing]) == .notMeasured)
    #expect(state([good, broken]) == .notMeasured)
    #expect(state([missing, bad]) == .missed)
    #expect(state([]) == .notMeasured)
  }

  @Test("sizes are read and written with k and M")
  func scales() {
    #expect(Scale(argument: "10k") == Scale(10_000))
    #expect(Scale(argument: "1m") == Scale(1_000_000))
    #expect(Scale(argument: "250")?.description == "250")
    #expect(Scale(1_000_000).description == "1M")
    #expect(Scale(100_000).description == "100k")
    for text in ["", "k", "10x", "0", "-3"] { #expect(Scale(argument: text) == nil) }
  }

  @Test("figures keep three digits that count, in a unit that suits them")
  func figures() {
    #expect(Figure.text(0.000_123_4, "s") == "123 µs")
    #expect(Figure.text(0.0256, "s") == "25.6 ms")
    #expect(Figure.text(1.2345, "s") == "1.23 s")
    #expect(Figure.text(51.27, "B") == "51.3 B")
    #expect(Figure.text(333_000_000, "B") == "333 MB")
    #expect(Figure.text(949_321, "") == "949k")
    #expect(Figure.text(2, "×") == "2 ×")
    #expect(Figure.text(0, "B") == "0 B")
  }
}
