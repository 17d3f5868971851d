import Foundation

/// A document's file as bytes, never more of it than is allowed.
enum BoundedFile {
  /// At most one byte more than ``PackageLimits/fileBytes``, which ``check(_:limits:)`` then refuses.
  static func read(_ path: String, limits: some PackageLimits) throws(ImportError) -> [UInt8] {
    do {
      let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
      defer { try? file.close() }
      return [UInt8](try file.read(upToCount: limits.fileBytes + 1) ?? Data())
    } catch {
      throw .unreadable(path: path)
    }
  }

  static func check(_ bytes: [UInt8], limits: some PackageLimits) throws(ImportError) {
    if bytes.count > limits.fileBytes { throw .tooLarge("文件大小", limit: "\(limits.fileBytes >> 20) MiB") }
  }
}
