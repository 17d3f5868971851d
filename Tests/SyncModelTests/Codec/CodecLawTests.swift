import SyncModel
import SyncTesting
import Testing

/// One value has one encoding, and no bytes, however hostile, do more than throw (protocol §1).
@Suite("codec laws")
struct CodecLawTests {
  @Test("what was written reads back and is written the same again", arguments: Codec.all)
  func roundTrip(codec: Codec) throws {
    var samples = Samples(seed: 1)
    for round in 0..<200 {
      let bytes = codec.sample(&samples)
      #expect(try codec.recode(bytes) == bytes, "\(codec.name), round \(round)")
    }
  }

  @Test("values equal what they were written from")
  func equality() throws {
    var samples = Samples(seed: 2)
    for _ in 0..<300 {
      let value = samples.value()
      #expect(try Value(bytes: value.bytes) == value)
      let register = samples.register()
      #expect(try RegisterName(bytes: register.bytes) == register)
      let genesis = samples.genesis()
      #expect(try FeedGenesis(bytes: genesis.bytes) == genesis)
      let segment = samples.segment()
      #expect(try Segment(bytes: segment.bytes) == segment)
      let exchange = samples.exchange()
      #expect(try Exchange(bytes: exchange.bytes) == exchange)
      let template = samples.template()
      #expect(try Template(bytes: template.bytes) == template)
      let (header, counts) = samples.header()
      #expect(try EntryHeader(bytes: header.bytes, after: counts) == header)
    }
  }

  @Test("an encoding cut off anywhere throws", arguments: Codec.all)
  func truncation(codec: Codec) {
    var samples = Samples(seed: 3)
    for _ in 0..<20 {
      let bytes = codec.sample(&samples)
      for length in bytes.indices {
        let cut = Array(bytes.prefix(length))
        // A message may end after any of its parts and a path after any of its segments: then it is another whole value.
        if codec.name == "Exchange" || codec.name == "UnitPath" {
          if let again = try? codec.recode(cut) { #expect(again == cut) }
        } else {
          #expect(throws: CodecError.self, "\(codec.name), \(length) of \(bytes.count)") { try codec.recode(cut) }
        }
      }
    }
  }

  @Test("random and mutated bytes throw, or are the one encoding of what they say", arguments: Codec.all)
  func hostileBytes(codec: Codec) {
    var samples = Samples(seed: 4)
    for round in 0..<1500 {
      var bytes = codec.sample(&samples)
      if round.isMultiple(of: 3) {
        bytes = samples.generator.bytes(samples.generator.below(64))
      } else {
        for _ in 0...samples.generator.below(3) where !bytes.isEmpty {
          let position = samples.generator.below(bytes.count)
          switch samples.generator.below(5) {
          case 0: bytes[position] ^= 1 << UInt8(samples.generator.below(8))
          case 1: bytes[position] = samples.generator.pick([0, 1, 0x7f, 0x80, 0xff]) ?? 0
          case 2: bytes.remove(at: position)
          case 3: bytes.insert(samples.generator.pick([0, 0x80, 0xff]) ?? 0, at: position)
          default: bytes += bytes[position...]
          }
        }
      }
      do {
        let again = try codec.recode(bytes)
        // Parts that a newer version added to a message are skipped, by design.
        if codec.name != "Exchange" || again.count >= bytes.count {
          #expect(again == bytes, "\(codec.name), round \(round): \(Hex.encode(bytes))")
        }
      } catch is CodecError {
      } catch {
        Issue.record("\(codec.name) threw \(error)")
      }
    }
  }

  @Test("a header is read the same way or not at all, whatever came before it in its feed")
  func hostileHeaders() {
    var samples = Samples(seed: 5)
    for round in 0..<3000 {
      var (header, counts) = samples.header()
      var bytes = header.bytes
      if round.isMultiple(of: 4) { bytes = samples.generator.bytes(samples.generator.below(40)) }
      if round.isMultiple(of: 3) { counts.registers = samples.generator.below(3) }
      let position = samples.generator.below(max(1, bytes.count))
      if !bytes.isEmpty { bytes[position] ^= 1 << UInt8(samples.generator.below(8)) }
      guard let read = try? EntryHeader(bytes: bytes, after: counts) else { continue }
      header = read
      #expect(header.bytes == bytes, "round \(round): \(Hex.encode(bytes))")
    }
    for _ in 0..<50 {
      let (header, counts) = samples.header()
      for length in header.bytes.indices {
        #expect(throws: CodecError.self) { try EntryHeader(bytes: Array(header.bytes.prefix(length)), after: counts) }
      }
    }
  }
}
