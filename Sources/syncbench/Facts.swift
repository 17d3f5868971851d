import SyncModel
import SyncTesting

/// What the edits come to, by the rule alone: a value stands until one that had seen it takes its place. Whoever merges the
/// edits must show the same.
struct Facts: Codable, Hashable, Sendable {
  var entries = 0
  var payloadBytes = 0
  var registers = 0
  /// Values that stand, in all registers.
  var values = 0
  /// Registers with more than one.
  var conflicts = 0
  /// Over everything that stands, in whatever order it is added.
  var digest: UInt64 = 0

  init() {}

  init(_ edits: [[Edit]]) {
    for (unit, edits) in edits.enumerated() {
      var standing: [RegisterName: [Edit]] = [:]
      for edit in edits {
        entries += 1
        payloadBytes += edit.value.payloadBytes
        let name = EditedSchool.register(edit.item, edit.field)
        standing[name, default: []].removeAll { edit.seen[$0.device] >= $0.seq }
        standing[name, default: []].append(edit)
      }
      for (name, left) in standing {
        add(name, of: UInt64(unit), left.map { EditedSchool.value($0.value).bytes })
      }
    }
  }

  /// A register as a merge shows it.
  mutating func add(_ name: RegisterName, of unit: UInt64, _ values: [[UInt8]]) {
    if values.isEmpty { return }
    registers += 1
    self.values += values.count
    if values.count > 1 { conflicts += 1 }
    for value in values {
      var hash = Fingerprint()
      hash.add(name.bytes)
      hash.add([UInt8](String(unit).utf8))
      hash.add(value)
      digest &+= hash.value
    }
  }
}
