@testable import SyncEngine
import SyncModel

/// What comes on a stick or through a chat window, and keys wrapped to a device. Signatures and ciphers would stop every
/// changed byte, so most inputs are signed and sealed anew: an author may write anything.
let bundleTargets = [
  // A whole file; or, after a byte 1, a header and the chunks in the clear, signed and sealed to us.
  Target("bundle", seeds: { try bundleSeeds() }) { bytes in
    guard bytes.first == 1 else {
      _ = try opened(bytes)
      return
    }
    guard let file = try Parcel(Array(bytes.dropFirst()))?.file(), try opened(file) else { return }
    // Promise 5, for one byte of the file that the input chooses.
    let place = bytes.reduce(0) { ($0 &* 31 &+ Int($1)) & 0xff_ffff } % file.count
    var changed = file
    changed[place] ^= 1 << UInt8(place % 8)
    promise(try !opened(changed), "a bundle opens with byte \(place) of \(file.count) changed")
    promise(try !opened(Array(file[..<place])), "a bundle opens cut at byte \(place) of \(file.count)")
    promise(try !opened(file + [0]), "a bundle opens with more behind it")
  },

  // A whole file; or, after a byte 1, what it says, signed by a device of ours.
  Target("receipt", seeds: { [try receipt.signed(by: sender), [1] + receipt.bytes] }) { bytes in
    guard bytes.first == 1 else {
      _ = try readReceipt(bytes)
      return
    }
    let body = Array(bytes.dropFirst())
    canonical(body, { try BundleReceipt(bytes: $0) }, { $0.bytes })
    guard var read = try? BundleReceipt(bytes: body) else { return }
    read.deviceKey = sender.publicKey
    let file = try read.signed(by: sender)
    promise(try readReceipt(file) == read, "a receipt changes")
    let place = body.reduce(0) { ($0 &* 31 &+ Int($1)) & 0xff_ffff } % file.count
    var changed = file
    changed[place] ^= 1 << UInt8(place % 8)
    promise(try readReceipt(changed) == nil, "a receipt is believed with byte \(place) of \(file.count) changed")
  },

  Target("appointment", seeds: { try Sample.story().map(Appointment.bytes) }) { bytes in
    let segment: Segment
    do { segment = try Appointment.segment(bytes) } catch is OfficeError { return }
    promise(Appointment.bytes(segment) == bytes, "an appointment has a second encoding")
    promise(Appointment.isOne(try Scratch.path(holding: bytes)), "an appointment is not known for one")
  },

  // The bytes as a wrap, as what changes a wrap, as its purpose, as a receiver's key and as a device's certificate.
  Target(
    "wrap", seeds: { [try certificate.bytes, Array(repeating: 0, count: 32), [1], [UInt8](repeating: 0, count: 80)] }
  ) { bytes in
    let agreement = Sample.keys[1].agreement
    promise(KeyWrap.unwrap(bytes, with: agreement, info: Contents.info) == nil, "a forged wrap opens")
    var changed = Contents.wrapped
    for (index, byte) in bytes.prefix(changed.count).enumerated() { changed[index] ^= byte }
    promise(
      (KeyWrap.unwrap(changed, with: agreement, info: Contents.info) == Contents.key) == (changed == Contents.wrapped),
      "a changed wrap opens")
    promise(
      bytes.isEmpty || KeyWrap.unwrap(Contents.wrapped, with: agreement, info: Contents.info + bytes) == nil,
      "a wrap opens for another purpose")
    let toForeign = KeyWrap.wrap(Contents.key, to: bytes, info: Contents.info)
    promise(toForeign.map { $0.count == KeyWrap.byteCount } ?? true, "a wrap has any length")
    let read = AgreementCertificate(
      bytes: bytes, deviceKey: sender.publicKey, school: Sample.school, unit: Sample.unit)
    promise(try read.map { $0 == (try certificate) } ?? true, "a forged certificate holds")
  },
]

private let sender = Sample.keys[0]

// MARK: - Bundles

/// One content key for every bundle here, wrapped once: wrapping draws a random key each time.
private enum Contents {
  static let id = BundleID(high: 5, low: 6)
  static let key = [UInt8](repeating: 9, count: 32)
  static let device = Sample.keys[1].deviceID
  static let info = BundleHeader.info(Sample.school, id, device)
  static let wrapped = required(
    KeyWrap.wrap(key, to: Sample.keys[1].agreement.publicKey, info: info), "wrapped key")
}

/// A bundle before it is signed and sealed.
private struct Parcel {
  var header: BundleHeader
  var chunks: [(isLast: Bool, clear: [UInt8])]

  init(_ header: BundleHeader, _ chunks: [(isLast: Bool, clear: [UInt8])]) {
    (self.header, self.chunks) = (header, chunks)
  }

