import SyncModel

extension StoreSnapshot {
  /// What else the notices of a device's unit and of those above it ever called the device, in the order of their bytes: whoever names
  /// it anew leaves beside its entries what it was called when they were written (protocol §8).
  ///
  /// The same on every replica that holds the same notices: all that counts is read, superseded or not.
  public func formerNames(of device: DirectoryDevice) throws -> [String] {
    if isCommitted, let known = formerNames[device.id] { return known }
    var names: Set<String> = []
    let name = RegisterName(.device, SubjectID(device.id), .deviceName)
    for unit in try directory().tree.lineage(of: device.unit) {
      names.formUnion(try everyText(of: name, in: LogID(unit, .notices)))
    }
    let found = names.subtracting([device.name]).sorted()
    if isCommitted { formerNames[device.id] = found }
    return found
  }

  /// The texts that a register ever had, as far as they count.
  private func everyText(of name: RegisterName, in log: LogID) throws -> [String] {
    guard let row = try rowID(of: log) else { return [] }
    let storage = storage(row: row)
    guard let register = try storage.storedRegisterID(name) else { return [] }
    let strands = try strands(row: row)
    return try storage.history(of: register).compactMap { change in
      guard strands.indices.contains(Int(change.dot.strand)) else { throw WorkspaceError.damaged("register_history") }
      guard strands[Int(change.dot.strand)].isValid(change.dot.seq),
        let values = try storage.entry(change.dot)?.values, Int(change.change) < values.count
      else { return nil }
      return values[Int(change.change)]?.textValue
    }
  }
}
