import Foundation
import SyncModel

/// `templatec OUTPUT.swift FILE.json…`: checks the data files of the bundled templates and writes them out as Swift.
///
/// Run by the build. Says everything that is wrong, one file a line, and writes nothing unless all of them are right.
@main
enum Templatec {
  static func main() {
    let arguments = CommandLine.arguments.dropFirst()
    guard let output = arguments.first, arguments.count > 1 else { fail(["usage: templatec OUTPUT.swift FILE.json…"]) }
    var files: [TemplateFile] = []
    var complaints: [String] = []
    for path in arguments.dropFirst() {
      do {
        let url = URL(fileURLWithPath: path)
        let file = try TemplateFile(name: url.lastPathComponent, json: Data(contentsOf: url))
        complaints += Self.clashes(of: file, with: files).map(\.description)
        files.append(file)
      } catch {
        complaints.append("\(error)")
      }
    }
    if !complaints.isEmpty { fail(complaints) }
    do {
      try Data(SwiftWriter(files: files).source.utf8).write(to: URL(fileURLWithPath: output), options: .atomic)
    } catch {
      fail(["\(output): error: \(error)"])
    }
  }

  /// Slugs cannot clash, since they are the files' names; titles can.
  static func clashes(of file: TemplateFile, with others: [TemplateFile]) -> [TemplateFileError] {
    others.filter { $0.slug == file.slug || $0.template.title == file.template.title }.map {
      TemplateFileError(
        file: "\(file.slug).json", place: "title", reason: "\($0.slug).json has the same slug or title")
    }
  }

  private static func fail(_ lines: [String]) -> Never {
    FileHandle.standardError.write(Data((lines.joined(separator: "\n") + "\n").utf8))
    exit(1)
  }
}
