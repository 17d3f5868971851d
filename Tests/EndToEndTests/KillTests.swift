import Foundation
import SyncEngine
import SyncHTTP
import SyncModel
import SyncTesting
import Synchronization
import Testing

/// Real processes, killed for real.
@Suite(.serialized) struct KillTests {
  let school: TestSchool
  let root: Office
  let campaign: Campaign

  init() throws {
    school = try TestSchool()
    root = try school.found()
    _ = try root.at(school.now()).addUnit("school/cs", name: "计算机学院党总支", kind: .committee, type: nil)
    campaign = try school.publishSheet(by: root)
  }

  /// About 6 MiB in 44 registers: several frames of 1 MiB.
  private func writeMuch(_ office: Office, seed: Int) throws {
    let item = try office.item("1.1", of: campaign)
    let text = String(repeating: "扎实推进。", count: 1900)
    for round in 0..<5 {
      for leaf in item.template.leaves {
        _ = try office.at(school.now()).set(
          campaign, try office.item(leaf.id, of: campaign), fields: [.remark: .text("\(seed).\(round)" + text)],
          unit: try office.unit("school/cs"), onBehalf: false)
      }
    }
  }

  private func state(_ office: Office) throws -> [String] {
    try office.workspace.store.read { snapshot in
      try snapshot.registers(LogID(try #require(UnitPath("school/cs")), .answers), kind: .answer).map { register in
        "\(register.name.part).\(register.name.field.rawValue)="
          + register.values.map(\.plainText).joined(separator: "|")
      }
    }
  }

  @Test("a hub killed ten times in mid-sync: both laptops and the hub end alike, nothing is lost (promises 3, 9)")
  func killedTenTimes() async throws {
    let laptops = try [1, 2].map { number in
      try school.enrol("school/cs", by: root, person: "丙\(number)", device: "\(number)号机")
    }
    for (index, laptop) in laptops.enumerated() {
      try school.synchronize(laptop, with: root)
      try writeMuch(laptop, seed: index)
    }
    let written = try laptops.map { try $0.status().entries }

    var kills = 0
    var daemon = try Daemon(data: root.workspace.folder, stateFolder: school.stateFolder)
    let port = daemon.port
    let client = try HubClient(address: daemon.url)
    var attempt = 0
    while kills < 10 {
      attempt += 1
      try #require(attempt < 60)
      let victim = Mutex(Optional(daemon.process))
      let killAfter = 1 + attempt % 3
      do {
        _ = try await client.synchronize(laptops[attempt % 2].workspace, frameBytes: 1 << 20) { outcome in
          guard outcome.roundTrips == killAfter else { return }
          // The next message is on its way while the hub dies.
          victim.withLock { process in
            if let process {
              Thread { process.send(SIGKILL) }.start()
            }
            process = nil
          }
        }
        // Done before it could be killed: make more work.
        if victim.withLock({ $0 != nil }) { try writeMuch(laptops[attempt % 2], seed: attempt) }
      } catch let error as TransportError {
        #expect(error.retry, "what broke off is worth trying again: \(error)")
      }
      if victim.withLock({ $0 == nil }) {
        daemon.process.wait()
        kills += 1
        daemon = try Daemon(data: root.workspace.folder, stateFolder: school.stateFolder, port: port)
      }
    }
    for laptop in laptops + laptops {
      #expect(try await client.synchronize(laptop.workspace, frameBytes: 1 << 20).inSync)
    }
    try await client.shutdown()
    #expect(daemon.stop() == 0)
    let expected = try state(root)
    #expect(expected.count == 44)
    for laptop in laptops { #expect(try state(laptop) == expected) }
    for office in laptops + [root] {
      let verification = try office.verify()
      #expect(verification.ok)
      #expect(verification.entries >= (written.max() ?? 0))
    }
  }

  @Test("a command killed between its writes leaves what it acknowledged, whole (promise 3)")
  func killedCommand() throws {
    let laptop = try school.enrol("school/cs", by: root, person: "丙")
    try school.synchronize(laptop, with: root)
    var acknowledged = 0
    for round in 0..<8 {
      let process = try ChildProcess(
        Daemon.path("unitcli"),
        [
          "set", "专项督查", "1.\(round % 5 + 1)", "备注=第\(round)次", "--data", laptop.workspace.folder, "--as", "丙",
          "--json",
        ], environment: ["UNITSYNC_STATE": school.stateFolder], output: .pipe)
      if round.isMultiple(of: 2) {
        let output = process.output?.text() ?? ""
        #expect(process.wait().code == 0 && !output.isEmpty)
        acknowledged += 1
      } else {
        process.destroy()
      }
      let verification = try laptop.verify()
      #expect(verification.ok)
    }
    let own = try laptop.workspace.store.read { try $0.strands(of: LogID(laptop.identity.unit, .answers)) }
      .reduce(0) { $0 + Int($1.stored) }
    #expect(own >= acknowledged)
  }
}
