import Foundation
import SyncModel

/// Takes files of this machine into the workspace: photos and films without where they were made, everything else as it is.
struct FileIntake {
  let workspace: Workspace

  /// One file, whole and on the disk.
  struct Taken {
    let attachment: Attachment
    /// Something was taken out of a photo or film.
    let wasCleaned: Bool
    /// It was not here before.
    let isNew: Bool
  }

  /// By their names, what must be cleaned; whatever its first bytes say.
  private static let pictureExtensions: Set<String> = [
    "jpg", "jpeg", "jpe", "png", "webp", "heic", "heif", "avif", "gif", "bmp", "tif", "tiff", "dng", "cr2", "cr3",
    "nef",
    "arw", "raw", "mp4", "m4v", "mov", "3gp", "avi", "mkv", "wmv", "flv", "webm", "mts",
  ]

  private static let headBytes = 64

  /// The name under which it will be shown. - Throws: ``FileError``; ``NameError``; ``PrivacyError``.
  static func name(of path: String) throws -> String {
    let name = try NameProfile.file.accepted(
      ((path as NSString).expandingTildeInPath as NSString).lastPathComponent)
    guard name.utf8.count <= Attachment.fileNameLimit else { throw FileError.badName(name) }
    try OwnWriteRules.check(name, field: AnswerField.evidence.title + "文件名")
    return name
  }

  /// - Throws: ``FileError``, ``PhotoError``, ``PrivacyError``, ``WorkspaceError``; nothing of it is left then.
  /// - Parameter given: the name under which it will be shown; nil for its own.
  func take(_ path: String, named given: String? = nil) throws -> Taken {
    let name = try Self.name(of: given ?? path)
    let path = (path as NSString).expandingTildeInPath
    var isFolder: ObjCBool = false
    if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue {
      throw FileError.isFolder(name)
    }
    guard let source = FileHandle(forReadingAtPath: path), let head = try? source.readWhole(Self.headBytes) else {
      throw FileError.unreadable(name)
    }
    defer { try? source.close() }
    let kind = ((name as NSString).pathExtension).lowercased()
    let draft = try workspace.files.draft()
    var wasCleaned = false
    if PhotoPrivacy.isPictureOrFilm(head) {
      let bytes = try head + source.readWhole(PhotoPrivacy.byteLimit + 1 - head.count)
      let clean = try PhotoPrivacy.withoutLocation(bytes)
      wasCleaned = clean != bytes
      try draft.append(clean)
    } else if Self.pictureExtensions.contains(kind) {
      throw FileError.notCleanable(name)
    } else {
      try draft.append(head)
      while true {
        let piece = try source.readWhole(FileStore.pieceBytes)
        if piece.isEmpty { break }
        if draft.byteCount + piece.count > Attachment.byteLimit {
          throw FileError.tooLarge(name: name, bytes: FileStore.size(path) ?? draft.byteCount)
        }
        try draft.append(piece)
      }
    }
    let hash = try draft.finish()
    let isNew = workspace.files.byteCount(of: hash) == nil
    try workspace.adopt(draft.path, as: hash, byteCount: draft.byteCount)
    return Taken(
      attachment: Attachment(
        hash: hash, byteCount: draft.byteCount, fileName: name,
        mediaType: Self.mediaType(head, fileExtension: kind)),
      wasCleaned: wasCleaned, isNew: isNew)
  }

  private static let mediaTypes = [
    "pdf": "application/pdf", "doc": "application/msword", "xls": "application/vnd.ms-excel",
    "ppt": "application/vnd.ms-powerpoint",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation", "ofd": "application/ofd",
    "wps": "application/vnd.ms-works", "txt": "text/plain", "csv": "text/csv", "zip": "application/zip",
    "mp3": "audio/mpeg", "m4a": "audio/mp4", "wav": "audio/wav", "mov": "video/quicktime", "heic": "image/heic",
  ]

  private static func mediaType(_ head: [UInt8], fileExtension: String) -> String {
    switch try? PhotoPrivacy.format(of: head) {
    case .jpeg: "image/jpeg"
    case .png: "image/png"
    case .webP: "image/webp"
    case .heif: mediaTypes[fileExtension] ?? "image/heif"
    case .film: mediaTypes[fileExtension] ?? "video/mp4"
    case nil: mediaTypes[fileExtension] ?? "application/octet-stream"
    }
  }
}
