import Foundation
import SyncEngine
import SyncModel
import SyncTesting
import Testing

/// A hub's side of files without a network: who may, how much, and what is left when something is wrong.
@Suite("files at a hub")
struct FileServerTests {
  let it: EvidenceSchool
  let stranger: Office

  init() throws {
    it = try EvidenceSchool()
    _ = try it.root.at(it.school.now()).addUnit("school/maths", name: "数学学院党总支", kind: .committee, type: nil)
    stranger = try it.school.enrol("school/maths", by: it.root, person: "王五")
    try it.school.synchronize(stranger, with: it.root)
  }

  private func server(_ quota: FileQuota = .standard, free: UInt64? = nil) -> FileServer {
    FileServer(it.root.workspace, quota: quota, reserveBytes: 1000) { free }
  }

  private func device(_ office: Office) throws -> DirectoryDevice {
    try #require(try it.root.directory().devices[office.identity.device])
  }

  /// Attached on the first laptop, its entry at the hub.
  private func named(_ text: String, name: String = "记录.txt") throws -> EvidenceSchool.File {
    let file = try it.attach(it.first, text, name: name)
    try it.school.synchronize(it.first, with: it.root)
    return file
  }

  @Test("metadata first: a file that no attachment at the hub names is not begun")
  func metadataFirst() throws {
    let file = try it.attach(it.first, "还没同步")
    let server = server()
    let device = try device(it.first)
    #expect(throws: FileError.notNamed) { try server.begin(file.hash, byteCount: file.byteCount, by: device) }
    #expect(try server.held([file.hash], by: device) == [.unnamed])
    try it.school.synchronize(it.first, with: it.root)
    #expect(try server.held([file.hash], by: device) == [.wanted])
    #expect(try server.begin(file.hash, byteCount: file.byteCount, by: device).offset == 0)
  }

  @Test("a device of another unit neither sends, fetches nor learns of it (promise 7)")
  func otherUnit() throws {
    let file = try named("内部讨论")
    let server = server()
    let (own, other) = (try device(it.first), try device(stranger))
    #expect(throws: FileError.notNamed) { try server.begin(file.hash, byteCount: file.byteCount, by: other) }
    _ = try server.begin(file.hash, byteCount: file.byteCount, by: own)
    #expect(try server.append(Array("内部讨论".utf8), at: 0, to: file.hash, by: own).isWhole)
    #expect(throws: FileError.notNamed) { try server.readable(file.hash, by: other) }
    #expect(throws: FileError.notNamed) { try server.progress(of: file.hash, by: other) }
    #expect(try server.held([file.hash], by: other) == [.unnamed])
    #expect(try server.readable(file.hash, by: own) == file.byteCount)
    // Nobody at the hub itself is asked: what is attached stands in a log that the office above reads.
    #expect(try server.readable(file.hash, by: device(it.root)) == file.byteCount)
    try it.detach(it.first, "记录.txt")
    try it.school.synchronize(it.first, with: it.root)
    #expect(throws: FileError.notNamed) { try server.readable(file.hash, by: own) }
  }

  @Test(
    "pieces count once, in order; two devices' uploads of one file do not mix; whoever is first ends both (promise 4)")
  func pieces() throws {
    let file = try named("0123456789")
    try it.school.synchronize(it.second, with: it.root)
    let server = server()
    let (first, second) = (try device(it.first), try device(it.second))
    let bytes = Array("0123456789".utf8)
    for device in [first, second] { #expect(try server.begin(file.hash, byteCount: 10, by: device).offset == 0) }
    #expect(try server.append(Array("garbage".utf8), at: 0, to: file.hash, by: second).offset == 7)
    #expect(try server.append(Array(bytes[..<4]), at: 0, to: file.hash, by: first).offset == 4)
    #expect(throws: FileError.wrongOffset(4)) { try server.append(Array(bytes[..<4]), at: 0, to: file.hash, by: first) }
    #expect(throws: FileError.wrongOffset(4)) { try server.append(bytes, at: 4, to: file.hash, by: first) }
    #expect(try server.begin(file.hash, byteCount: 10, by: first).offset == 4)
    #expect(try server.append(Array(bytes[4...]), at: 4, to: file.hash, by: first).isWhole)
    #expect(throws: FileError.wrongOffset(10)) { try server.append([1], at: 7, to: file.hash, by: second) }
    #expect(try server.begin(file.hash, byteCount: 10, by: second).isWhole)
    #expect(it.root.workspace.files.isSound(file.hash))
  }

  @Test("what does not hash to what was promised is refused and removed, and can be sent again (promise 5)")
  func lyingHash() throws {
    let file = try named("0123456789")
    let server = server()
    let device = try device(it.first)
    _ = try server.begin(file.hash, byteCount: 10, by: device)
    #expect(throws: FileError.mismatch) {
      try server.append(Array("9876543210".utf8), at: 0, to: file.hash, by: device)
    }
    #expect(it.root.workspace.files.hashes().isEmpty)
    #expect(try server.progress(of: file.hash, by: device) == nil)
    #expect(throws: FileError.wrongLength) { try server.begin(file.hash, byteCount: 11, by: device) }
    _ = try server.begin(file.hash, byteCount: 10, by: device)
    #expect(try server.append(Array("0123456789".utf8), at: 0, to: file.hash, by: device).isWhole)
  }

