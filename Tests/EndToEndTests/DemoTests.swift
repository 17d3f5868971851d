import Foundation
import Testing

/// The README's demo with the executables that were just built.
@Suite struct DemoTests {
  @Test("scripts/demo tells its story to the end and leaves nothing behind")
  func demo() throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let stage = NSTemporaryDirectory() + "unitsync-demo-test-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: stage, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: stage) }
    let process = Process()
    process.executableURL = root.appendingPathComponent("scripts/demo")
    process.arguments = ["--bin", Daemon.binaries.path]
    process.environment = ProcessInfo.processInfo.environment.merging(["TMPDIR": stage]) { $1 }
    let output = Pipe()
    process.standardOutput = output
    process.standardError = output
    process.standardInput = FileHandle.nullDevice
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 0, "\(text)")
    #expect(text.contains("演示完毕"))
    #expect(try FileManager.default.contentsOfDirectory(atPath: stage).isEmpty)
  }
}
