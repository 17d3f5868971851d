import Foundation
import SyncEngine
import SyncTesting
import Testing

@Suite("Photos lose their location and nothing else")
struct PhotoPrivacyTests {
  static let fixtures: [(name: String, bytes: [UInt8])] = [
    ("a.jpg", PhotoFixtures.jpeg), ("a.png", PhotoFixtures.png), ("a.webp", PhotoFixtures.webP),
    ("b.webp", PhotoFixtures.animatedWebP), ("a.heic", PhotoFixtures.heif), ("a.mp4", PhotoFixtures.mp4),
    ("a.mov", PhotoFixtures.mov),
  ]

  /// What every way of writing the place into the fixtures leaves in their bytes.
  private static let traces = [
    "GPS", "Dalian", "Ganjingzi", "38.8", "38,52", "121,30", "photoshop", "xpacket", "location", "\u{a9}xyz",
  ]

  private func holds(_ text: String, _ bytes: [UInt8]) -> Bool {
    let scalars = text.unicodeScalars.map { UInt8($0.value & 0xff) }
    return bytes.indices.contains { bytes[$0...].starts(with: scalars) }
  }

  @Test("no trace of the place is left, and cleaning again changes nothing", arguments: fixtures.map(\.name))
  func traces(name: String) throws {
    let bytes = try #require(Self.fixtures.first { $0.name == name }).bytes
    #expect(Self.traces.contains { holds($0, bytes) })
    let clean = try PhotoPrivacy.withoutLocation(bytes)
    for trace in Self.traces { #expect(!holds(trace, clean), "\(trace)") }
    // The rational degrees and minutes of EXIF's GPS directory.
    #expect(!holds("\0\0\0\u{26}\0\0\0\u{1}\0\0\0\u{34}", clean))
    #expect(try PhotoPrivacy.withoutLocation(clean) == clean)
  }

  @Test(
    "films and HEIC keep their length and everything that frames the picture", arguments: ["a.heic", "a.mp4", "a.mov"])
  func inPlace(name: String) throws {
    let bytes = try #require(Self.fixtures.first { $0.name == name }).bytes
    let clean = try PhotoPrivacy.withoutLocation(bytes)
    #expect(clean.count == bytes.count && clean != bytes)
  }

  @Test("how a picture is turned is kept; a picture that says nothing of it gets nothing")
  func orientation() throws {
    let turned: [UInt8] = [0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 6]
    for bytes in [PhotoFixtures.jpeg, PhotoFixtures.png, PhotoFixtures.webP] {
      let clean = try PhotoPrivacy.withoutLocation(bytes)
      #expect(clean.indices.count { clean[$0...].starts(with: turned) } == 1)
    }
    var upright = PhotoFixtures.jpeg
    let place = try #require(upright.indices.first { upright[$0...].starts(with: turned) })
    upright[place + 9] = 1
    #expect(!holds("Exif", try PhotoPrivacy.withoutLocation(upright)))
  }

  @Test("what hangs behind a picture's end goes: a second picture, a film, a maker's notes")
  func trailers() throws {
    for bytes in [PhotoFixtures.jpeg, PhotoFixtures.png] {
      #expect(try PhotoPrivacy.withoutLocation(bytes + PhotoFixtures.mp4) == PhotoPrivacy.withoutLocation(bytes))
    }
  }

  @Test("the samples of a track that is neither picture nor sound are overwritten, those of the others stay")
  func tracks() throws {
    var film = PhotoFixtures.mp4
    // The fixture has two tracks of pictures; the second becomes one of places.
    let handlers = film.indices.filter { film[$0...].starts(with: Array("vide".utf8)) }
    try #require(handlers.count == 2)
    film.replaceSubrange(handlers[1]..<handlers[1] + 4, with: "meta".utf8)
    let clean = try PhotoPrivacy.withoutLocation(film)
    let whole = try PhotoPrivacy.withoutLocation(PhotoFixtures.mp4)
    // A sample of MPEG-4 video begins with a start code.
    func samples(_ bytes: [UInt8]) -> Int { bytes.indices.count { bytes[$0...].starts(with: [0, 0, 1, 0xb6]) } }
    #expect(samples(whole) == 4)
    #expect(samples(clean) == 2)
    #expect(!holds("meta", Array(clean)))
  }

  @Test(
    "a track or an item that points at the file's own boxes is damaged: nothing outside the media data is overwritten")
  func pointers() throws {
    func place(_ text: String, _ bytes: [UInt8], after start: Int = 0) throws -> Int {
      try #require(bytes.indices[start...].first { bytes[$0...].starts(with: text.utf8) })
    }
    var film = PhotoFixtures.mp4
    let handler = try place("vide", film)
    film.replaceSubrange(handler..<handler + 4, with: "meta".utf8)
    let offset = try place("stco", film, after: handler) + 12
    #expect(throws: Never.self) { try PhotoPrivacy.withoutLocation(film) }
    // The start of the file, the box of media data itself, and across its end.
    let data = try place("mdat", film)
    for target in [0, data, film.count - 1] {
      film.replaceSubrange(
        offset..<offset + 4, with: (0..<4).map { UInt8(truncatingIfNeeded: target >> (24 - 8 * $0)) })
      #expect(throws: PhotoError.damaged(.film), "\(target)") { try PhotoPrivacy.withoutLocation(film) }
    }

    var picture = PhotoFixtures.heif
    // Version 0, with widths of 4, 4 and 4 bytes: the second item is EXIF, its base stands behind its number.
    let base = try place("iloc", picture) + 12 + 18 + 4
    for target in [0, try place("mdat", picture), picture.count - 1] {
      picture.replaceSubrange(base..<base + 4, with: (0..<4).map { UInt8(truncatingIfNeeded: target >> (24 - 8 * $0)) })
      #expect(throws: PhotoError.damaged(.heif), "\(target)") { try PhotoPrivacy.withoutLocation(picture) }
    }
  }

  @Test("a format that cannot be cleaned is told, with what can be done")
  func told() throws {
    for (start, name) in [("GIF89a", "GIF"), ("BM......", "BMP"), ("II*\0....", "TIFF"), ("%PDF-1.7", "PDF")] {
      let error = try #require(throws: PhotoError.self) { try PhotoPrivacy.withoutLocation(Array(start.utf8)) }
      #expect(error.code == "photoFormat" && error.message.contains(name) && !error.hint.isEmpty)
    }
    for bytes in [[], [0x89], Array("这不是照片".utf8)] as [[UInt8]] {
      #expect(throws: PhotoError.unknownFormat(nil)) { try PhotoPrivacy.withoutLocation(bytes) }
    }
  }

  @Test(
    "every cut and thousands of changed bytes either throw or give a file that cleans to itself (promise 8)",
    arguments: fixtures.map(\.name))
  func hostile(name: String) throws {
    let bytes = try #require(Self.fixtures.first { $0.name == name }).bytes
    for length in bytes.indices {
      if let clean = try? PhotoPrivacy.withoutLocation(Array(bytes[..<length])) {
        #expect(try PhotoPrivacy.withoutLocation(clean) == clean, "cut at \(length)")
      }
    }
    var generator = SeededGenerator(seed: 0x9407_0000 + UInt64(bytes.count))
    for round in 0..<600 {
      var changed = bytes
      for _ in 0...generator.below(4) {
        changed[generator.below(changed.count)] = [0, 0xff, 0x7f, UInt8(generator.below(256))][generator.below(4)]
      }
      guard let clean = try? PhotoPrivacy.withoutLocation(changed) else { continue }
      #expect(clean.count <= changed.count + 64, "round \(round)")
      #expect(try PhotoPrivacy.withoutLocation(clean) == clean, "round \(round)")
    }
  }

  @Test("an item that claims more bytes than there are, or the same ones again and again, is refused (promise 8)")
  func lyingItem() throws {
    #expect(try !PhotoPrivacy.withoutLocation(PhotoFixtures.heif(lengths: [40])).contains(7))
    for lengths in [[1, UInt64(Int.max)], [UInt64(Int.max), 1], [.max], Array(repeating: 40, count: 9)] {
      #expect(throws: PhotoError.damaged(.heif)) {
        try PhotoPrivacy.withoutLocation(PhotoFixtures.heif(lengths: lengths))
      }
    }
  }

