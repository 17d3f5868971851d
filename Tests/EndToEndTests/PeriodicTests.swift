import Foundation
import NIOCore
import NIOPosix
import SyncEngine
import SyncModel
import SyncTesting
import Testing

/// `--every` of both programs as real processes: a hub that is away, comes back, says nothing, and the signals that end them.
@Suite struct PeriodicTests {
  let school: TestSchool
  let root: Office
  let office: Office

  init() throws {
    school = try TestSchool()
    root = try school.found()
    _ = try root.at(school.now()).addUnit("school/cs", name: "计算机学院党总支", kind: .committee, type: nil)
    office = try school.enrol("school/cs", by: root)
    try school.synchronize(office, with: root)
  }

  /// A program that goes on until it is ended; what it writes is read line by line.
  private final class Running {
    let process: ChildProcess
    private(set) var lines: [String] = []

    init(_ name: String, _ arguments: [String], stateFolder: String, readsErrors: Bool) throws {
      process = try ChildProcess(
        Daemon.path(name), arguments, environment: ["UNITSYNC_STATE": stateFolder],
        output: readsErrors ? .nothing : .pipe, errors: readsErrors ? .pipe : .nothing)
    }

    /// The next line that contains `text`; nil where it ended before.
    func line(with text: String) -> String? {
      while let line = (process.output ?? process.errors)?.line() {
        lines.append(line)
        if line.contains(text) { return line }
      }
      return nil
    }

    /// Sends a signal and reads to the end.
    func end(by signal: Int32) -> ChildProcess.Ending {
      process.send(signal)
      return end()
    }

    /// Reads to the end.
    func end() -> ChildProcess.Ending {
      _ = line(with: "\u{0}")
      return process.wait()
    }
  }

  @Test("a laptop without its hub says so once, goes on by itself when the hub is there, and ends cleanly on SIGTERM")
  func laptop() throws {
    let first = try Daemon(data: root.workspace.folder, stateFolder: school.stateFolder)
    let (url, port) = (first.url, first.port)
    #expect(first.stop() == 0)
    let sync = try Running(
      "unitcli", ["sync", "--every", "1s", "--hub", url, "--data", office.workspace.folder],
      stateFolder: school.stateFolder, readsErrors: false)
    #expect(sync.line(with: "没有程序在那里应答") != nil)
    let second = try Daemon(data: root.workspace.folder, stateFolder: school.stateFolder, port: port)
    let back = try #require(sync.line(with: "重新连上"))
    #expect(back.contains("送出") && back.contains("往返") && back.contains("用时"), "\(back)")
    #expect(sync.line(with: "往返") != nil, "round after round")
    let end = sync.end(by: SIGTERM)
    #expect(end.code == 0)
    #expect(sync.lines.filter { $0.contains("连不上") }.count == 1, "\(sync.lines)")
    #expect(try office.verify().ok)
    #expect(second.stop() == 0)
  }

  @Test("a signal in the middle of a round ends both programs in order, and says that the rest comes next time")
  func inTheMiddle() async throws {
    for (name, signal) in [("unitcli", SIGINT), ("syncd", SIGTERM)] {
      // Takes connections and never says a word; the first one brings the signal, from the loop's own thread, so that the
      // round is still under way however busy the machine is.
      let program = MultiThreadedEventLoopGroup.singleton.next().makePromise(of: ChildProcess.self)
      let silent = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
        .childChannelInitializer { channel in
          program.futureResult.whenSuccess { $0.send(signal) }
          return channel.eventLoop.makeSucceededVoidFuture()
        }
        .bind(host: "127.0.0.1", port: 0).get()
      let url = "http://127.0.0.1:\(silent.localAddress?.port ?? 0)"
      let data = office.workspace.folder
      let arguments =
        name == "syncd"
        ? ["serve", "--data", data, "--listen", "127.0.0.1:0", "--upstream", url, "--every", "1h"]
        : ["sync", "--every", "1h", "--hub", url, "--data", data]
      let running = try Running(
        name, arguments, stateFolder: school.stateFolder, readsErrors: name == "syncd")
      program.succeed(running.process)
      let end = running.end()
      #expect(end.code == 0, "\(name) \(end) \(running.lines)")
      #expect(running.lines.contains { $0.contains("同步到一半时停止") }, "\(name) \(running.lines)")
      try await silent.close()
    }
    #expect(try office.verify().ok)
  }

  @Test("a hub between writes one line of its log for each round with the hub above")
  func hubBetween() throws {
    let above = try Daemon(data: root.workspace.folder, stateFolder: school.stateFolder)
    let between = try Running(
      "syncd",
      [
        "serve", "--data", office.workspace.folder, "--listen", "127.0.0.1:0", "--upstream", above.url, "--every", "1s",
      ], stateFolder: school.stateFolder, readsErrors: true)
    let line = try #require(between.line(with: "与上级同步："))
    for part in ["送出", "收到", "往返", "上行", "下行", "填写不一致", "用时"] { #expect(line.contains(part), "\(line)") }
    #expect(between.line(with: "与上级同步：") != nil)
    #expect(above.stop() == 0)
    #expect(between.line(with: "连不上上级汇总点") != nil)
    #expect(between.end(by: SIGTERM).code == 0)
    #expect(between.lines.filter { $0.contains("连不上上级汇总点") }.count == 1, "\(between.lines)")
  }

  @Test(
    "the systemd units name options that the programs have, and systemd finds no fault in them where it is installed")
  func units() throws {
    let run = try ScriptRun("check-units")
    #expect(run.code == 0 && run.text.contains("check-units: ok"), "\(run.text)")
    #expect(run.leftBehind.isEmpty)
  }
}
