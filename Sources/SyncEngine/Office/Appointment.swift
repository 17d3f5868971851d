import Foundation
import SyncModel

/// What the root key last said, who is a new administrator in place of lost ones or which device is stopped, as a file for
/// any replica of the school: signed by the root key, readable by everybody, and nothing else of the school in it.
public enum Appointment {
  private static let magic = Array("unitsync appointment 1\n".utf8)
  /// One entry, with a cut of any size.
  public static let byteLimit = 512 << 10

  /// True where a file begins like an appointment.
  public static func isOne(_ path: String) -> Bool {
    guard let file = FileHandle(forReadingAtPath: path) else { return false }
    defer { try? file.close() }
    return (try? file.read(upToCount: magic.count)).map { [UInt8]($0) } == magic
  }

  static func bytes(_ segment: Segment) -> [UInt8] { magic + segment.bytes }

  static func segment(_ bytes: [UInt8]) throws -> Segment {
    guard bytes.count <= byteLimit, bytes.starts(with: magic),
      let segment = try? Segment(bytes: Array(bytes.dropFirst(magic.count)))
    else { throw OfficeError.badAppointment }
    return segment
  }
}

extension Office {
  /// The root key's last word in this workspace, for the others.
  public func appointment() throws -> [UInt8] {
    let log = LogID(identity.rootUnit, .notices)
    return try workspace.store.write(wallMilliseconds: claimedMilliseconds) { transaction in
      let engine = try transaction.engine(for: log)
      guard let strand = engine.strands.lastIndex(where: { $0.deviceKey == identity.rootKey }),
        let segment = try engine.segment(on: strand, after: 0, byteLimit: Entry.byteLimit)
      else { throw OfficeError.rootKeyMissing }
      try engine.markHeadsSent(on: strand, through: segment.from + UInt32(segment.entryCount))
      return Appointment.bytes(segment)
    }
  }

  /// Takes an appointment in: from then on the new administrator's device is known here, and may fetch what is here.
  ///
  /// - Throws: ``OfficeError/badAppointment`` for anything that this school's root key has not signed.
  public func take(appointment bytes: [UInt8]) throws -> Ingested {
    let segment = try Appointment.segment(bytes)
    guard let genesis = segment.genesis.flatMap({ try? FeedGenesis(bytes: $0) }), genesis.school == identity.school,
      genesis.deviceKey == identity.rootKey
    else { throw OfficeError.badAppointment }
    do {
      return try workspace.store.write(wallMilliseconds: claimedMilliseconds) { try $0.ingest(segment) }
    } catch is IngestError {
      throw OfficeError.badAppointment
    }
  }
}
