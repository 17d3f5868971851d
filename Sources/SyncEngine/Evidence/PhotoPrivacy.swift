import SyncModel

/// Takes the place where a picture or a film was made out of its file, before anybody else sees it.
///
/// Nothing is encoded anew: pixels and sound stay byte for byte. Whole metadata segments go (EXIF, XMP, IPTC, comments,
/// maker's trailers); what stays is what the picture needs to look right: colour profile, resolution, orientation.
public enum PhotoPrivacy {
  /// What one file may hold; it is worked on in memory.
  public static let byteLimit = 256 << 20

  /// The kinds of file that can be cleaned.
  public enum Format: String, CaseIterable, Sendable {
    case jpeg = "JPEG"
    case png = "PNG"
    case webP = "WebP"
    /// HEIC, HEIF, AVIF.
    case heif = "HEIF"
    /// MP4, MOV, 3GP.
    case film = "MP4/MOV"

    /// What files of it are called, without dots.
    public var fileExtensions: [String] {
      switch self {
      case .jpeg: ["jpg", "jpeg", "jpe", "jfif"]
      case .png: ["png"]
      case .webP: ["webp"]
      case .heif: ["heic", "heif", "hif", "avif"]
      case .film: ["mp4", "mov", "m4v", "3gp", "qt"]
      }
    }
  }

  /// `bytes` without location data; the same again where there is none, so that cleaning twice changes nothing.
  ///
  /// - Throws: ``PhotoError`` where the format is not known, the file is damaged, or it may hold a track of places that
  ///   cannot be told from the film. Hostile bytes throw; they never trap.
  public static func withoutLocation(_ bytes: [UInt8]) throws(PhotoError) -> [UInt8] {
    if bytes.count > byteLimit { throw .tooLarge(bytes.count) }
    switch try format(of: bytes) {
    case .jpeg: return try JPEGCleaner.clean(bytes)
    case .png: return try PNGCleaner.clean(bytes)
    case .webP: return try WebPCleaner.clean(bytes)
    case .heif, .film: return try MediaBoxCleaner.clean(bytes)
    }
  }

  /// By the first bytes; a file's name says nothing.
  public static func format(of bytes: [UInt8]) throws(PhotoError) -> Format {
    if bytes.starts(with: [0xff, 0xd8, 0xff]) { return .jpeg }
    if bytes.starts(with: PNGCleaner.signature) { return .png }
    if has("RIFF", at: 0, bytes), has("WEBP", at: 8, bytes) { return .webP }
    if has("ftyp", at: 4, bytes) {
      return stillBrands.contains { has($0, at: 8, bytes) } ? .heif : .film
    }
    // Films of QuickTime's first years have no `ftyp`.
    if ["moov", "mdat", "wide"].contains(where: { has($0, at: 4, bytes) }) { return .film }
    throw .unknownFormat(unsupported.first { has($0.start, at: $0.offset, bytes) }?.name)
  }

  /// By the first bytes: a picture or film, one that can be cleaned or not. Documents hold no camera's place of their own.
  public static func isPictureOrFilm(_ bytes: [UInt8]) -> Bool {
    do {
      _ = try format(of: bytes)
      return true
    } catch .unknownFormat(let name) {
      return name != nil && name != document
    } catch {
      return true
    }
  }

  private static let document = "PDF"

  private static let stillBrands = ["heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1", "avif", "avis"]

  /// Pictures that are recognised and not cleaned.
  private static let unsupported: [(name: String, start: String, offset: Int)] = [
    ("GIF", "GIF8", 0), ("BMP", "BM", 0), ("TIFF 或相机原始文件", "II*\0", 0), ("TIFF 或相机原始文件", "MM\0*", 0),
    ("AVI", "AVI ", 8), (document, "%PDF", 0),
  ]

  private static func has(_ text: String, at offset: Int, _ bytes: [UInt8]) -> Bool {
    bytes.dropFirst(offset).starts(with: text.utf8)
  }
}

/// Why a file was not cleaned; nothing was written.
public enum PhotoError: ExplainedError, Hashable {
  /// With the format's name where it is recognised.
  case unknownFormat(String?)
  case damaged(PhotoPrivacy.Format)
  case newerForm(PhotoPrivacy.Format, detail: String)
  case tooLarge(Int)

  public var code: String {
    switch self {
    case .unknownFormat: "photoFormat"
    case .damaged: "photoDamaged"
    case .newerForm: "photoNotCleanable"
    case .tooLarge: "photoTooLarge"
    }
  }

  public var message: String {
    switch self {
    case .unknownFormat(let name?): "\(name) 文件里的拍摄地点还不能清除"
    case .unknownFormat(nil): "不认得这种文件，不能保证其中没有拍摄地点"
    case .damaged(let format): "\(format.rawValue) 文件不完整或已损坏，不能保证其中没有拍摄地点"
    case .newerForm(let format, let detail): "这个 \(format.rawValue) 文件里的\(detail)不能清除"
    case .tooLarge(let bytes): "文件太大（\(bytes >> 20) MiB，最多 \(PhotoPrivacy.byteLimit >> 20) MiB）"
    }
  }

  public var hint: String {
    switch self {
    case .unknownFormat, .newerForm: "请截屏，或另存为 JPG、PNG、MP4 后再试"
    case .damaged: "请确认能正常打开，另存一份后再试"
    case .tooLarge: "请压缩或截短后再试"
    }
  }
}
