import Foundation
import Testing

/// The README's demo with the executables that were just built.
@Suite struct DemoTests {
  @Test("scripts/demo tells its story to the end and leaves nothing behind")
  func demo() throws {
    let run = try ScriptRun("demo")
    #expect(run.code == 0, "\(run.text)")
    #expect(run.text.contains("演示完毕"))
    #expect(run.leftBehind.isEmpty)
  }
}
