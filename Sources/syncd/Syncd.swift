import ArgumentParser
import SyncModel
import Foundation

/// The sync daemon 汇总点: founds a school, serves a workspace over HTTP.
@main
struct Syncd: AsyncParsableCommand {
  static let version = Release.version

  static let configuration = CommandConfiguration(
    commandName: "syncd",
    abstract: "汇总点：建校、接收和分发各党组织的填报",
    version: version,
    subcommands: [
      InitCommand.self, ServeCommand.self, BackupCommand.self, RestoreCommand.self, RenewCommand.self,
    ])

  static func main() async {
    Foundation.exit(await CommandRunner.run())
  }
}
