/// A directory as a store keeps it, so that only who changes the notices works it out. The form is this release's own and goes nowhere: what
/// another release kept is worked out anew (``Directory/rules``).
extension Directory {
  /// Changes with the form below and with any rule of protocol §8 that decides who counts.
  public static let rules = 1

  public var bytes: [UInt8] {
    var paths = PathTable()
    var body = ByteWriter(capacity: 256 + devices.count * 160 + units.count * 64)
    body.text(schoolName)
    body.zigzag(Int64(zone.minutesEast))
    body.varint(units.count)
    for unit in sortedUnits {
      body.varint(paths.index(of: unit.path))
      body.text(unit.name)
      body.varint(unit.kind.rawValue)
      body.varint(unit.type?.rawValue ?? 0)
      body.varint(unit.status.rawValue)
      body.varint(unit.origin.map { paths.index(of: $0) + 1 } ?? 0)
      body.varint(unit.describedBy.map { paths.index(of: $0) + 1 } ?? 0)
      body.byte(unit.givenName == nil ? 0 : unit.isCalledAsGiven ? 1 : 2)
      if let given = unit.givenName, !unit.isCalledAsGiven { body.text(given) }
    }
    body.varint(devices.count)
    for device in devices.values.sorted(by: { $0.id < $1.id }) {
      body.id(device.id)
      body.lengthPrefixed(device.key)
      body.byte(device.agreementKey == nil ? 0 : 1)
      if let agreement = device.agreementKey { body.lengthPrefixed(agreement) }
      body.varint(paths.index(of: device.unit))
      body.varint(device.grants.count)
      for (unit, roles) in device.grants.sorted(by: { $0.key < $1.key }) {
        body.varint(paths.index(of: unit))
        body.varint(roles.rawValue)
      }
      body.varint(device.revokedRoles.rawValue)
      body.text(device.name)
    }
    body.varint(revocations.count)
    for (device, revoked) in revocations.sorted(by: { $0.key < $1.key }) {
      body.id(device)
      body.varint(revoked.count)
      for one in revoked {
        body.varint(one.revocation.generation)
        body.varint(one.revocation.roles.rawValue)
        body.lengthPrefixed(one.revocation.cut.bytes)
        body.varint(paths.index(of: one.log.unit))
        body.byte(one.log.channel.rawValue)
        body.id(one.place.replica)
        body.varint(UInt64(one.place.seq))
        body.digest(one.place.hash)
        body.id(one.author)
      }
    }
    body.lengthPrefixed(withoutAuthority.bytes)
    var tree = ByteWriter(capacity: 64)
    self.tree.write(to: &tree) { paths.index(of: $0) }
    let root = paths.index(of: root)
    var whole = ByteWriter(capacity: body.bytes.count + 1024)
    whole.varint(paths.all.count)
    for path in paths.all { whole.lengthPrefixed(path.key) }
    whole.varint(root)
    whole.id(rootDevice)
    whole.raw(tree.bytes)
    whole.raw(body.bytes)
    return whole.bytes
  }