  init?(_ bytes: [UInt8]) {
    var reader = ByteReader(bytes)
    guard let headerBytes = try? reader.lengthPrefixed("header", limit: BundleLimit.headerBytes) else { return nil }
    canonical(headerBytes, { try BundleHeader(bytes: $0) }, { $0.bytes })
    guard let header = try? BundleHeader(bytes: headerBytes) else { return nil }
    self.init(header, [])
    while let flag = try? reader.byte(), let clear = try? reader.lengthPrefixed("chunk", limit: reader.remaining) {
      canonical(clear, { try BundleTotals(bytes: $0) }, { $0.bytes })
      chunks.append((flag & 1 == 1, clear))
    }
  }

  var bytes: [UInt8] {
    var writer = ByteWriter()
    writer.lengthPrefixed(header.bytes)
    for chunk in chunks {
      writer.byte(chunk.isLast ? 1 : 0)
      writer.lengthPrefixed(chunk.clear)
    }
    return writer.bytes
  }

  /// From a device of ours to another.
  func file() throws -> [UInt8] {
    var header = header
    (header.id, header.school, header.deviceKey) = (Contents.id, Sample.school, sender.publicKey)
    header.recipients.removeAll { $0.device == Contents.device }
    header.recipients.append(.init(device: Contents.device, wrapped: Contents.wrapped))
    header.recipients.sort { $0.device < $1.device }
    return try Self.signed(header, chunks)
  }

  static func signed(_ header: BundleHeader, _ chunks: [(isLast: Bool, clear: [UInt8])]) throws -> [UInt8] {
    var writer = ByteWriter()
    writer.raw(BundleForm.bundle.prefix)
    writer.lengthPrefixed(header.bytes)
    writer.raw(try sender.sign(BundleHeader.message(header.bytes)))
    let cipher = BundleCipher(key: Contents.key, head: writer.bytes)
    for (index, chunk) in chunks.enumerated() {
      writer.raw(try cipher.seal(chunk.clear, index: index, isLast: chunk.isLast))
    }
    return writer.bytes
  }
}

/// Reads a file as a bundle, twice as an import does: true where all of it can be taken in.
private func opened(_ bytes: [UInt8]) throws -> Bool {
  do {
    let reader = try BundleReader(
      path: try Scratch.path(holding: bytes), school: Sample.school, key: Sample.keys[1])
    let totals = try reader.verify()
    var count = 0
    promise(try reader.read { count += $0.count } == totals, "a bundle reads differently the second time")
    promise(count == totals.segments, "a bundle holds other segments than it says")
    return true
  } catch is BundleError {
    return false
  }
}

private func bundleSeeds() throws -> [[UInt8]] {
  let story = try Sample.story()
  let header = BundleHeader(
    id: Contents.id, school: Sample.school, store: StoreID(high: 1, low: 1), unit: Sample.unit,
    receiver: required(Sample.unit.parent, "parent"), deviceKey: sender.publicKey,
    madeMilliseconds: 1_790_000_000_000,
    recipients: [.init(device: DeviceID(high: 1, low: 1), wrapped: Array(repeating: 1, count: KeyWrap.byteCount))])
  func chunk(_ segments: [Segment]) -> (isLast: Bool, clear: [UInt8]) {
    var writer = ByteWriter()
    writer.varint(segments.count)
    for segment in segments { writer.lengthPrefixed(segment.bytes) }
    return (false, writer.bytes)
  }
  var totals = BundleTotals()
  (totals.segments, totals.entries) = (story.count, story.reduce(0) { $0 + $1.entryCount })
  let end = (isLast: true, clear: totals.bytes)
  return [
    try Parcel.signed(header, [chunk(story), end]), [1] + Parcel(header, [chunk(story), end]).bytes,
    [1] + Parcel(header, story.map { chunk([$0]) } + [end]).bytes,
    [1] + Parcel(header, [(true, BundleTotals().bytes)]).bytes,
  ]
}

// MARK: - Receipts and certificates

private let receipt = BundleReceipt(
  school: Sample.school, store: StoreID(high: 1, low: 1), unit: Sample.unit,
  receiver: required(Sample.unit.parent, "parent"), deviceKey: sender.publicKey, madeMilliseconds: 1_790_000_000_000,
  logs: [Sample.answers, Sample.hidden].sorted().map { log in
    (
      log,
      (1...2).map { FeedPlace(replica: ReplicaID(high: 1, low: $0), seq: 9, hash: Hashing.sha256([UInt8($0)])) }
    )
  })

private func readReceipt(_ bytes: [UInt8]) throws -> BundleReceipt? {
  do { return try BundleReceipt(path: try Scratch.path(holding: bytes)) } catch is BundleError { return nil }
}

private var certificate: AgreementCertificate {
  get throws { try sender.agreementCertificate(school: Sample.school, unit: Sample.unit) }
}
