/// A row of the table of targets: what is measured for it, and what makes it met.
struct Workload: Sendable {
  let name: String
  let title: String
  /// In the words of docs/benchmarks.md.
  let target: String
  let probes: @Sendable (Extent) -> [Probe]
  /// The figures that are printed of every series, in order.
  let columns: [Column]
  let checks: @Sendable (Results) -> [Check]

  struct Column: Sendable {
    let value: String
    let title: String
    let unit: String

    init(_ value: String, _ title: String, _ unit: String) {
      self.value = value
      self.title = title
      self.unit = unit
    }
  }

  func outcome(in bench: Bench) -> Outcome {
    let series = bench.measure(probes(bench.extent))
    return Outcome(
      name: name, title: title, target: target, series: series,
      checks: checks(Results(series: series, extent: bench.extent)),
      columns: columns.map { [$0.value, $0.title, $0.unit] })
  }
}

/// What a workload's probes came to.
struct Results {
  let series: [Series]
  let extent: Extent

  /// The median; nil where it was not measured.
  func median(_ value: String, _ label: String, _ scale: Scale) -> Double? {
    series.first { $0.label == label && $0.scale == scale }?.statistics(value)?.median
  }

  /// The largest scale at which `label` was measured.
  func largest(_ label: String) -> Scale? {
    series.filter { $0.label == label && !$0.samples.isEmpty }.map(\.scale).max { $0.count < $1.count }
  }

  /// Whether the target's own size was among what was to be measured.
  func ratio(_ value: String, _ label: String, to other: String, _ otherValue: String? = nil, at scale: Scale)
    -> Double?
  {
    guard let ours = median(value, label, scale), let theirs = median(otherValue ?? value, other, scale), theirs > 0
    else { return nil }
    return ours / theirs
  }
}

/// One condition of a target.
struct Check: Codable, Sendable {
  var what: String
  /// nil where it was not measured.
  var found: Double?
  var bound: Double
  var atLeast: Bool
  var unit: String
  /// The size that it was measured at, and whether that is the size the target speaks of.
  var scale: Scale
  var isTargetScale: Bool
  var note: String?

  init(
    _ what: String, _ found: Double?, atLeast bound: Double, _ unit: String = "×", at scale: Scale, target: Scale,
    note: String? = nil
  ) {
    self.init(what, found, bound, true, unit, scale, target, note)
  }

  init(
    _ what: String, _ found: Double?, atMost bound: Double, _ unit: String = "×", at scale: Scale, target: Scale,
    note: String? = nil
  ) {
    self.init(what, found, bound, false, unit, scale, target, note)
  }

  private init(
    _ what: String, _ found: Double?, _ bound: Double, _ atLeast: Bool, _ unit: String, _ scale: Scale,
    _ target: Scale, _ note: String?
  ) {
    self.what = what
    self.found = found.flatMap { $0.isFinite ? $0 : nil }
    self.bound = bound
    self.atLeast = atLeast
    self.unit = unit
    self.scale = scale
    isTargetScale = scale == target
    self.note = note
  }

  var holds: Bool { found.map { atLeast ? $0 >= bound : $0 <= bound } ?? false }
}

/// What came of one workload.
struct Outcome: Codable, Sendable {
  enum State: String, Codable, Sendable {
    case met
    case missed
    /// It holds as far as it was measured, at sizes below the target's.
    case heldSoFar = "held at smaller sizes"
    /// Something could not be measured; that is not met.
    case notMeasured = "not measured"
  }

  var name: String
  var title: String
  var target: String
  var series: [Series]
  var checks: [Check]
  /// Value, title and unit of the figures to print.
  var columns: [[String]]

  var state: State {
    if checks.contains(where: { $0.found != nil && !$0.holds }) { return .missed }
    if checks.isEmpty || checks.contains(where: { $0.found == nil }) { return .notMeasured }
    return checks.allSatisfy(\.isTargetScale) ? .met : .heldSoFar
  }

  private enum CodingKeys: String, CodingKey {
    case name, title, target, series, checks, columns, state
  }

  init(name: String, title: String, target: String, series: [Series], checks: [Check], columns: [[String]]) {
    self.name = name
    self.title = title
    self.target = target
    self.series = series
    self.checks = checks
    self.columns = columns
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    name = try container.decode(String.self, forKey: .name)
    title = try container.decode(String.self, forKey: .title)
    target = try container.decode(String.self, forKey: .target)
    series = try container.decode([Series].self, forKey: .series)
    checks = try container.decode([Check].self, forKey: .checks)
    columns = try container.decode([[String]].self, forKey: .columns)
  }

  /// With the state, which follows from the rest: whoever reads the file need not know the rule.
  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(name, forKey: .name)
    try container.encode(title, forKey: .title)
    try container.encode(target, forKey: .target)
    try container.encode(state, forKey: .state)
    try container.encode(checks, forKey: .checks)
    try container.encode(series, forKey: .series)
    try container.encode(columns, forKey: .columns)
  }
}
