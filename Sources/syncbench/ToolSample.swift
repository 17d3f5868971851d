import Foundation
import SyncEngine
import SyncModel
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
    let sheet = try BenchPapers.sheet()
    _ = try office.publish(
      Office.Publication(name: campaign, templates: [try office.store(sheet)], units: [SchoolMaker.committee]))
    try workspace.store.close()
    guard let leaf = sheet.items.first(where: \.isLeaf) else { throw Wrong("the sheet has no item") }
    return leaf.id
  }
}
