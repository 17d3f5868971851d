/// Logs and replicas within one part of a message: a key as what differs from the one before, a replica once by its id and
/// then by its number. What has an encoding has exactly one.
struct NameCoder {
  /// The bound or key written last.
  var last: [UInt8]
  private var replicas: [ReplicaID] = []
  private var numbers: [ReplicaID: Int] = [:]

  init(_ last: [UInt8] = []) {
    self.last = last
  }

  /// How many bytes `key` has in common with the one before.
  func shared(with key: [UInt8]) -> Int {
    var count = 0
    let end = min(last.count, key.count)
    while count < end, last[count] == key[count] { count += 1 }
    return count
  }

  mutating func write(_ log: LogID, to writer: inout ByteWriter) {
    let key = log.key
    let shared = shared(with: key)
    writer.varint(shared)
    writer.lengthPrefixed(key[shared...])
    last = key
  }

  mutating func write(_ replica: ReplicaID, to writer: inout ByteWriter) {
    if let number = numbers[replica] {
      writer.varint(number)
    } else {
      numbers[replica] = numbers.count + 1
      writer.byte(0)
      writer.id(replica)
    }
  }

  /// The key made of what is shared with the one before and of what follows.
  /// - Throws: ``CodecError`` where more is shared than is said, or less.
  mutating func join(_ shared: Int, _ suffix: [UInt8], at offset: Int) throws(CodecError) -> [UInt8] {
    guard shared <= last.count, shared + suffix.count <= LogID.keyByteLimit else {
      throw .invalid(what: "shared bytes", offset: offset)
    }
    if let next = suffix.first, shared < last.count, last[shared] == next {
      throw .nonCanonical(what: "shared bytes", offset: offset)
    }
    last = Array(last[..<shared]) + suffix
    return last
  }

  mutating func log(from reader: inout ByteReader) throws(CodecError) -> LogID {
    let start = reader.offset
    let shared = try reader.count("shared bytes", limit: LogID.keyByteLimit)
    return try LogID(key: join(shared, try reader.lengthPrefixed("log", limit: LogID.keyByteLimit), at: start))
  }

  mutating func replica(from reader: inout ByteReader) throws(CodecError) -> ReplicaID {
    let number = try reader.count("replica", limit: replicas.count)
    if number > 0 { return replicas[number - 1] }
    let replica: ReplicaID = try reader.id()
    if numbers.updateValue(replicas.count + 1, forKey: replica) != nil {
      throw .nonCanonical(what: "replica introduced twice", offset: reader.offset)
    }
    replicas.append(replica)
    return replica
  }
}
