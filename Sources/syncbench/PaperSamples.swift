import Foundation
import SyncReports

/// Papers written to the disk, each whole and flushed, as `unitcli report` writes them.
enum PaperSamples {
  /// Score sheets as .docx, one file each. Setting `threads`: 1, or all processors.
  static let scoreSheets: TakeSample = { context in
    let count = context.scale.count
    return try context.inScratch { folder in
      let write: @Sendable (Int) throws -> Int = { unit in
        let path = "\(folder)/\(unit).docx"
        try DocumentFile.write(BenchPapers.scoreSheet(unit: unit), format: .docx, to: path)
        return try bytes(path)
      }
      let processor = Usage.processSeconds
      let (seconds, sizes) = try Usage.timed {
        context.setting("threads", default: 2) == 1 ? try (0..<count).map(write) : try inParallel(count, write)
      }
      // What cannot be read again is no document.
      let read = try WordDocument(path: "\(folder)/\(count - 1).docx")
      guard read.blocks.contains(where: { if case .table(let table) = $0 { table.rows.count == 46 } else { false } })
      else { throw Wrong("a score sheet read back is not what was written") }
      var sample = Sample()
      sample["seconds"] = seconds
      sample["cpuSeconds"] = Usage.processSeconds - processor
      sample["perSecond"] = Double(count) / seconds
      sample["bytes"] = Double(sizes.reduce(0, +)) / Double(count)
      return sample
    }
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
