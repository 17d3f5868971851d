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
    do {
      try Platform.writePrivate(to: path) { temporary in
        switch format {
        case .docx: try WordWriter(document, path: temporary).write(document, adding: more)
        case .xlsx: try SheetWriter(document, path: temporary).write(document, adding: more)
        case .csv: try DelimitedWriter(path: temporary).write(document, adding: more)
        case .html: try PageWriter(document, path: temporary).write(document, adding: more)
        }
      }
    } catch let error as DocumentError where error.reason == .cannotWrite {
      // In the words of whoever asked: not the temporary file's name.
      throw DocumentError.cannotWrite(path)
    } catch is CocoaError {
      throw DocumentError.cannotWrite(path)
    }
  }
}
