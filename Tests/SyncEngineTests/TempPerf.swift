import Foundation
import SyncEngine
import SyncModel
import SyncTesting
import Testing

@Test(.enabled(if: ProcessInfo.processInfo.environment["PERF_DIR"] != nil)) func tempPerf() throws {
  let dir = ProcessInfo.processInfo.environment["PERF_DIR"]!
  let root = try Office.foundSchool(in: dir + "/school", name: "示例大学", root: "school", rehearsal: true, person: "甲", deviceName: "x", claimedMilliseconds: 1_790_000_000_000, stateFolder: dir + "/state")
  _ = try root.addUnit("school/cs", name: "计算机学院党总支", kind: .committee, type: nil)
  let template = try root.store(Template.bundled[0].template)
  let campaign = try root.publish(Office.Publication(name: "专项督查", templates: [template], units: try root.units(matching: ["school/*"])))
  let inv = try root.invite(try root.unit("school/cs"), roles: .reporter, hub: "", validMilliseconds: 86_400_000)
  let laptop = try Office.join(inv, in: dir + "/laptop", person: "张三", deviceName: "笔记本", claimedMilliseconds: 1_790_000_000_000, stateFolder: dir + "/state")
  try root.confirm(invitation: inv.id, secret: inv.secret, deviceKey: laptop.workspace.key.publicKey, deviceName: "笔记本")
  try laptop.workspace.set(invitation: "")
  let school = try TestSchool()
  try school.synchronize(laptop, with: root)
  let items = template.template.leaves
  let log = LogID(laptop.identity.unit, .answers)
  let n = Int(ProcessInfo.processInfo.environment["PERF_N"] ?? "100000")!
  let start = Date()
  for block in 0..<(n / 1000) {
    try laptop.workspace.locked { tx, inc, _ in
      for k in 0..<1000 {
        let i = block * 1000 + k
        let c = Change(Campaign.register(campaign.id, slot: 1, item: items[i % items.count].ordinal, .remark), .text("第\(i)次填写"))
        _ = try tx.append([c], to: log, by: Author(key: laptop.workspace.key, incarnation: inc, person: PersonID(high: 1, low: 1), shownUpTo: .max), continues: nil, secret: .random(), claimedMilliseconds: 1_790_000_000_000 + UInt64(i) * 1000)
      }
    }
  }
  print("append", Date().timeIntervalSince(start))
  let s2 = Date()
  let o = try school.synchronize(laptop, with: root)
  print("sync", Date().timeIntervalSince(s2), o)
}
