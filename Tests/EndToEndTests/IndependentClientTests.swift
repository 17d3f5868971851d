import Testing

/// What `scripts/independent` shows: a client in Python that was written from docs/protocol.md alone, with the executables
/// that were just built.
@Suite struct IndependentClientTests {
  @Test(
    "a client written from the protocol alone reads every vector, joins, fills in, and sees what unitcli sees (promise 1)"
  )
  func story() throws {
    let run = try ScriptRun("independent")
    #expect(run.code == 0, "\(run.text)")
    #expect(run.text.contains("the hub shows less than it did"), "\(run.text)")
    #expect(run.text.contains("与 syncd、unitcli 一致"))
    #expect(run.leftBehind.isEmpty)
  }
}
