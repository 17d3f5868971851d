import Foundation
import SyncEngine
import SyncModel
import SyncTesting
import Testing

/// What the two programs print, as real processes.
@Suite struct ScreenTests {
  let school: TestSchool

  init() throws { school = try TestSchool() }

  @Test(
    "a page of help, a version or completions that nobody can read is no success",
    .enabled(if: FullDevice.path != nil, "要有一个写不进的设备（/dev/full）"),
    arguments: [
      ("unitcli", ["--help"]), ("unitcli", ["set", "--help"]), ("unitcli", ["help", "set"]), ("unitcli", ["--version"]),
      ("unitcli", ["--generate-completion-script", "bash"]), ("syncd", ["--help"]), ("syncd", ["serve", "--help"]),
      ("syncd", ["--version"]), ("syncd", ["--generate-completion-script", "fish"]),
    ])
  func lostPages(program: String, arguments: [String]) throws {
    let lost = try Tool(program, arguments, stateFolder: school.stateFolder, fullDisk: true)
    #expect(lost.code == 1 && lost.error.contains("未完成：没有写全"), "\(lost.error)")
    let shown = try Tool(program, arguments, stateFolder: school.stateFolder)
    #expect(shown.code == 0 && !shown.out.isEmpty && shown.error.isEmpty)
  }

  @Test(
    "scripts/check-screens finds whatever would write around ScreenText",
    arguments: [
      "print(name)", "  print(\"\\(name)\", to: &errors)", "fputs(name, stderr)", "debugPrint(name)",
      "FileHandle.standardError.write(Data(name.utf8))", "let handle: FileHandle = .standardOutput",
      "_ = Platform.write(bytes, to: 1)", "let handle = FileHandle(forWritingAtPath: \"/dev/stderr\")",
      "let handle = FileHandle(fileDescriptor: 2)", "await Unitcli.main()", "Unitcli.exit(withError: error)",
      "let handler = StreamLogHandler.standardError(label: label)",
      "session.console.write(.out, .document(name))", "say(problem.detail)", "hint: problem.advice,",
    ])
  func check(line: String) throws {
    let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().path
    let folder = school.folder + "/planted"
    try FileManager.default.createDirectory(
      atPath: folder + "/Sources/unitcli", withIntermediateDirectories: true)
    func run() throws -> ChildProcess.Run {
      try ChildProcess.run("/bin/bash", [repository + "/scripts/check-screens", folder])
    }
    let file = folder + "/Sources/unitcli/Planted.swift"
    try "let name = 1\n  // print(name)\n".write(toFile: file, atomically: true, encoding: .utf8)
    #expect(try run().code == 0)
    try "let name = 1\n\(line)\n".write(toFile: file, atomically: true, encoding: .utf8)
    let found = try run()
    #expect(found.code == 1 && found.error.contains("Planted.swift:2"), "\(found.error)")
  }
}
