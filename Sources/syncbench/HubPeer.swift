import Foundation
import SyncEngine
import SyncHTTP
import SyncModel

/// What a client knows of a running hub: whom its requests are for.
struct HubPeer: Sendable {
  let target: HubTarget

  static func meet(_ connection: LoopbackHTTP) throws -> HubPeer {
    let nonce = "\(BatchSecret.random())"
    let reply = try connection.send("GET", Endpoint.info, [(HeaderName.nonce, nonce)])
    guard
      let answer = AnswerSignature(
        status: reply.status, headers: reply.headers.map { HeaderField($0.name, $0.value) }, body: reply.body,
        binding: .nonce(nonce))
    else { throw Wrong("the hub's answer is not signed") }
    return HubPeer(target: HubTarget(device: DeviceID(key: answer.hubKey), run: answer.run))
  }

  /// One signed exchange; the answer's signature is not checked, so that the processors are left to the hub.
  func exchange(_ body: [UInt8], by key: DeviceKey, over connection: LoopbackHTTP) throws -> LoopbackHTTP.Reply {
    let headers = try RequestSignature.headers(
      method: "POST", path: Endpoint.exchange, contentType: MediaType.exchange, body: body, for: target, key: key,
      created: Int64(Date().timeIntervalSince1970), nonce: "\(BatchSecret.random())")
    return try connection.send("POST", Endpoint.exchange, headers.map { ($0.name, $0.value) }, body)
  }
}
