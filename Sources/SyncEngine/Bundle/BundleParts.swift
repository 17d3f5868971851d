import Foundation
import SyncModel

/// Writes one export into as many bundles as its size asks for. How many they are is known only at the end, so each is
/// closed with what it holds, and named and ended once all are there.
final class BundleParts {
  private let path: String
  private let partBytes: Int?
  private let makeWriter: (_ path: String) throws -> BundleWriter
  private var writers: [BundleWriter] = []

  /// - Parameters:
  ///   - path: of the file, where one is enough.
  ///   - partBytes: no file is larger; nil: one file, whatever it takes.
  ///   - makeWriter: begins a bundle with a header and key of its own.
  init(path: String, partBytes: Int?, _ makeWriter: @escaping (_ path: String) throws -> BundleWriter) {
    self.path = path
    self.partBytes = partBytes
    self.makeWriter = makeWriter
  }

  var entries: Int { writers.reduce(0) { $0 + $1.totals.entries } }

  /// Adds a segment's bytes.
  /// - Throws: ``BundleError/tooLarge`` beyond the number of parts.
  func add(_ bytes: [UInt8], entries: Int) throws {
    if let partBytes, let last = writers.last, last.totals.segments > 0, last.byteCount(adding: bytes.count) > partBytes
    {
      try last.close()
      try begin()
    } else if writers.isEmpty {
      try begin()
    }
    guard let writer = writers.last else { preconditionFailure("one was begun") }
    if let partBytes, writer.byteCount(adding: bytes.count) > partBytes { throw BundleError.tooLarge }
    try writer.add(bytes, entries: entries)
  }

  private func begin() throws {
    if writers.count >= BundleLimit.parts { throw BundleError.tooLarge }
    writers.append(try makeWriter(PrivateFile.unfinished(path)))
  }

  /// Ends all files and gives them their names: all of them, or none.
  /// - Returns: their paths in order.
  /// - Throws: ``BundleError/cannotWrite(_:)``, also where one of several names is taken.
  func finish() throws -> [String] {
    let set = BundleSetID.random()
    let count = writers.count
    for (index, writer) in writers.enumerated() {
      try writer.finish(as: count == 1 ? nil : BundlePart(set: set, number: index + 1, count: count))
    }
    let names = count == 1 ? [path] : (1...count).map { BundlePart.name(path, $0, of: count) }
    if count > 1, let taken = names.first(where: { FileManager.default.fileExists(atPath: $0) }) {
      throw BundleError.cannotWrite(taken)
    }
    for (index, name) in names.enumerated() {
      do {
        try Platform.move(writers[index].path, to: name)
      } catch {
        for named in names[..<index] { PrivateFile.remove(named) }
        throw BundleError.cannotWrite(name)
      }
    }
    return names
  }

  /// Leaves nothing behind.
  func discard() {
    for writer in writers { writer.discard() }
  }
}
