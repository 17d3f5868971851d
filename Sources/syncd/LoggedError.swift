import Logging
import SyncEngine
import SyncModel

extension Logger.Metadata {
  /// What a log line says of an error: code and sentence of one of ours, without any invitation in it. Any other may quote
  /// what somebody typed or what stands in a log: its type alone.
  static func telling(_ error: any Error) -> Logger.Metadata {
    guard let error = error as? any ExplainedError else { return ["error": "\(type(of: error))"] }
    return ["code": "\(error.code)", "detail": "\(Invitation.concealed(in: error.message))"]
  }
}
