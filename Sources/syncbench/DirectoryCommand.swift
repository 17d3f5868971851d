import ArgumentParser
import SyncModel
import SyncTesting

/// What it costs to work out who counts, from statements made to be hard, and to read back what was kept of it.
struct DirectoryCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "directory", abstract: "Works out hostile statements anew, and reads a school's directory back.")

  @Option(help: "Statements of each family, at most; measured at a quarter, a half and all of them.")
  var statements = Scale(100_000)

  @Option(name: .customLong("only"), help: "Only these families, by name; may be given several times.")
  var only: [String] = []

  @Option(help: "Devices of the school that is read back.")
  var devices = 1200

  func run() throws {
    let families = HostileStatements.Family.allCases.filter { only.isEmpty || only.contains($0.rawValue) }
    if families.count < only.count { throw ValidationError("unknown family") }
    print("family        statements   seconds  steps each  × steps")
    for family in families {
      var before: Int?
      for count in [statements.count / 4, statements.count / 2, statements.count] where count >= 8 {
        let made = HostileStatements(family, count: count)
        let start = ContinuousClock.now
        let outcome = made.outcome()
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        let growth = before.map { Self.fixed(Double(outcome.steps) / Double($0), 2) } ?? ""
        print(
          Self.left(family.rawValue, 13), Self.right("\(made.statements.count)", 10),
          Self.right(Self.fixed(seconds, 2), 9),
          Self.right("\(outcome.steps / made.statements.count)", 11), Self.right(growth, 8))
        before = outcome.steps
      }
    }
    try readBack()
  }

  /// What every command pays that changes no notices.
  private func readBack() throws {
    let authority = HostileStatements(.honest, count: devices).outcome()
    var directory = Directory(
      root: HostileStatements.root, rootDevice: HostileStatements.rootDevice, authority: authority, schoolName: "学校")
    for number in 0..<devices / 4 {
      guard let path = UnitPath("school/cs/b\(number)") else { continue }
      directory.add(DirectoryUnit(path: path, name: "第\(number)支部", kind: .branch, describedBy: HostileStatements.root))
    }
    for device in directory.devices.keys { directory.name(device, "办公室电脑") }
    let bytes = directory.bytes
    var times: [Double] = []
    for _ in 0..<20 {
      let start = ContinuousClock.now
      _ = try Directory(bytes: bytes)
      times.append((ContinuousClock.now - start) / .milliseconds(1))
    }
    let median = Statistics(times)?.median ?? 0
    print("read back: \(devices) devices, \(bytes.count) bytes, \(Self.fixed(median, 2)) ms")
  }

  private static func fixed(_ value: Double, _ digits: Int) -> String {
    let scale = digits == 2 ? 100.0 : 10.0
    let rounded = Int((value * scale).rounded())
    let rest = "\(rounded % Int(scale))"
    return "\(rounded / Int(scale))." + String(repeating: "0", count: digits - rest.count) + rest
  }

  private static func left(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }

  private static func right(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
  }
}
