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
    let sheet = Template.bundled[0].template
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
    let words = [path, "--as", "乙", "--data", folder + "/workspace", "--json"]
    let all = [words[0]] + arguments + words.dropFirst()
    var environment = ProcessInfo.processInfo.environment
    environment["UNITSYNC_STATE"] = folder + "/state"
    let errors = folder + "/errors"
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 2, errors, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    var argv: [UnsafeMutablePointer<CChar>?] = all.map { strdup($0) } + [nil]
    var envp: [UnsafeMutablePointer<CChar>?] = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { for pointer in argv + envp { free(pointer) } }
    var pid = pid_t()
    let start = Usage.wallSeconds
    guard posix_spawn(&pid, path, &actions, nil, &argv, &envp) == 0 else { throw Wrong("cannot start \(path)") }
    var (status, usage) = (Int32(0), rusage())
    wait4(pid, &status, 0, &usage)
    let seconds = Usage.wallSeconds - start
    peakBytes = max(peakBytes, Double(usage.ru_maxrss) * 1024)
    if status != 0 {
      let text = (try? String(contentsOfFile: errors, encoding: .utf8)) ?? ""
      throw Wrong("unitcli \(arguments.joined(separator: " ")) failed: \(text.prefix(300))")
    }
    return seconds
  }
}
