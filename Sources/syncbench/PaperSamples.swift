import Foundation
import SyncEngine
import SyncModel
import SyncReports

/// Papers out of a real workspace, each written whole and flushed as `unitcli report` writes them, and one taken in.
enum PaperSamples {
  /// Score sheets as .docx, one file each. Setting `threads`: 1, or all processors.
  static let scoreSheets: TakeSample = { context in
    let school = try context.paperSet().schoolFolder()
    let threads = context.setting("threads", default: 2)
    return try context.inScratch { scratch in
      try FileManager.default.copyItem(atPath: school, toPath: scratch + "/school")
      let office = try PaperSet.office(in: scratch + "/school")
      let campaign = try office.campaign(PaperSet.campaign)
      let directory = try office.directory()
      let units = campaign.units.compactMap { directory.units[$0] }
      let papers = try PaperSet.papers(of: office)
      let write: @Sendable (Int) throws -> Int = { number in
        let path = "\(scratch)/\(number).docx"
        let made = try papers.sheet(campaign, unit: units[number])
        try DocumentFile.write(made.marked(for: .docx), format: .docx, to: path)
        return try bytes(path)
      }
      let processor = Usage.processSeconds
      let (seconds, sizes) = try Usage.timed {
        threads == 1 ? try units.indices.map(write) : try inParallel(units.count, write)
      }
      let used = Usage.processSeconds - processor
      try check("\(scratch)/\(units.count - 1).docx")
      if units.count != context.scale.count { throw Wrong("the school has \(units.count) branches") }
      return sample(
        seconds: seconds, count: units.count, bytes: sizes.reduce(0, +) / units.count, processor: used)
    }
  }

  /// The same sheets by `unitcli report sheet`, from the start of the process to its end.
  static let tool: TakeSample = { context in
    let school = try context.paperSet().schoolFolder()
    return try context.inScratch { scratch in
      try FileManager.default.copyItem(atPath: school, toPath: scratch + "/school")
      let tool = Tool(binaries: context.binaries, folder: scratch + "/school")
      let folder = scratch + "/out"
      let seconds = try tool.run([
        "report", "sheet", "--campaign", PaperSet.campaign, "--units", "school/**", "-o", folder,
      ])
      let names = try FileManager.default.contentsOfDirectory(atPath: folder)
      guard names.count == context.scale.count, let last = names.max() else {
        throw Wrong("unitcli wrote \(names.count) sheets")
      }
      try check(folder + "/" + last)
      let sizes = try names.map { try bytes(folder + "/" + $0) }
      var sample = sample(seconds: seconds, count: names.count, bytes: sizes.reduce(0, +) / names.count)
      sample["peakBytes"] = tool.peakBytes
      return sample
    }
  }

  /// A long sheet read from its file into a template.
  static let longSheet: TakeSample = { context in
    let path = try context.paperSet().longSheetFile()
    let processor = Usage.processSeconds
    let (seconds, found) = try Usage.timed { try ChecklistImporter.templates(path: path) }
    let used = Usage.processSeconds - processor
    let peak = Usage.peakBytes
    // Afterwards: what it is held against would count as memory of the reading.
    let sheet = try BenchPapers.longSheet(items: context.scale.count)
    guard found.count == 1, found[0].template.sections == sheet.sections else {
      throw Wrong("a sheet read in is not what was printed")
    }
    var sample = sample(seconds: seconds, count: 1, bytes: try bytes(path), processor: used)
    sample["peakBytes"] = Double(peak)
    return sample
  }

  /// What cannot be read again is no document: 44 items, a header and a sum.
  private static func check(_ path: String) throws {
    let read = try WordDocument(path: path)
    guard read.blocks.contains(where: { if case .table(let table) = $0 { table.rows.count == 46 } else { false } })
    else { throw Wrong("a score sheet read back is not what was written") }
  }

  private static func sample(
    seconds: Double, count: Int, bytes: Int, processor: Double = .nan
  ) -> Sample {
    var sample = Sample()
    sample["seconds"] = seconds
    sample["cpuSeconds"] = processor
    sample["perSecond"] = Double(count) / seconds
    sample["bytes"] = Double(bytes)
    return sample
  }

  /// One ledger as .xlsx, its rows handed over one by one.
  static let ledger: TakeSample = { context in
    try context.inScratch { folder in
      let path = folder + "/ledger.xlsx"
      let processor = Usage.processSeconds
      let seconds = try Usage.timed {
        try DocumentFile.write(BenchPapers.ledger, format: .xlsx, to: path) { add in
          for serial in 1...context.scale.count { try add(BenchPapers.ledgerRow(serial)) }
        }
      }.seconds
      var sample = Sample()
      sample["seconds"] = seconds
      sample["cpuSeconds"] = Usage.processSeconds - processor
      sample["perSecond"] = Double(context.scale.count) / seconds
      sample["bytes"] = Double(try bytes(path))
      sample["peakBytes"] = Double(Usage.peakBytes)
      return sample
    }
  }

  private static func bytes(_ path: String) throws -> Int {
    let attributes = try FileManager.default.attributesOfItem(atPath: path)
    return (attributes[.size] as? NSNumber)?.intValue ?? 0
  }
}
