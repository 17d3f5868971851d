import Foundation

/// Edits as lines of JSON, one an edit, in one global order by clock: what benchmarks of other systems read, so that all run
/// on the same data.
///
///     {"replica":"u0001-d0","seq":1,"hlc":…,"unit":"u0001","item":"i007","field":"remark","value":"…","context":{…}}
///
/// `context` is that of the one register: by replica the highest seq that the writer had seen of it.
public enum EditLines {
  public struct Malformed: Error, CustomStringConvertible {
    public let line: Int
    public var description: String { "line \(line) is no edit" }
  }

  public static func line(_ edit: Edit) -> String {
    let value: String
    switch edit.value {
    // Nothing that a plan writes needs escaping.
    case .text(let text): value = "\"\(text)\""
    case .number(let number): value = "\(number)"
    }
    let context = edit.seen.enumerated().filter { $0.element > 0 }
      .map { "\"\(replica(edit.unit, $0.offset))\":\($0.element)" }.joined(separator: ",")
    return """
      {"replica":"\(replica(edit.unit, edit.device))","seq":\(edit.seq),"hlc":\(edit.milliseconds),\
      "unit":"\(padded("u", edit.unit, 4))","item":"\(padded("i", edit.item, 3))","field":"\(edit.field.rawValue)",\
      "value":\(value),"context":{\(context)}}
      """
  }

  /// All edits of a plan in the order of their clocks, so that whatever one has seen stands on an earlier line.
  public static func write(_ edits: [[Edit]], to path: String) throws {
    guard FileManager.default.createFile(atPath: path, contents: nil), let file = FileHandle(forWritingAtPath: path)
    else { throw CocoaError(.fileWriteUnknown) }
    defer { try? file.close() }
    var order = edits.indices.flatMap { unit in edits[unit].indices.map { (unit, $0) } }
    order.sort { left, right in
      let (first, second) = (edits[left.0][left.1], edits[right.0][right.1])
      return (first.milliseconds, first.unit, first.seq) < (second.milliseconds, second.unit, second.seq)
    }
    var buffer = Data()
    for (unit, index) in order {
      buffer.append(contentsOf: line(edits[unit][index]).utf8)
      buffer.append(0x0a)
      if buffer.count > 1 << 20 {
        try file.write(contentsOf: buffer)
        buffer.removeAll(keepingCapacity: true)
      }
    }
    try file.write(contentsOf: buffer)
  }

  /// Edits by unit, numbered in the order in which their names sort.
  /// - Throws: ``Malformed``.
  public static func read(_ path: String) throws -> [[Edit]] {
    let data = try Data(contentsOf: URL(fileURLWithPath: path), options: .mappedIfSafe)
    let decoder = JSONDecoder()
    var units: [String: (devices: [String: Int], edits: [Line])] = [:]
    var number = 0
    var start = data.startIndex
    while start < data.endIndex {
      let end = data[start...].firstIndex(of: 0x0a) ?? data.endIndex
      number += 1
      guard let line = try? decoder.decode(Line.self, from: data[start..<end]) else { throw Malformed(line: number) }
      var unit = units[line.unit] ?? ([:], [])
      unit.devices[line.replica] = 0
      unit.edits.append(line)
      units[line.unit] = unit
      start = end < data.endIndex ? data.index(after: end) : end
    }
    return try units.sorted { $0.key < $1.key }.enumerated().map { index, unit in
      var devices: [String: Int] = [:]
      for (device, name) in unit.value.devices.keys.sorted().enumerated() { devices[name] = device }
      return try unit.value.edits.map { line in
        guard let item = Int(line.item.drop { !$0.isNumber }), let field = EditField(rawValue: line.field) else {
          throw Malformed(line: 0)
        }
        var seen = Array(repeating: UInt32(0), count: devices.count)
        for (replica, seq) in line.context { if let device = devices[replica] { seen[device] = seq } }
        return Edit(
          unit: index, device: devices[line.replica] ?? 0, seq: line.seq, milliseconds: line.hlc, item: item,
          field: field, value: line.value.value, seen: seen)
      }
    }
  }

  private struct Line: Decodable {
    var replica: String
    var seq: UInt32
    var hlc: UInt64
    var unit: String
    var item: String
    var field: String
    var value: AnyValue
    var context: [String: UInt32]
  }

  private struct AnyValue: Decodable {
    var value: EditValue

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let number = try? container.decode(Int.self) {
        value = .number(number)
      } else {
        value = .text(try container.decode(String.self))
      }
    }
  }

  private static func replica(_ unit: Int, _ device: Int) -> String { "\(padded("u", unit, 4))-d\(device)" }

  private static func padded(_ prefix: String, _ number: Int, _ width: Int) -> String {
    let digits = String(number)
    return prefix + String(repeating: "0", count: max(0, width - digits.count)) + digits
  }
}
