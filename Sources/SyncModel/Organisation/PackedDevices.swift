/// Device ids, ascending and end to end: looked up without being read one by one first, for others decide how many there are.
struct PackedDevices: Hashable, Sendable {
  private(set) var bytes: [UInt8] = []

  init() {}

  init(_ devices: Set<DeviceID>) {
    bytes = devices.sorted().flatMap(\.bytes)
  }

  /// nil unless it is whole ids.
  init?(bytes: [UInt8]) {
    guard bytes.count % DeviceID.byteCount == 0 else { return nil }
    self.bytes = bytes
  }

  func contains(_ device: DeviceID) -> Bool {
    let wanted = device.bytes
    var (low, high) = (0, bytes.count / DeviceID.byteCount)
    while low < high {
      let middle = (low + high) / 2
      let found = bytes[middle * DeviceID.byteCount..<(middle + 1) * DeviceID.byteCount]
      if found.elementsEqual(wanted) { return true }
      if found.lexicographicallyPrecedes(wanted) { low = middle + 1 } else { high = middle }
    }
    return false
  }
}
