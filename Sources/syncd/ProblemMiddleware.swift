import Hummingbird
import Logging
import SyncEngine
import SyncHTTP
import SyncModel

/// The one funnel from errors to HTTP: problem details (RFC 9457) with the project's code, hint and retry. What is not an
/// error of ours is logged by its type alone, for it may quote what somebody typed, and answered without any text of it.
struct ProblemMiddleware: RouterMiddleware {
  let gate: Gate
  let signer: AnswerSigner
  let logger: Logger

  func handle(
    _ request: Request, context: HubRequestContext, next: (Request, HubRequestContext) async throws -> Response
  ) async throws -> Response {
    do {
      return try await next(request, context)
    } catch let problem as Problem {
      return try response(problem, to: request)
    } catch let error as any ExplainedError {
      return try response(Self.problem(error), to: request)
    } catch let error as HTTPError {
      do throws(Problem) {
        try gate.admitStranger(context.address)
      } catch {
        return try response(error, to: request)
      }
      return try response(
        Problem(
          status: error.status.code, code: "http\(error.status.code)", detail: "没有这个地址或方法", hint: "请升级本机软件",
          retry: false), to: request)
    } catch {
      logger.error("request failed", metadata: .telling(error))
      return try response(
        Problem(status: 500, code: "internal", detail: "汇总点内部出错，这次没有保存", hint: "请稍后再同步", retry: true), to: request)
    }
  }

  /// Whoever reads it sits at another machine: a disk that takes nothing is the hub's, and nothing of theirs is lost.
  private static func problem(_ error: any ExplainedError) -> Problem {
    switch error {
    case WorkspaceError.diskFull, WorkspaceError.readOnly:
      Problem(
        status: status(of: error), code: error.code,
        detail: "汇总点的磁盘\(error.code == "diskFull" ? "已满" : "写不进")，这次没有收下；本机填写的都在",
        hint: "请告诉汇总点的管理员，腾出空间之后再同步", retry: true)
    case WorkspaceError.commitInDoubt:
      Problem(
        status: status(of: error), code: error.code, detail: "汇总点存到最后一步时磁盘出了错，这次可能没有收下；本机填写的都在",
        hint: "请告诉汇总点的管理员检查磁盘，之后再同步", retry: true)
    default: Problem(error, status: status(of: error))
    }
  }

  private static func status(of error: any ExplainedError) -> Int {
    switch error {
    case WorkspaceError.busy: 503
    case WorkspaceError.diskFull: 507
    case is WorkspaceError: 500
    case let error as FileError: error.status
    case OfficeError.invitationExpired, OfficeError.invitationUsed, OfficeError.invitationRevoked,
      OfficeError.invitationEnded:
      410
    case OfficeError.invitationUnknown: 404
    default: 403
    }
  }

  private func response(_ problem: Problem, to request: Request) throws -> Response {
    try signer.response(.problem(problem), to: request)
  }
}

extension FileError {
  /// What tus and HTTP call it.
  fileprivate var status: Int {
    switch self {
    case .notHere: 404
    case .wrongOffset: 409
    case .mismatch: 422
    case .underWay: 423
    case .tooManyUnfinished: 429
    case .unitQuota, .quota: 507
    case .notNamed: 403
    default: 400
    }
  }
}
