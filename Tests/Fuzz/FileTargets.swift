import Foundation
@testable import SyncEngine
import SyncModel

/// Invitations, sealed entries, backups and photos: what comes as a file or out of a box.
let fileTargets = [
  // Text as somebody pasted it; or, after a byte 1, what an invitation holds, put behind its right checksum.
  Target("invitation", seeds: { [Array(invitation.url.utf8), [1] + invitationBody()] }) { bytes in
    if bytes.first == 1 {
      let url = invitationURL(Array(bytes.dropFirst()))
      guard let read = try? Invitation(text: url) else { return }
      promise(read.url == url, "an invitation has a second encoding")
    } else {
      let text = String(decoding: bytes, as: UTF8.self)
      let concealed = Invitation.concealed(in: text)
      guard let read = try? Invitation(text: text) else { return }
      promise(try Invitation(text: read.url) == read, "an invitation changes when it is passed on")
      promise((try? Invitation(text: concealed)) == nil, "a concealed invitation can be used")
    }
  },

  // What a device of the unit sealed, opened by another one.
  Target(
    "sealed",
    seeds: {
      try Sample.story().flatMap { segment -> [[UInt8]] in
        guard case .plain(let secret, let entries)? = segment.runs.first else { return [] }
        return try entries.prefix(2).map { try sealedClear($0, secret) }
      }
    }
  ) { bytes in
    let place = SealedBox.Place(
      school: Sample.school, log: Sample.hidden, replica: ReplicaID(high: 1, low: 2), seq: 1)
    var reader = ByteReader(bytes)
    // The digests are right wherever the parts can be told apart, so that only the form decides.
    guard let header = try? reader.lengthPrefixed("header", limit: Entry.byteLimit), let salt: Salt = try? reader.id(),
      let slots = try? Segment.ValueSlot.read(reader.raw(reader.remaining))
    else {
      openRaw(bytes, at: place)
      return
    }
    let box = SealedBox(header: header, headerSalt: salt, slots: slots)
    guard let entry = try? box.seal(at: place, with: Sample.sealingKey, nonce: nonce) else { return }
    promise(try SealedBox.open(entry, at: place, with: Sample.sealingKey) == box, "a box opens to something else")
    openRaw(bytes, at: place)
  },

  // A whole file; after a byte 1, an archive inside a sealed file; after a byte 2, one directory block of it.
  Target("backup", seeds: { try backupSeeds() }) { bytes in
    let rest = Array(bytes.dropFirst())
    switch bytes.first {
    case 1: try? Scratch.sealed(rest).forEach { try readBackup($0) }
    case 2:
      let block = rest.prefix(TapeArchive.blockByteCount)
      guard block.count == TapeArchive.blockByteCount, let member = try? TapeArchive.member(Array(block)) else {
        return
      }
      promise(TapeArchive.isSafe(member.name), "an archive leads out of its folder")
      guard let header = try? TapeArchive.header(member) else { return }
      promise(try TapeArchive.member(header) == member, "a member of an archive changes")
    default:
      // Higher factors are an honest file's right to a second of work; here they would only cost time.
      guard !asksForMuchWork(bytes) else { return }
      try? readBackup(bytes)
    }
  },

  Target("photo", seeds: { photoSeeds }) { bytes in
    guard let clean = try? PhotoPrivacy.withoutLocation(bytes) else { return }
    promise((try? PhotoPrivacy.withoutLocation(clean)) == clean, "cleaning twice changes something")
    promise(clean.count <= bytes.count, "cleaning adds something")
  },
]

// MARK: - Invitations

private let invitation = Invitation(
  id: SubjectID(high: 1, low: 2), secret: BatchSecret(high: 3, low: 4), rootKey: Sample.keys[0].publicKey,
  rehearsal: true, schoolName: "示例大学", rootUnit: required(UnitPath("school"), "root"), unit: Sample.unit,
  unitName: "计算机学院第一党支部", roles: [.reporter], expires: 1_790_000_000_000, hub: "https://hub.example:8443",
  hubDevice: Sample.keys[1].deviceID, hubPin: Hashing.sha256([1]))

private func invitationBody() -> [UInt8] {
  var code = invitation.url.dropFirst(Invitation.scheme.count).replacing("-", with: "+").replacing("_", with: "/")
  code += String(repeating: "=", count: (4 - code.count % 4) % 4)
  return [UInt8](required(Data(base64Encoded: String(code)), "invitation").dropLast(4))
}

