import Logging
import SyncEngine
import SyncModel
import Testing

@testable import syncd

/// What a daemon's log says of an error (promise 7).
@Suite struct LoggedErrorTests {
  private struct Foreign: Error {
    var typed = "身份证号"
  }

  private struct Ours: ExplainedError {
    var code: String { "ours" }
    var message: String { "地址 \(Invitation.scheme)c2VjcmV0 不对" }
    var hint: String { "" }
    var retry: Bool { false }
  }

  @Test("an error of another library is logged by its type alone, one of ours without any invitation in it")
  func types() {
    let foreign = "\(Logger.Metadata.telling(Foreign()))"
    #expect(foreign.contains("Foreign") && !foreign.contains("身份证号"))
    let ours = "\(Logger.Metadata.telling(Ours()))"
    #expect(ours.contains("ours") && ours.contains("地址") && !ours.contains("c2VjcmV0"))
  }
}
