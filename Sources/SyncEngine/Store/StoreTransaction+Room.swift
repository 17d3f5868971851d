import SyncModel

/// What stands aside in one log by one device that is known and not entitled, or by all that are unknown together.
struct AsideRoom: Hashable {
  var log: LogID
  /// nil for devices that the directory does not know.
  var device: DeviceID?

  struct Load {
    var feeds = 0
    var entries = 0
    var bytes = 0
  }
}

/// How much a store takes of what it cannot show.
extension StoreTransaction {
  /// Entries of one log that may wait for what they depend on. Beyond it only what extends an applied feed of an entitled
  /// device is taken, or begins one with what is in view, which is what lets the room empty.
  public static let waitingEntryLimit = 100_000
  /// What one device may leave in one log where it is not entitled, and all unknown devices together: stored, never shown.
  public static let unentitledEntryLimit = 2000
  public static let unentitledByteLimit = 1 << 20
  public static let unentitledFeedLimit = 256

  /// - Throws: ``IngestError/waitingRoomFull``: what overflows is neither stored nor counted.
  func checkRoom(for segment: Segment, in engine: LogEngine<SQLLogStorage>) throws {
    let feed = engine.strands.filter { $0.replica == segment.replica }
    let genesis = segment.genesis.flatMap { try? FeedGenesis(bytes: $0) }
    guard let key = feed.first?.deviceKey ?? genesis?.deviceKey else { return }
    let device = DeviceID(key: key)
    let authority = try directory().authority(of: device, over: segment.log)
    let end = segment.from + UInt32(clamping: segment.entryCount)
    if counts(segment.replica, through: end, authority) {
      if waitingAtOpen[segment.log] ?? 0 >= Self.waitingEntryLimit, try !emptiesRoom(segment, feed, engine) {
        throw IngestError.waitingRoomFull
      }
      return
    }
    let room = AsideRoom(log: segment.log, device: authority == .unknown ? nil : device)
    var load = try asideRooms[room] ?? load(of: room, in: engine)
    asideRooms[room] = load
    load.entries += segment.entryCount
    load.bytes += segment.entryByteCounts.reduce(0, +)
    if feed.isEmpty { load.feeds += 1 }
    guard load.entries <= Self.unentitledEntryLimit, load.bytes <= Self.unentitledByteLimit,
      load.feeds <= Self.unentitledFeedLimit
    else { throw IngestError.waitingRoomFull }
    asideRooms[room] = load
  }

  /// True where what the feed holds up to `seq` counts, as far as the directory is known.
  private func counts(_ replica: ReplicaID, through seq: UInt32, _ authority: WriteAuthority) -> Bool {
    switch authority {
    case .full: true
    case .through(let cuts): seq <= Self.lastNamed(cuts, replica)
    case .none, .unknown: false
    }
  }

  private func emptiesRoom(
    _ segment: Segment, _ feed: [Strand], _ engine: LogEngine<SQLLogStorage>
  ) throws -> Bool {
    if feed.isEmpty { return try engine.startsInView(segment) }
    return feed.contains { $0.applied == $0.stored || undelivered.contains(segment.log) }
  }

  private func load(of room: AsideRoom, in engine: LogEngine<SQLLogStorage>) throws -> AsideRoom.Load {
    var load = AsideRoom.Load()
    for (index, strand) in engine.strands.enumerated()
    where strand.standing != .valid || strand.validThrough < strand.stored {
      let isOurs = room.device.map { $0 == DeviceID(key: strand.deviceKey) } ?? (strand.standing == .unknown)
      guard isOurs else { continue }
      let counted = max(strand.standing == .valid ? strand.validThrough : 0, strand.parent?.seq ?? 0)
      guard counted < strand.stored else { continue }
      load.feeds += 1
      load.entries += Int(strand.stored - counted)
      load.bytes += try engine.storage.byteCount(of: index, after: counted, through: strand.stored)
    }
    return load
  }
}