private func invitationURL(_ body: [UInt8]) -> String {
  Invitation.scheme
    + Data(body + Hashing.labelled(.invitation, body).bytes.prefix(4)).base64EncodedString()
    .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
}

// MARK: - Sealed entries

private let nonce = [UInt8](repeating: 3, count: SealedBox.nonceByteCount)

private func sealedClear(_ entry: Segment.PlainEntry, _ secret: BatchSecret) throws -> [UInt8] {
  let box = try SealedBox(entry, secret: secret, seq: 1)
  var writer = ByteWriter()
  writer.lengthPrefixed(box.header)
  writer.id(box.headerSalt)
  writer.raw(Segment.ValueSlot.bytes(of: box.slots))
  return writer.bytes
}

/// The bytes as a box that nobody sealed.
private func openRaw(_ bytes: [UInt8], at place: SealedBox.Place) {
  let entry = Segment.SealedEntry(
    epoch: 1, headerDigest: Hashing.sha256([]), valuesDigest: Hashing.sha256([]), box: bytes)
  promise((try? SealedBox.open(entry, at: place, with: Sample.sealingKey)) == nil, "a forged box opens")
}

// MARK: - Backups

private let passphrase = try? BackupPassphrase("correct horse battery")

extension Scratch {
  /// A sealed file around `clear`, and the same one byte short.
  fileprivate static func sealed(_ clear: [UInt8]) throws -> [[UInt8]] {
    let file = try holding([])
    var writer = try SealedFileWriter(to: file, passphrase: required(passphrase, "passphrase"), workFactor: 1)
    try writer.write(clear)
    try writer.finish()
    try file.seek(toOffset: 0)
    let whole = [UInt8](try file.readToEnd() ?? Data())
    return [whole, Array(whole.dropLast())]
  }
}

private func readBackup(_ bytes: [UInt8]) throws {
  let file = try Scratch.holding(bytes)
  var reader = TapeReader(try SealedFileReader(file, passphrase: required(passphrase, "passphrase")))
  while let member = try reader.next() {
    promise(TapeArchive.isSafe(member.name), "an archive leads out of its folder")
    var count = 0
    try reader.content(of: member) { count += $0.count }
    promise(count == member.byteCount, "a member has another size than its content")
  }
}

private func asksForMuchWork(_ bytes: [UInt8]) -> Bool {
  let lines = bytes.prefix(SealedFile.headerByteLimit).split(
    separator: UInt8(ascii: "\n"), maxSplits: 2, omittingEmptySubsequences: false)
  guard lines.count > 1, let factor = lines[1].split(separator: UInt8(ascii: " ")).last else { return false }
  return (Int(String(decoding: factor, as: UTF8.self)) ?? 0) > 4
}

private func backupSeeds() throws -> [[UInt8]] {
  var archive: [UInt8] = []
  for (name, content) in [("unit.json", Array("{}".utf8)), ("files/ab/cd", [UInt8](repeating: 7, count: 700))] {
    let member = TapeArchive.Member(name: name, isFolder: false, byteCount: content.count)
    archive += try TapeArchive.header(member) + content
    archive += [UInt8](repeating: 0, count: TapeArchive.padding(after: content.count))
  }
  archive += try TapeArchive.header(.init(name: "log", isFolder: true, byteCount: 0))
  archive += [UInt8](repeating: 0, count: 2 * TapeArchive.blockByteCount)
  let long = TapeArchive.Member(
    name: String(repeating: "a", count: 90) + "/" + String(repeating: "b", count: 60), isFolder: false,
    byteCount: 1 << 40)
  return [
    try Scratch.sealed(archive)[0], [1] + archive, [2] + archive.prefix(512), [2] + (try TapeArchive.header(long)),
  ]
}

// MARK: - Photos

private let photoSeeds = [
  PhotoFixtures.jpeg, PhotoFixtures.png, PhotoFixtures.webP, PhotoFixtures.animatedWebP, PhotoFixtures.heif,
  PhotoFixtures.mp4, PhotoFixtures.mov, PhotoFixtures.heif(lengths: [1, UInt64(Int.max)]),
]
