import Foundation
import SyncEngine
import SyncModel

/// Two exchanges with one hub that cannot both be true of one store: in the first it signed a mark of its history, in the
/// second, asked for that mark, it signed that it knows of none, or of another. Whoever has the file can check it.
public struct SetBackEvidence: Hashable, Sendable {
  public var earlier: SignedExchange
  public var later: SignedExchange

  public init(earlier: SignedExchange, later: SignedExchange) {
    self.earlier = earlier
    self.later = later
  }

  /// The hub's device; nil where the two prove nothing.
  public var hub: DeviceID? {
    guard let first = earlier.verified(), let second = later.verified(), first.hubKey == second.hubKey,
      let claimed = earlier.answer, let request = later.request, let answer = later.answer,
      claimed.hello.store == answer.hello.store,
      let asked = request.history?.remembered, asked.store == claimed.hello.store,
      claimed.history?.own.contains(asked.mark) == true, answer.history?.own.contains(asked.mark) != true
    else { return nil }
    return DeviceID(key: first.hubKey)
  }
}

extension SetBackEvidence {
  private static let magic = Array("unitsync set back\n".utf8)

  public var bytes: [UInt8] {
    var writer = ByteWriter()
    writer.raw(Self.magic)
    writer.lengthPrefixed(earlier.bytes)
    writer.lengthPrefixed(later.bytes)
    return writer.bytes
  }

  public init(bytes: [UInt8]) throws(CodecError) {
    var reader = ByteReader(bytes)
    guard try reader.raw(Self.magic.count) == Self.magic else { throw .invalid(what: "evidence", offset: 0) }
    let limit = 3 * HTTPLimit.standard.bodyBytes
    let earlier = try SignedExchange(bytes: try reader.lengthPrefixed("exchange", limit: limit))
    let later = try SignedExchange(bytes: try reader.lengthPrefixed("exchange", limit: limit))
    try reader.finish()
    self.init(earlier: earlier, later: later)
  }
}

/// The files beside a workspace that hold what hubs have signed: the last exchange with each, and evidence.
struct EvidenceFolder {
  let folder: String

  private static let lastFolder = "peers"
  static let evidenceFolder = "evidence"
  /// Further evidence against the same hub is not needed.
  private static let evidenceLimit = 20

  init(_ workspace: Workspace) {
    folder = workspace.folder
  }

  private func lastFile(_ address: HubAddress) -> String {
    folder + "/" + Self.lastFolder + "/" + Hex.encode(Array(address.text.utf8).suffix(80)) + ".exchange"
  }

  /// A file that cannot be written costs the evidence, not the exchange.
  func keep(_ exchange: SignedExchange, with address: HubAddress) {
    try? prepare(Self.lastFolder)
    try? Platform.writePrivate(exchange.bytes, to: lastFile(address), durable: false)
  }

  /// Saves what proves that the hub shows less than it did.
  /// - Returns: the file, as it is named from the workspace's folder; nil where nothing here proves it, or nothing could be
  ///   written.
  func keepEvidence(against address: HubAddress, later: SignedExchange) -> String? {
    // The mark may have been shown under another address of the same hub.
    let own = lastFile(address)
    let others = (try? FileManager.default.contentsOfDirectory(atPath: folder + "/" + Self.lastFolder)) ?? []
    let files = [own] + others.sorted().map { folder + "/" + Self.lastFolder + "/" + $0 }.filter { $0 != own }
    for file in files {
      guard let data = FileManager.default.contents(atPath: file),
        let earlier = try? SignedExchange(bytes: [UInt8](data))
      else { continue }
      let evidence = SetBackEvidence(earlier: earlier, later: later)
      guard let hub = evidence.hub else { continue }
      return save(evidence, against: hub)
    }
    return nil
  }

  /// Beyond the limit the last one stands for all.
  private func save(_ evidence: SetBackEvidence, against hub: DeviceID) -> String? {
    guard (try? prepare(Self.evidenceFolder)) != nil else { return nil }
    for number in 1...Self.evidenceLimit {
      let name = "\(Self.evidenceFolder)/hub-\(hub.short)-\(number).evidence"
      if FileManager.default.fileExists(atPath: folder + "/" + name) {
        if number == Self.evidenceLimit { return name }
        continue
      }
      let isSaved = (try? Platform.writePrivate(evidence.bytes, to: folder + "/" + name)) != nil
      return isSaved ? name : nil
    }
    return nil
  }

  private func prepare(_ name: String) throws {
    try PrivateFile.makeFolder(folder + "/" + name)
  }
}

extension Workspace {
  /// Evidence saved here against hubs, by file name; nil for one that proves nothing.
  public func evidence() -> [(file: String, hub: DeviceID?)] {
    let folder = self.folder + "/" + EvidenceFolder.evidenceFolder
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.filter { $0.hasSuffix(".evidence") }.sorted().map { name in
      let data = FileManager.default.contents(atPath: folder + "/" + name) ?? Data()
      return (name, (try? SetBackEvidence(bytes: [UInt8](data)))?.hub)
    }
  }
}
