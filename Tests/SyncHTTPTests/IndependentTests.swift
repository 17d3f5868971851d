import Foundation
import SyncEngine
import SyncHTTP
import SyncModel
import SyncTesting
import Testing

/// Our signatures held against PyPI's http-message-signatures, which `scripts/setup` installs: both ways, and every change
/// refused by both.
@Suite struct IndependentTests {
  private struct Job: Encodable {
    var action: String
    var method = "POST"
    var path = Endpoint.exchange
    var requestHeaders: [String: String] = [:]
    var requestBody = Data()
    var status = 0
    var answerHeaders: [String: String] = [:]
    var answerBody = Data()
    var tag = ""
    var components: [String] = []
    var seed = ""
    var keyID = ""
    var created: Int64 = 0
    var nonce = ""
    var label = ""
  }

  private struct Result: Decodable {
    var ok: Bool
    var error: String?
    var keyID: String?
    var headers: [String: String]?
  }

  private static let requestComponents = ["@method", "@path", "content-type", "content-digest", "unitsync-hub"]
  private static let answerComponents = [
    "@status", "content-type", "content-digest", "unitsync-run", "\"signature\";req;key=\"device\"",
  ]

  private func run(_ jobs: [Job]) throws -> [Result] {
    let here = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    let root = here.deletingLastPathComponent().deletingLastPathComponent()
    let python = root.appendingPathComponent(".build/python/bin/python")
    try #require(
      FileManager.default.isExecutableFile(atPath: python.path), "scripts/setup installs what is missing here")
    let run = try ChildProcess.run(
      python.path, [here.appendingPathComponent("Independent/signatures.py").path], input: JSONEncoder().encode(jobs))
    try #require(run.code == 0, "\(run.error)")
    let results = try JSONDecoder().decode([Result].self, from: run.output)
    try #require(results.count == jobs.count)
    return results
  }

  private func job(_ action: String, _ exchange: SignedExchange) -> Job {
    func dictionary(_ headers: [HeaderField]) -> [String: String] {
      Dictionary(headers.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
    }
    var job = Job(action: action, method: exchange.method, path: exchange.path)
    job.requestHeaders = dictionary(exchange.requestHeaders)
    job.requestBody = Data(exchange.requestBody)
    job.status = exchange.status
    job.answerHeaders = dictionary(exchange.answerHeaders)
    job.answerBody = Data(exchange.answerBody)
    job.tag = action == "verifyRequest" ? RequestSignature.tag : AnswerSignature.tag
    job.components = action == "verifyRequest" ? Self.requestComponents : Self.answerComponents
    return job
  }

  @Test("the other implementation accepts our request and our answer, and names the keys that signed")
  func accepted() throws {
    let signed = try Signed()
    let results = try run([job("verifyRequest", signed.exchange), job("verifyAnswer", signed.exchange)])
    #expect(results.map(\.ok) == [true, true], "\(results)")
    #expect(results.map(\.keyID) == [Hex.encode(signed.device.publicKey), Hex.encode(signed.hub.publicKey)])
  }

  @Test("every changed part is refused by the other implementation as well (promise 5)")
  func changed() throws {
    let signed = try Signed()
    var jobs: [(what: String, job: Job)] = []
    for (what, change) in Signed.requestChanges {
      var exchange = signed.exchange
      change(&exchange)
      jobs.append(("request: \(what)", job("verifyRequest", exchange)))
    }
    for (what, change) in Signed.answerChanges {
      var exchange = signed.exchange
      change(&exchange)
      jobs.append(("answer: \(what)", job("verifyAnswer", exchange)))
    }
    for (changed, result) in zip(jobs, try run(jobs.map(\.job))) {
      #expect(!result.ok, "\(changed.what)")
    }
  }

  @Test("our hub's code accepts a request that the other implementation signed, and refuses it changed (promise 5)")
  func signedThere() throws {
    let signed = try Signed()
    let seed = (0..<32).map { UInt8($0) }
    var job = Job(action: "sign")
    job.requestHeaders = [
      HeaderName.contentType: MediaType.exchange, HeaderName.hub: signed.target.field,
      HeaderName.contentDigest: ContentDigest.field(signed.exchange.requestBody),
    ]
    job.components = Self.requestComponents.reversed()
    job.seed = Hex.encode(seed)
    job.keyID = Hex.encode(signed.device.publicKey)
    job.created = Signed.created
    job.nonce = "0123456789abcdef0123456789abcdef"
    job.tag = RequestSignature.tag
    // Another name for the signature, another order of components and parameters than ours.
    job.label = "other"
    let result = try #require(try run([job]).first)
    let headers = try #require(result.headers, "\(result)").map { HeaderField($0.key.lowercased(), $0.value) }
    var exchange = signed.exchange
    exchange.requestHeaders = headers
    #expect(exchange.requestHolds)
    #expect(headers[HeaderName.signatureInput]?.hasPrefix("other=(\"unitsync-hub\"") == true)
    for (what, change) in Signed.requestChanges where what != "coverage" && what != "signature" {
      var changed = exchange
      change(&changed)
      #expect(changed != exchange && !changed.requestHolds, "\(what)")
    }
    // And the answer to it binds that signature.
    let binding = try #require(RequestBinding(header: { headers[$0] }))
    let answer = try AnswerSignature.headers(
      status: 200, contentType: MediaType.exchange, body: exchange.answerBody, binding: binding, key: signed.hub,
      created: Signed.created,
      run: signed.target.run)
    exchange.answerHeaders = answer
    #expect(exchange.verified()?.hubKey == signed.hub.publicKey)
    var verify = self.job("verifyAnswer", exchange)
    verify.components = Self.answerComponents.dropLast() + ["\"signature\";req;key=\"other\""]
    #expect(try run([verify]).map(\.ok) == [true])
  }
}
