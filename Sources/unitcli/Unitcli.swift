import ArgumentParser
import SyncModel

/// The root command. Without a subcommand it shows what is due.
struct Unitcli: OfficeCommand {
  static let configuration = CommandConfiguration(
    commandName: "unitcli",
    abstract: "党组织工作清单：下发、填报、核定、汇总。断网也能填，联网再送出。",
    discussion: "直接运行 unitcli，按编号办理当前要办的事。",
    version: "unitcli \(Release.version)",
    subcommands: [
      FillCommand.self, SetCommand.self, AttachCommand.self, DetachCommand.self, EvidenceCommand.self, ShowCommand.self,
      LedgerCommand.self, StatusCommand.self, ConflictsCommand.self, LogCommand.self,
      RedactCommand.self, ReportCommand.self, SyncCommand.self, JoinCommand.self, UnitCommand.self, InviteCommand.self,
      DeviceCommand.self, HandoverCommand.self, TemplateCommand.self, CampaignCommand.self, VerifyCommand.self,
      VerifyDocumentCommand.self, FormCommand.self,
      AuditCommand.self, PhotoCommand.self, NoteCommand.self, BundleCommand.self, DoctorCommand.self,
      BackupCommand.self, RestoreCommand.self,
    ])

  @OptionGroup var global: GlobalOptions

  static var commandNames: [String] { configuration.subcommands.compactMap { $0.configuration.commandName } }

  /// By command, the names of the commands below it.
  static var subcommandNames: [String: [String]] {
    configuration.subcommands.reduce(into: [:]) { found, command in
      guard let name = command.configuration.commandName else { return }
      // Without a name of its own a command is called as its type.
      found[name] = command.configuration.subcommands.map {
        $0.configuration.commandName ?? String(describing: $0).lowercased()
      }
    }
  }

  func perform(in session: Session) async throws {
    try await Menu(session).run()
  }
}
