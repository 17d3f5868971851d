/// Where a track's samples stand in the file (ISO/IEC 14496-12 §8.6–8.7).
enum MediaSamples {
  /// Overwrites every sample of the track whose `mdia` box this is.
  static func blank(_ media: MediaBoxes.Box, _ file: inout MediaBoxes) throws(PhotoError) {
    let format = file.format
    guard let information = try file.boxes(in: media.content).first(where: { $0.name == "minf" }),
      let table = try file.boxes(in: information.content).first(where: { $0.name == "stbl" })
    else { throw .damaged(format) }
    var tables: [String: ByteView] = [:]
    for box in try file.boxes(in: table.content) { tables[box.name] = file.view(box.content) }
    guard let sizes = tables["stsz"] else { throw .newerForm(format, detail: "随时间记录的附加数据") }
    guard let runs = tables["stsc"], let offsets = tables["stco"] ?? tables["co64"] else { throw .damaged(format) }
    let width = tables["stco"] == nil ? 8 : 4
    guard let chunks = offsets.number(4, size: 4), let runCount = runs.number(4, size: 4),
      let common = sizes.number(4, size: 4), let samples = sizes.number(8, size: 4)
    else { throw .damaged(format) }
    if samples == 0 { return }

    var run = 0
    var next = 0
    for chunk in 0..<chunks {
      // Runs name their first chunk, counted from 1, and hold until the next run begins.
      while run + 1 < runCount, let first = runs.number(8 + (run + 1) * 12, size: 4), first <= chunk + 1 { run += 1 }
      guard let offset = offsets.number(8 + chunk * width, size: width),
        let count = runs.number(8 + run * 12 + 4, size: 4), count <= samples - next
      else { throw .damaged(format) }
      var length = 0
      if common > 0 {
        let (product, overflow) = common.multipliedReportingOverflow(by: count)
        if overflow { throw .damaged(format) }
        length = product
      } else {
        for sample in next..<next + count {
          guard let size = sizes.number(12 + sample * 4, size: 4) else { throw .damaged(format) }
          length += size
        }
      }
      next += count
      try file.erase(offset, count: length)
    }
    // A sample in no chunk would have been left.
    if next < samples { throw .damaged(format) }
  }
}
