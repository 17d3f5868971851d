import Foundation
import SyncModel

/// What came of an import. What was refused is named; the rest counts.
public struct BundleImport: Sendable {
  public internal(set) var path: String
  public internal(set) var sender: UnitPath
  /// nil for a device that the directory here does not know.
  public internal(set) var senderDevice: String?
  public internal(set) var madeMilliseconds: UInt64
  public internal(set) var entries = 0
  public internal(set) var new = 0
  public internal(set) var duplicates = 0
  public internal(set) var refusals: [Exchange.Refusal] = []
  /// Entries left out because the directory does not name who made the bundle: of a stranger's, only notices are taken in.
  public internal(set) var withheld = 0
  /// Feeds of which something before what the bundle holds is missing here: an earlier bundle goes first.
  public internal(set) var gaps = 0
  /// It is kept here until that has come, and then taken in by itself.
  public internal(set) var isKept = false
  /// Which of several files of one export it is.
  public internal(set) var part: BundlePart?
  /// Numbers of the others that have not come here, ascending.
  public internal(set) var missing: [Int] = []

  /// The directory names the device that made it as one of the sending unit's, perhaps stopped since.
  public var isSenderKnown: Bool { senderDevice != nil }
}

/// What came of taking in several files.
public struct BundleImports: Sendable {
  /// In the order in which they were given.
  public var files: [BundleImport]
  /// Earlier files that had waited here and of which something came in now.
  public var late: [BundleImport]
}

extension Office {
  /// One file; see ``importBundles(from:progress:)``.
  public func importBundle(from path: String) throws -> BundleImport {
    guard let taken = try importBundles(from: [path]).files.first else { throw BundleError.unreadable(path) }
    return taken
  }

  /// Takes bundles in, in whatever order they are given: first all of them are read and checked, then they are stored chunk by
  /// chunk. Each may come twice, late and in any order (promise 4); one that builds on what has not come is kept.
  ///
  /// Whose a bundle is, the directory says, not the header. Of a device that it does not name, only the notices are taken in;
  /// they may bring the directory that names it, and then the rest follows. What a stopped device made is taken in like any
  /// other's: its entries are set aside by what they are.
  ///
  /// - Parameter progress: bytes of the files as they are taken in.
  /// - Throws: ``BundleError`` with nothing taken in, of the first file that does not hold; ``BundleError/senderUnit(_:)`` where
  ///   the directory knows the device as another unit's, also where only the notices told; ``WorkspaceError``, after which
  ///   importing again goes on.
  public func importBundles(
    from paths: [String], progress: (BundleProgress) -> Void = { _ in }
  ) throws -> BundleImports {
    try workspace.settlePast()
    var opened = try paths.map { path in
      let bundle = try OpenedBundle(path, school: identity.school, key: workspace.key)
      // A name that is claimed falsely is known before anything is taken in.
      _ = try read { try $0.bundleMaker(bundle.reader.header) }
      return bundle
    }
    let waiting = WaitingBundles(of: workspace)
    let given = Set(opened.map(\.reader.header.id))
    for path in waiting.paths {
      guard let bundle = try? OpenedBundle(path, school: identity.school, key: workspace.key) else {
        waiting.drop(path: path)
        continue
      }
      if !given.contains(bundle.reader.header.id) { opened.append(bundle) }
    }
    try takeAll(&opened, progress)
    for index in opened.indices { settle(&opened[index], waiting) }
    try nameMissing(&opened)
    return BundleImports(
      files: opened[..<paths.count].map(\.result),
      late: opened[paths.count...].map(\.result).filter { $0.new > 0 })
  }

  /// Bundles that wait here for what comes before them.
  public func waitingBundles() -> Int { WaitingBundles(of: workspace).paths.count }

  /// Takes them in as far as what they build on has come meanwhile, over the network as well.
  public func takeWaitingBundles() throws {
    if waitingBundles() > 0 { _ = try importBundles(from: []) }
  }

  /// Earlier ones first, then again whatever lacked what another has brought since.
  private func takeAll(_ bundles: inout [OpenedBundle], _ progress: (BundleProgress) -> Void) throws {
    let total = bundles.reduce(0) { $0 + $1.byteCount }
    var done = 0
    var due = bundles.indices.sorted { bundles[$0].rank < bundles[$1].rank }
    var isFirst = true
    while !due.isEmpty {
      var progressed = false
      for index in due {
        let pass = try take(bundles[index])
        progressed = progressed || pass.new > 0
        bundles[index].add(pass)
        if isFirst {
          done += bundles[index].byteCount
          progress(BundleProgress(done: done, total: total))
        }
      }
      isFirst = false
      due = progressed ? due.filter { bundles[$0].result.gaps > 0 } : []
    }
  }

  /// Keeps a bundle that must wait, lets go of one that need not.
  private func settle(_ bundle: inout OpenedBundle, _ waiting: WaitingBundles) {
    let id = bundle.reader.header.id
    if bundle.result.gaps > 0 {
      bundle.result.isKept = waiting.keep(bundle.result.path, id: id)
    } else if bundle.result.withheld == 0 {
      waiting.drop(id)
    }
  }

  /// What is missing of each set once all of these have come.
  private func nameMissing(_ bundles: inout [OpenedBundle]) throws {
    let parts = bundles.filter { $0.result.withheld == 0 }.compactMap(\.result.part)
    if parts.isEmpty { return }
    let missing = try workspace.store.write(wallMilliseconds: Platform.wallMilliseconds) { transaction in
      var sets = BundleSets(bytes: try transaction.setting(Self.bundleSets) ?? [])
      var missing: [BundleSetID: [Int]] = [:]
      for part in parts { missing[part.set] = sets.take(part) }
      try transaction.setSetting(Self.bundleSets, sets.bytes)
      return missing
    }
    for index in bundles.indices {
      bundles[index].result.missing = bundles[index].result.part.flatMap { missing[$0.set] } ?? []
    }
  }