  /// - Throws: ``CodecError`` for what ``bytes`` did not write.
  public init(bytes: [UInt8]) throws(CodecError) {
    let limit = Int(Int32.max)
    var reader = ByteReader(bytes)
    var paths: [UnitPath] = []
    for _ in 0..<(try reader.count("paths", limit: limit)) {
      paths.append(try UnitPath(key: try reader.lengthPrefixed("path", limit: LogID.keyByteLimit)))
    }
    func path(_ index: Int) throws(CodecError) -> UnitPath {
      guard paths.indices.contains(index) else { throw .invalid(what: "path", offset: reader.offset) }
      return paths[index]
    }
    func invalid(_ what: String) -> CodecError { .invalid(what: what, offset: reader.offset) }
    let root = try path(try reader.count("root", limit: limit))
    let rootDevice: DeviceID = try reader.id()
    let tree = try UnitTree(root: root, from: &reader, paths)
    self.init(root: root, rootDevice: rootDevice, tree: tree)
    schoolName = try reader.text("name", limit: limit)
    guard let zone = SchoolZone(minutesEast: Int(clamping: try reader.zigzag())) else { throw invalid("zone") }
    self.zone = zone
    for _ in 0..<(try reader.count("units", limit: limit)) {
      let place = try path(try reader.count("path", limit: limit))
      let name = try reader.text("name", limit: limit)
      guard let kind = UnitKind(rawValue: try reader.varint()) else { throw invalid("kind") }
      let type = UnitType(rawValue: try reader.varint())
      guard let status = UnitStatus(rawValue: try reader.varint()) else { throw invalid("status") }
      let origin = try reader.count("path", limit: limit)
      let described = try reader.count("path", limit: limit)
      let given = try reader.byte()
      units[place] = DirectoryUnit(
        path: place, name: name, kind: kind, type: type, status: status,
        origin: origin == 0 ? nil : try path(origin - 1),
        givenName: given == 0 ? nil : given == 1 ? name : try reader.text("name", limit: limit),
        describedBy: described == 0 ? nil : try path(described - 1))
    }
    let deviceCount = try reader.count("devices", limit: limit)
    // No more room than the bytes may fill, whatever number a damaged file says.
    devices.reserveCapacity(min(deviceCount, bytes.count / DeviceID.byteCount))
    for _ in 0..<deviceCount {
      let id: DeviceID = try reader.id()
      let key = try reader.lengthPrefixed("key", limit: limit)
      let agreement = try reader.flag("agreement") ? try reader.lengthPrefixed("key", limit: limit) : nil
      var device = DirectoryDevice(id: id, key: key, unit: try path(try reader.count("path", limit: limit)))
      device.agreementKey = agreement
      for _ in 0..<(try reader.count("grants", limit: limit)) {
        let unit = try path(try reader.count("path", limit: limit))
        device.grants[unit] = Roles(rawValue: try reader.varint())
      }
      device.revokedRoles = Roles(rawValue: try reader.varint())
      device.name = try reader.text("name", limit: limit)
      devices[id] = device
    }
    for _ in 0..<(try reader.count("stopped", limit: limit)) {
      let device: DeviceID = try reader.id()
      var revoked: [Revoked] = []
      for _ in 0..<(try reader.count("revocations", limit: limit)) {
        let generation = try reader.varint()
        let roles = Roles(rawValue: try reader.varint())
        let cut = try FeedCut(bytes: try reader.lengthPrefixed("cut", limit: limit))
        let unit = try path(try reader.count("path", limit: limit))
        guard let channel = Channel(rawValue: try reader.byte()) else { throw invalid("channel") }
        let replica: ReplicaID = try reader.id()
        let seq = try reader.seq()
        let place = FeedPlace(replica: replica, seq: seq, hash: try reader.digest())
        revoked.append(
          Revoked(
            revocation: .init(device: device, generation: generation, roles: roles, cut: cut),
            log: LogID(unit, channel), place: place, author: try reader.id()))
      }
      revocations[device] = revoked
    }
    guard let others = PackedDevices(bytes: try reader.lengthPrefixed("devices", limit: limit)) else {
      throw invalid("devices")
    }
    withoutAuthority = others
    try reader.finish()
  }
}

/// Paths stand many times in a directory: each is written once.
private struct PathTable {
  private(set) var all: [UnitPath] = []
  private var indices: [UnitPath: Int] = [:]

  mutating func index(of path: UnitPath) -> Int {
    if let known = indices[path] { return known }
    indices[path] = all.count
    all.append(path)
    return all.count - 1
  }
}

extension UnitTree {
  fileprivate func write(to writer: inout ByteWriter, _ index: (UnitPath) -> Int) {
    writer.varint(places.count)
    for (unit, place) in places.sorted(by: { $0.key < $1.key }) {
      writer.varint(index(unit))
      writer.varint(index(place.parent))
      writer.varint(place.former.count)
      for former in place.former {
        writer.varint(index(former.parent))
        writer.lengthPrefixed(former.cut.bytes)
      }
    }
    writer.varint(generations.count)
    for (unit, generation) in generations.sorted(by: { $0.key < $1.key }) {
      writer.varint(index(unit))
      writer.varint(generation)
    }
  }

  fileprivate init(root: UnitPath, from reader: inout ByteReader, _ paths: [UnitPath]) throws(CodecError) {
    let limit = Int(Int32.max)
    func path(_ index: Int) throws(CodecError) -> UnitPath {
      guard paths.indices.contains(index) else { throw .invalid(what: "path", offset: 0) }
      return paths[index]
    }
    self.init(root: root)
    for _ in 0..<(try reader.count("moved", limit: limit)) {
      let unit = try path(try reader.count("path", limit: limit))
      var place = Place(parent: try path(try reader.count("path", limit: limit)))
      for _ in 0..<(try reader.count("former", limit: limit)) {
        let parent = try path(try reader.count("path", limit: limit))
        place.former.append(
          Former(parent: parent, cut: try FeedCut(bytes: try reader.lengthPrefixed("cut", limit: limit))))
      }
      places[unit] = place
    }
    for _ in 0..<(try reader.count("moves", limit: limit)) {
      let unit = try path(try reader.count("path", limit: limit))
      generations[unit] = try reader.varint()
    }
  }
}

extension DirectoryUnit {
  /// By their bytes: two normal forms of one name are kept as two.
  fileprivate var isCalledAsGiven: Bool { givenName.map { $0.utf8.elementsEqual(name.utf8) } ?? false }
}
