import Foundation
import SyncEngine
import SyncModel
import SyncTemplates
import SyncTesting

/// `unitcli` as people run it, each time a process from start to end, on a committee's laptop that holds everything.
enum ToolSample {
  static let take: TakeSample = { context in
    let folder = try context.dataSet().hubFolder()
    let runs = context.setting("runs", default: 11)
    return try context.inScratch { scratch in
      try FileManager.default.copyItem(atPath: folder, toPath: scratch + "/hub")
      let item = try publish(in: scratch + "/hub")
      let identity = try LogStore(path: scratch + "/hub/workspace/workspace.db").identity
      let laptop = try Laptop.make(in: scratch + "/laptop", school: identity, number: 0, seed: context.data.seed)
      let hub = try HubProcess(binaries: context.binaries, folder: scratch + "/hub")
      try laptop.set(deviceName: "党总支电脑1", hub: hub.url)
      try laptop.store.close()
      let tool = Tool(binaries: context.binaries, folder: scratch + "/laptop")
      var sample = Sample()
      sample["firstSyncSeconds"] = try tool.run(["sync"])
      sample["setSeconds"] = try tool.median(runs) { ["set", campaign, item, "备注=已开展\($0 + 1)次"] }
      _ = try tool.run(["sync"])
      sample["statusSeconds"] = try tool.median(runs) { _ in ["status"] }
      sample["syncSeconds"] = try tool.median(runs) { _ in ["sync"] }
      sample["peakBytes"] = tool.peakBytes
      try hub.stop()
      return sample
    }
  }

  private static let campaign = "专项督查"

  /// - Returns: an item of the sheet that can be filled in.
  private static func publish(in folder: String) throws -> String {
    let workspace = try Workspace(opening: folder + "/workspace", stateFolder: folder + "/state")
    let office = Office(workspace, person: "甲", claimedMilliseconds: EditPlan.startMilliseconds)
    guard let sheet = BundledTemplate.named("score-sheet-100")?.template else {
      throw Wrong("the 100-point sheet is gone")
    }
    _ = try office.publish(
      Office.Publication(name: campaign, templates: [try office.store(sheet)], units: [SchoolMaker.committee]))
    try workspace.store.close()
    guard let leaf = sheet.items.first(where: \.isLeaf) else { throw Wrong("the sheet has no item") }
    return leaf.id
  }
}

/// Runs one program again and again without anything between it and the clock.
private final class Tool {
  private let path: String
  private let folder: String
  private(set) var peakBytes = 0.0

  init(binaries: String, folder: String) {
    path = binaries + "/unitcli"
    self.folder = folder
  }

  func median(_ runs: Int, _ arguments: (Int) -> [String]) throws -> Double {
    Statistics(try (0..<runs).map { try run(arguments($0)) })?.median ?? .nan
  }

  /// Seconds from the call that makes the process until it is gone.
  func run(_ arguments: [String]) throws -> Double {
    let errors = folder + "/errors"
    let start = Usage.wallSeconds
    let ending = try ChildProcess(
      path, arguments + ["--as", "乙", "--data", folder + "/workspace", "--json"],
      environment: ["UNITSYNC_STATE": folder + "/state"], errors: .file(errors)
    ).wait()
    let seconds = Usage.wallSeconds - start
    peakBytes = max(peakBytes, Double(ending.peakBytes))
    if ending.code != 0 {
      let text = (try? String(contentsOfFile: errors, encoding: .utf8)) ?? ""
      throw Wrong("unitcli \(arguments.joined(separator: " ")) failed: \(text.prefix(300))")
    }
    return seconds
  }
}