  private static let bundleSets = "bundleSets"

  /// Takes in all that can be of one bundle.
  private func take(_ bundle: OpenedBundle) throws -> BundleImport {
    let (reader, header) = (bundle.reader, bundle.reader.header)
    var result = bundle.empty
    var isWhole = try read { try $0.bundleMaker(header) } != nil
    if !isWhole {
      try take(reader, into: &result) { $0 == .notices }
      isWhole = try read { try $0.bundleMaker(header) } != nil
      if isWhole { try take(reader, into: &result) { $0 != .notices } }
    } else {
      try take(reader, into: &result) { _ in true }
    }
    guard isWhole else {
      try reader.read { segments in
        for case let segment? in segments.map({ try? Segment(bytes: $0) }) where segment.log.channel != .notices {
          result.withheld += segment.entryCount
        }
      }
      return result
    }
    try workspace.store.write(wallMilliseconds: Platform.wallMilliseconds) { transaction in
      result.senderDevice = try transaction.bundleMaker(header)?.name
      try transaction.setSetting(StoreSnapshot.lastBundleSender, header.unit.key)
    }
    return result
  }

  /// Stores what a bundle holds in logs of the channels chosen; what does not decode goes with the first ones.
  private func take(
    _ reader: BundleReader, into result: inout BundleImport, _ isChosen: (Channel) -> Bool
  ) throws {
    let header = reader.header
    let peer = Exchange.Hello(
      school: header.school, store: header.store, unit: header.unit, clockMilliseconds: header.madeMilliseconds)
    try reader.read { segments in
      let segments = segments.filter { isChosen((try? Segment(bytes: $0))?.log.channel ?? .notices) }
      if segments.isEmpty { return }
      try workspace.store.write(wallMilliseconds: Platform.wallMilliseconds) { transaction in
        let intake = try Replicator(snapshot: transaction, peer: peer, frameBytes: Exchange.frameByteLimit)
          .take(segments)
        result.new += intake.new
        result.duplicates += intake.duplicates
        result.refusals += intake.refusals
        result.gaps += Set(intake.gaps).count
        // The bundle itself may bring the directory that names its sender. What another device sends it has: that much
        // needs not be sent there again.
        if let device = try transaction.bundleMaker(header), !device.roles(in: header.unit).isEmpty,
          device.id != identity.device
        {
          try transaction.acknowledge(segments, by: header.unit)
        }
      }
    }
  }
}

/// A bundle that was read to its end and holds, and what came of it so far.
private struct OpenedBundle {
  let reader: BundleReader
  let byteCount: Int
  /// Before anything is taken in.
  let empty: BundleImport
  var result: BundleImport
  private var passes = 0

  /// - Throws: ``BundleError``.
  init(_ path: String, school: SchoolID, key: DeviceKey) throws {
    reader = try BundleReader(path: path, school: school, key: key)
    let totals = try reader.verify()
    var result = BundleImport(
      path: path, sender: reader.header.unit, senderDevice: nil, madeMilliseconds: reader.header.madeMilliseconds)
    result.entries = totals.entries
    result.part = totals.part
    empty = result
    self.result = result
    let attributes = try? FileManager.default.attributesOfItem(atPath: path)
    byteCount = (attributes?[.size] as? NSNumber)?.intValue ?? 0
  }

  /// By when they were made; of one export in the order of its parts.
  var rank: (UInt64, BundleSetID, Int) {
    (result.madeMilliseconds, result.part?.set ?? BundleSetID(high: 0, low: 0), result.part?.number ?? 0)
  }

  /// A later pass brings what the earlier ones could not place.
  mutating func add(_ pass: BundleImport) {
    var sum = pass
    sum.new += result.new
    if passes > 0 { sum.duplicates = result.duplicates }
    passes += 1
    result = sum
  }
}

extension StoreSnapshot {
  /// The device that signed a bundle, where the directory has it enrolled for the unit that the bundle says it is from,
  /// stopped or not; nil where no enrolment of it is known.
  /// - Throws: ``BundleError/senderUnit(_:)`` where it is another unit's.
  fileprivate func bundleMaker(_ header: BundleHeader) throws -> DirectoryDevice? {
    let directory = try directory()
    guard let device = directory.devices[DeviceID(key: header.deviceKey)], !device.grants.isEmpty else { return nil }
    if device.grants[header.unit] == nil { throw BundleError.senderUnit(directory.name(of: header.unit)) }
    return device
  }
}

extension StoreTransaction {
  /// The ends of `segments`, as far as they are held here.
  fileprivate func acknowledge(_ segments: [[UInt8]], by unit: UnitPath) throws {
    for bytes in segments {
      guard let segment = try? Segment(bytes: bytes), let engine = try heldEngine(for: segment.log) else { continue }
      let end = segment.from + UInt32(segment.entryCount)
      for (index, strand) in engine.strands.enumerated()
      where strand.replica == segment.replica && strand.stored >= end && end > (strand.parent?.seq ?? 0) {
        guard let hash = try engine.hash(on: index, seq: end), try engine.ends(segment, in: hash) else { continue }
        try acknowledge(FeedPlace(replica: segment.replica, seq: end, hash: hash), of: segment.log, by: unit)
      }
    }
  }
}
