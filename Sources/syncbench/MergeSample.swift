import SyncModel
import SyncTesting

/// Everything that all units wrote, merged in memory: from the segments' bytes to siblings that can be read.
enum MergeSample {
  static let take: TakeSample = { context in
    let data = try context.dataSet()
    let (school, facts, feeds) = (try data.school(), try data.facts(), try data.feeds().load())
    guard let mode = ColdMerge.Mode(rawValue: context.settings["mode"] ?? "checked") else {
      throw Wrong("no such mode")
    }
    var sample = Sample()
    sample["baseBytes"] = Double(Usage.residentBytes)
    let processor = Usage.processSeconds
    let (seconds, outcome) = try Usage.timed {
      try ColdMerge.merge(
        feeds, school: school.school, mode: mode, threads: context.setting("threads", default: 1))
    }
    sample["seconds"] = seconds
    sample["cpuSeconds"] = Usage.processSeconds - processor
    // Before anything is looked at.
    sample["peakBytes"] = Double(Usage.peakBytes)
    sample["entries"] = Double(facts.entries)
    sample["entriesPerSecond"] = Double(facts.entries) / seconds
    sample["entriesPerCPUSecond"] = Double(facts.entries) / sample["cpuSeconds"]
    try check(outcome, against: facts, school: school, units: data.plan.units)
    return sample
  }

  static func check(_ outcome: ColdMerge.Outcome, against facts: Facts, school: EditedSchool, units: Int) throws {
    let numbers = Dictionary(
      uniqueKeysWithValues: (0..<max(units, 1)).map { (school.log($0), UInt64($0)) })
    var found = Facts()
    (found.entries, found.payloadBytes) = (facts.entries, facts.payloadBytes)
    try outcome.forEachRegister { log, name, values in
      if let unit = numbers[log] { found.add(name, of: unit, values) }
    }
    if found != facts { throw Wrong("merged into something else: \(found), not \(facts)") }
  }
}
