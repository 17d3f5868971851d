import Foundation

/// One decoder under hostile bytes. A target ends on every input, and stops the process where a promise does not hold: that
/// is what the fuzzer looks for, besides traps, bad memory, time and memory out of bounds.
struct Target: Sendable {
  let name: String
  /// Real encodings that the fuzzer starts from; kept in `Seeds/NAME`, written by `scripts/fuzz --seeds`.
  let seeds: @Sendable () throws -> [[UInt8]]
  /// What it throws is a broken promise: an input that is refused is caught inside.
  let run: @Sendable ([UInt8]) throws -> Void

  init(
    _ name: String, seeds: @escaping @Sendable () throws -> [[UInt8]],
    run: @escaping @Sendable ([UInt8]) throws -> Void
  ) {
    self.name = name
    self.seeds = seeds
    self.run = run
  }

  static let all: [Target] =
    modelTargets + authorityTargets + engineTargets + fileTargets + bundleTargets + httpTargets + documentTargets
}

/// Stops the process where a decoder broke its promise.
func promise(_ holds: Bool, _ what: @autoclosure () -> String) {
  if !holds { fatalError("broken promise: \(what())") }
}

/// The law of canonical bytes: what decodes is what its encoding would have been, and decodes alike every time.
func canonical<Decoded: Equatable>(
  _ bytes: [UInt8], _ decode: ([UInt8]) throws -> Decoded, _ encode: (Decoded) -> [UInt8]
) {
  guard let decoded = try? decode(bytes) else { return }
  promise(encode(decoded) == bytes, "\(Decoded.self) has a second encoding")
  promise((try? decode(bytes)) == decoded, "\(Decoded.self) decodes differently the second time")
}

/// A value that a seed or a fixed part of an input cannot do without.
func required<Value>(_ value: Value?, _ what: String) -> Value {
  guard let value else { fatalError("no \(what)") }
  return value
}

// MARK: - The fuzzer's side

/// Chosen once by the environment: one executable holds every target.
private let chosen: Target? = {
  let name = ProcessInfo.processInfo.environment["UNITSYNC_FUZZ"]
  return Target.all.first { $0.name == name }
}()

@_cdecl("LLVMFuzzerInitialize")
public func initialize(
  _ count: UnsafeMutablePointer<Int32>, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
) -> Int32 {
  if let folder = ProcessInfo.processInfo.environment["UNITSYNC_FUZZ_SEEDS"] {
    do { try writeSeeds(to: folder) } catch { fatalError("seeds: \(error)") }
    exit(0)
  }
  if chosen == nil {
    FileHandle.standardError.write(Data("fuzz: 没有这个目标，可用 scripts/fuzz --list 查看\n".utf8))
    exit(64)
  }
  return 0
}

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = Array(UnsafeBufferPointer(start: start, count: count))
  do { try chosen?.run(bytes) } catch { fatalError("broken promise: \(error)") }
  return 0
}

/// A file a seed, numbered; each must be taken by its own target first.
private func writeSeeds(to folder: String) throws {
  for target in Target.all {
    let place = URL(fileURLWithPath: folder).appending(path: target.name)
    try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
    for (number, seed) in try target.seeds().enumerated() {
      try target.run(seed)
      try Data(seed).write(to: place.appending(path: "\(number + 1)"))
    }
  }
}
