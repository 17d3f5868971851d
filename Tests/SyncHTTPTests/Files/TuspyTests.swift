import Foundation
import SyncEngine
import SyncHTTP
import SyncModel
import SyncTesting
import Testing

/// PyPI's tuspy uploads to our hub, its requests signed by PyPI's http-message-signatures: nothing of ours on that side.
/// `scripts/setup` installs both.
@Suite struct TuspyTests {
  private struct Job: Encodable {
    var url: String
    var file: String
    var hash: String
    var seed: String
    var keyID: String
    var hubDevice: String
    var run: String
    var created: Int64
    var chunk: Int
    var cuts: [Int]
  }

  private struct Report: Decodable {
    var offsets: [Int]
    var requests: Int
    var location: String
  }

  @Test(
    "an upload interrupted at ten seeded points, once in the middle of each piece, is resumed and whole (promise 9)")
  func interrupted() async throws {
    let it = try FileSchool()
    let byteCount = 1_000_000
    let file = try it.attach(it.first, byteCount: byteCount, seed: 9)
    try it.school.synchronize(it.first, with: it.root)
    var generator = SeededGenerator(seed: 1_014)
    let cuts = (0..<10).map { _ in generator.int(in: 1...byteCount - 1) }.sorted()
    try await LiveHub.serve(it.root.workspace) { url async throws in
      let laptop = try await Requester(url, it.first)
      let job = Job(
        url: url, file: it.school.folder + "/会议记录.pdf", hash: file.hash.description,
        seed: Hex.encode(it.first.workspace.key.seed), keyID: Hex.encode(it.first.workspace.key.publicKey),
        hubDevice: laptop.target.device.description, run: Hex.encode(laptop.target.run), created: laptop.created,
        chunk: 70_000, cuts: cuts)
      let report = try await Python.run("tus_upload.py", job, as: Report.self)
      #expect(report.location == url + Endpoint.file(file.hash))
      // After each interruption tuspy went on from where the hub said, which is where whole pieces ended.
      #expect(report.offsets.count == cuts.count + 1 && report.offsets == report.offsets.sorted())
      #expect(zip(report.offsets, cuts).allSatisfy { $0 >= $1 }, "\(report.offsets) \(cuts)")
      #expect(report.offsets.last == byteCount)
      #expect(it.root.workspace.files.isSound(file.hash))
    }
  }
}

/// Runs a script of `Independent` with the packages that `scripts/setup` installs.
enum Python {
  static func run<Result: Decodable>(
    _ script: String, _ job: some Encodable, as: Result.Type
  ) async throws -> Result {
    let here = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    let root = here.deletingLastPathComponent().deletingLastPathComponent()
    let python = root.appendingPathComponent(".build/python/bin/python")
    try #require(
      FileManager.default.isExecutableFile(atPath: python.path), "scripts/setup installs what is missing here")
    let (body, path) = (try JSONEncoder().encode(job), here.appendingPathComponent("Independent/\(script)").path)
    let run = try await withCheckedThrowingContinuation { continuation in
      // Waits on a thread of its own: the hub that it talks to runs in this process.
      Thread {
        continuation.resume(
          with: Swift.Result { try ChildProcess.run(python.path, [path], input: body) })
      }.start()
    }
    try #require(run.code == 0, "\(run.error)")
    return try JSONDecoder().decode(Result.self, from: run.output)
  }
}