  private static let exiftool = ["/usr/bin/exiftool", "/usr/local/bin/exiftool", "/opt/homebrew/bin/exiftool"]
    .first { FileManager.default.isExecutableFile(atPath: $0) }

  /// Every tag of each file as an independent reader finds it, with a digest of the picture's data where it knows how.
  private func tags(_ files: [(name: String, bytes: [UInt8])]) throws -> [[String: String]] {
    let folder = NSTemporaryDirectory() + "unitsync-photos-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let paths = files.enumerated().map { "\(folder)/\($0)-\($1.name)" }
    for (path, file) in zip(paths, files) { try Data(file.bytes).write(to: URL(fileURLWithPath: path)) }
    let data = try ChildProcess.run(
      try #require(Self.exiftool),
      ["-json", "-a", "-G1", "-ee", "-u", "-api", "requesttags=imagedatahash"] + paths
    ).output
    let found = try #require(try JSONSerialization.jsonObject(with: data) as? [[String: Any]])
    try #require(found.count == files.count)
    return found.map { $0.mapValues { "\($0)" } }
  }

  @Test(
    "an independent reader finds no place, no fault and the same picture",
    .enabled(if: exiftool != nil, "要装 ExifTool（scripts/setup 会装）"))
  func independent() throws {
    let cleaned = try Self.fixtures.map { (name: $0.name, bytes: try PhotoPrivacy.withoutLocation($0.bytes)) }
    let all = try tags(Self.fixtures + cleaned)
    let count = Self.fixtures.count
    for (name, (before, after)) in zip(Self.fixtures.map(\.name), zip(all[..<count], all[count...])) {
      #expect(before.keys.contains { $0.contains("GPS") }, "\(name)")
      for key in after.keys {
        #expect(
          !["GPS", "XMP", "IPTC", "City", "Comment", "UserData", "Keys", "ItemList"].contains { key.contains($0) },
          "\(name) \(key)")
      }
      #expect(after["ExifTool:Warning"] == nil && after["ExifTool:Error"] == nil, "\(name) \(after)")
      for key in ["File:ImageWidth", "File:ImageHeight", "File:ImageDataHash", "Composite:ImageSize"] {
        #expect(before[key] == after[key], "\(name) \(key)")
      }
      // HEIC says it in a property of the picture.
      let turned = name.hasSuffix("heic") ? "QuickTime:Rotation" : "IFD0:Orientation"
      #expect(before[turned] == after[turned], "\(name)")
    }
  }
}
