import ArgumentParser
import Foundation
import SyncEngine

struct PhotoCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "photo", abstract: "照片和录像：交出之前清除拍摄地点", subcommands: [Clean.self])

  struct Clean: OfficeCommand {
    static let configuration = CommandConfiguration(
      commandName: "clean", abstract: "清除照片或录像里的拍摄地点等附带信息，另存一份，画面不变",
      discussion: "可清除 JPG、PNG、WebP、HEIC 照片和 MP4、MOV 录像。原文件不动。画面里拍到的门牌、路牌不会被抹去。")

    @Argument(help: ArgumentHelp("照片或录像", valueName: "文件"))
    var file: String

    @Option(name: .shortAndLong, help: ArgumentHelp("存到哪个新文件", valueName: "新文件"))
    var output: String

    @OptionGroup var global: GlobalOptions

    func perform(in session: Session) throws {
      try OutputFile.checkNew(output)
      let before = try read()
      let after = try PhotoPrivacy.withoutLocation(before)
      try OutputName.check(output, known: try PhotoPrivacy.format(of: after).fileExtensions)
      try OutputFile.write(after, to: output)
      try session.emit([
        "file": .text(output), "format": .text(try PhotoPrivacy.format(of: after).rawValue),
        "changed": .bool(after != before),
      ])
      session.say(after == before ? "这个文件里没有要清除的附带信息，已照原样另存：\(output)" : "拍摄地点等附带信息已清除，画面未变，已另存：\(output)")
    }

    private func read() throws -> [UInt8] {
      let path = (file as NSString).expandingTildeInPath
      guard let handle = FileHandle(forReadingAtPath: path),
        let data = try? handle.read(upToCount: PhotoPrivacy.byteLimit + 1)
      else {
        throw Refusal(code: "unreadableFile", message: "无法读取文件“\(file)”", hint: "请检查文件名和所在文件夹、是否有读取权限")
      }
      try? handle.close()
      return [UInt8](data)
    }
  }
}
