import Foundation

/// A file written from front to end in pieces.
final class StreamedFile {
  private static let chunk = 64 << 10

  private let handle: FileHandle
  private let path: String
  private var pending: [UInt8] = []

  /// - Parameter path: of an existing file, which is overwritten.
  init(path: String) throws(DocumentError) {
    guard let handle = FileHandle(forWritingAtPath: path) else { throw .cannotWrite(path) }
    self.handle = handle
    self.path = path
  }

  func write(_ bytes: some Sequence<UInt8>) throws(DocumentError) {
    pending.append(contentsOf: bytes)
    if pending.count >= Self.chunk { try flush() }
  }

  func close() throws(DocumentError) {
    try flush()
    do { try handle.close() } catch { throw .cannotWrite(path) }
  }

  private func flush() throws(DocumentError) {
    do { try handle.write(contentsOf: pending) } catch { throw .cannotWrite(path) }
    pending.removeAll(keepingCapacity: true)
  }
}
