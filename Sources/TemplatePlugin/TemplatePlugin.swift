import Foundation
import PackagePlugin

/// Has `templatec` check a target's `Data/*.json` and write them out as Swift whenever one of them changes: a broken file
/// fails the build.
@main
struct TemplatePlugin: BuildToolPlugin {
  func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
    let folder = target.directoryURL.appending(path: "Data")
    let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
      .filter { $0.pathExtension == "json" }
      .sorted { $0.lastPathComponent < $1.lastPathComponent }
    let output = context.pluginWorkDirectoryURL.appending(path: "BundledTemplate+Generated.swift")
    return [
      .buildCommand(
        displayName: "Checking \(files.count) templates",
        executable: try context.tool(named: "templatec").url,
        arguments: [output.path(percentEncoded: false)] + files.map { $0.path(percentEncoded: false) },
        inputFiles: files, outputFiles: [output])
    ]
  }
}
