/// HEIF and films. What is not known to be picture or sound is overwritten where it stands and its box marked as free
/// space: user data (`©xyz`, `loci`), QuickTime's keys, XMP and makers' boxes, and the samples of tracks that are neither
/// picture nor sound (a phone's or drone's track of places).
enum MediaBoxCleaner {
  private static let keptAtTop: Set<String> = ["ftyp", "styp", "moov", "mdat", "moof", "mfra", "sidx", "ssix", "pdin"]
  private static let keptInMovie: Set<String> = ["mvhd", "trak", "mvex", "iods"]
  private static let keptInTrack: Set<String> = [
    "tkhd", "edts", "tref", "mdia", "trgr", "tapt", "clip", "matt", "load",
  ]
  private static let keptInMedia: Set<String> = ["mdhd", "hdlr", "minf", "elng"]
  private static let keptInFragment: Set<String> = ["mfhd", "traf"]
  /// Picture, sound, pictures of a sequence, alpha, time code. Subtitles go: drones write places into them.
  private static let keptTracks: Set<String> = ["vide", "soun", "pict", "auxv", "tmcd"]

  static func clean(_ bytes: [UInt8]) throws(PhotoError) -> [UInt8] {
    let format = try PhotoPrivacy.format(of: bytes)
    var file = try MediaBoxes(bytes, format: format)
    let isFilm = format == .film && file.top.contains { $0.name == "moov" }
    let isFragmented = file.top.contains { $0.name == "moof" }
    for box in file.top {
      switch box.name {
      case "meta": break
      case "moov": try cleanMovie(box, &file, isFragmented: isFragmented)
      case "moof": try keep(keptInFragment, in: box, &file)
      default: if !keptAtTop.contains(box.name) { try file.blank(box) }
      }
    }
    // Behind the tracks, which are gone when the file is cleaned again: where one place is both, what an item leaves there
    // has the last word each time.
    for box in file.top where box.name == "meta" {
      try MediaItems.clean(box, &file)
      // In a film it describes; without a film beside it, it is the picture.
      if isFilm { try file.blank(box) }
    }
    return file.bytes
  }

  private static func cleanMovie(
    _ movie: MediaBoxes.Box, _ file: inout MediaBoxes, isFragmented: Bool
  ) throws(PhotoError) {
    for box in try file.boxes(in: movie.content) {
      if box.name == "cmov" { throw .newerForm(file.format, detail: "压缩的目录") }
      guard keptInMovie.contains(box.name) else {
        try file.blank(box)
        continue
      }
      guard box.name == "trak" else { continue }
      guard let media = try file.boxes(in: box.content).first(where: { $0.name == "mdia" }) else {
        throw .damaged(file.format)
      }
      if try keptTracks.contains(handler(of: media, file)) {
        try keep(keptInTrack, in: box, &file)
        try keep(keptInMedia, in: media, &file)
      } else {
        // Its samples come in pieces all over a fragmented file.
        if isFragmented { throw .newerForm(file.format, detail: "随时间记录的附加数据") }
        try MediaSamples.blank(media, &file)
        try file.blank(box)
      }
    }
  }

  private static func keep(
    _ names: Set<String>, in box: MediaBoxes.Box, _ file: inout MediaBoxes
  ) throws(PhotoError) {
    for inner in try file.boxes(in: box.content) where !names.contains(inner.name) { try file.blank(inner) }
  }

  /// What a track holds: the handler type (14496-12 §8.4.3).
  private static func handler(of media: MediaBoxes.Box, _ file: MediaBoxes) throws(PhotoError) -> String {
    guard let box = try file.boxes(in: media.content).first(where: { $0.name == "hdlr" }),
      let type = file.view(box.content).name(8)
    else { throw .damaged(file.format) }
    return type
  }
}
