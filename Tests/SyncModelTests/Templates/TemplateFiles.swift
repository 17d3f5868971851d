import Foundation

/// Where the data files and their schema stand.
enum TemplateFiles {
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appending(path: "../../../Sources/SyncTemplates").standardizedFileURL
}