  /// The mark that the hub shows in its answers.
  private func mark() throws -> FilesMark? {
    var shown: FilesMark?
    try it.school.synchronize(it.first, with: it.root) { shown = (try? Exchange(bytes: $0))?.filesMark ?? shown }
    return shown
  }

  /// Whoever first comes to know that a file is lost.
  enum Asking: CaseIterable { case about, fetching, progress, sending }

  @Test(
    "a file that is gone, or has another length, is noticed by the first request for it: forgotten with a new files mark, and taken anew (protocol §13)",
    arguments: Asking.allCases, [false, true])
  func lost(_ asking: Asking, isCut: Bool) throws {
    let bytes = Array("0123456789".utf8)
    let file = try named("0123456789")
    let server = server()
    let device = try device(it.first)
    _ = try server.begin(file.hash, byteCount: 10, by: device)
    #expect(try server.append(bytes, at: 0, to: file.hash, by: device).isWhole)
    #expect(try server.held([file.hash], by: device) == [.here])
    #expect(try mark() == nil)
    let path = it.root.workspace.files.path(of: file.hash)
    if isCut {
      try Data(bytes[..<4]).write(to: URL(fileURLWithPath: path))
    } else {
      try FileManager.default.removeItem(atPath: path)
    }
    switch asking {
    case .about: #expect(try server.held([file.hash], by: device) == [.wanted])
    case .fetching: #expect(throws: FileError.notHere) { try server.readable(file.hash, by: device) }
    case .progress: #expect(try server.progress(of: file.hash, by: device) == nil)
    case .sending: #expect(try server.begin(file.hash, byteCount: 10, by: device).offset == 0)
    }
    let drawn = try #require(try mark())
    #expect(try it.root.workspace.store.read { try $0.missingFiles() }.map(\.hash) == [file.hash])
    // The loss is noticed once, however often it is asked for.
    #expect(try server.held([file.hash], by: device) == [.wanted])
    _ = try server.begin(file.hash, byteCount: 10, by: device)
    #expect(try server.append(bytes, at: 0, to: file.hash, by: device).isWhole)
    #expect(try server.readable(file.hash, by: device) == 10 && it.root.workspace.files.isSound(file.hash))
    #expect(try mark() == drawn)
  }

  @Test("an empty file is whole as soon as it is begun")
  func empty() throws {
    let file = try named("")
    #expect(try server().begin(file.hash, byteCount: 0, by: device(it.first)).isWhole)
    #expect(it.root.workspace.files.isSound(file.hash))
  }

  @Test("room: a unit's share, all together, the disk, and the uploads that one device may leave open (promise 8)")
  func room() throws {
    let small = try named("0123456789", name: "小.txt")
    let large = try named(String(repeating: "x", count: 100), name: "大.txt")
    let device = try device(it.first)
    let unit = server(FileQuota(unitBytes: 105, bytes: 1 << 30))
    _ = try unit.begin(small.hash, byteCount: 10, by: device)
    // What is begun counts whole: it can be ended.
    #expect(throws: FileError.unitQuota(limit: 105)) { try unit.begin(large.hash, byteCount: 100, by: device) }
    #expect(try unit.append(Array("0123456789".utf8), at: 0, to: small.hash, by: device).isWhole)
    #expect(throws: FileError.unitQuota(limit: 105)) { try unit.begin(large.hash, byteCount: 100, by: device) }
    #expect(throws: FileError.quota) {
      try server(FileQuota(unitBytes: 1000, bytes: 105)).begin(large.hash, byteCount: 100, by: device)
    }
    #expect(throws: WorkspaceError.diskFull) { try server(free: 1099).begin(large.hash, byteCount: 100, by: device) }
    #expect(try server(free: 1100).begin(large.hash, byteCount: 100, by: device).offset == 0)
    #expect(throws: WorkspaceError.diskFull) { try server(free: 999).append([1], at: 0, to: large.hash, by: device) }
    #expect(try server().drop(large.hash, by: device))
    for number in 0..<FileLimit.unfinishedPerDevice {
      _ = try server().begin(named("未完\(number)", name: "\(number).txt").hash, byteCount: "未完0".utf8.count, by: device)
    }
    #expect(throws: FileError.tooManyUnfinished(FileLimit.unfinishedPerDevice)) {
      try server().begin(large.hash, byteCount: 100, by: device)
    }
  }
}
