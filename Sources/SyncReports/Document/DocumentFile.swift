import Foundation
import SyncEngine
import SyncModel

/// Writes papers as files.
public enum DocumentFile {
  /// Writes `document` to `path`, readable by its owner alone: whole, and on the disk when this returns; or not at all, and what
  /// was there is untouched. A file of that name is replaced. The same paper gives the same bytes.
  ///
  /// Memory is bounded by the paper's own; rows that `more` hands over one by one are held one at a time.
  ///
  ///     try DocumentFile.write(ledger, format: .xlsx, to: path) { add in
  ///       for entry in entries { try add([.number(entry.serial), "\(entry.unit)"]) }
  ///     }
  ///
  /// Calls do not touch each other: several papers may be written side by side.
  ///
  /// - Parameters:
  ///   - path: `~` is the home folder.
  ///   - more: rows that follow those of the paper's last table, header rows already there; what stands below the table
  ///     comes after them.
  /// - Throws: ``DocumentError``, and whatever `more` throws.
  public static func write(
    _ document: OfficeDocument, format: DocumentFormat, to path: String, adding more: DocumentRows? = nil
  ) throws {
    let path = (path as NSString).expandingTildeInPath
    var failure: (any Error)?
    do {
      try Platform.writePrivate(to: path) { _, temporary in
        do {
          try write(document, format: format, over: temporary, adding: more)
        } catch {
          failure = error
          throw error
        }
      }
    } catch {
      // In the words of whoever asked: not with the temporary file's name.
      guard let failure, (failure as? DocumentError)?.reason != .cannotWrite else {
        throw DocumentError.cannotWrite(path)
      }
      throw failure
    }
  }

  /// The same file's bytes, for standard output or an answer over the network. It stands in the temporary folder meanwhile,
  /// where its owner alone may read it.
  public static func bytes(of document: OfficeDocument, format: DocumentFormat, adding more: DocumentRows? = nil) throws
    -> [UInt8]
  {
    let path = NSTemporaryDirectory() + "unitsync-\(UUID().uuidString).\(format.fileExtension)"
    try write(document, format: format, to: path, adding: more)
    defer { PrivateFile.remove(path) }
    do {
      return [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    } catch {
      throw DocumentError.cannotWrite(path)
    }
  }

  /// - Parameter path: of an existing file.
  private static func write(
    _ document: OfficeDocument, format: DocumentFormat, over path: String, adding more: DocumentRows?
  ) throws {
    switch format {
    case .docx: try WordWriter(document, path: path).write(document, adding: more)
    case .xlsx: try SheetWriter(document, path: path).write(document, adding: more)
    case .csv: try DelimitedWriter(document, path: path).write(document, adding: more)
    case .html: try PageWriter(document, path: path).write(document, adding: more)
    }
  }
}
