import ArgumentParser

/// A number of edits or logs: `10k`, `1m`, `250`.
struct Scale: Hashable, Sendable, Codable, CustomStringConvertible, ExpressibleByArgument {
  let count: Int

  init(_ count: Int) {
    self.count = count
  }

  init?(argument: String) {
    let digits = argument.prefix { $0.isNumber }
    guard let number = Int(digits), number > 0 else { return nil }
    switch argument.dropFirst(digits.count).lowercased() {
    case "": self.init(number)
    case "k": self.init(number * 1000)
    case "m": self.init(number * 1_000_000)
    default: return nil
    }
  }

  var description: String {
    if count >= 1_000_000, count % 1_000_000 == 0 { return "\(count / 1_000_000)M" }
    if count >= 1000, count % 1000 == 0 { return "\(count / 1000)k" }
    return "\(count)"
  }
}

/// How much is measured.
enum Form: String, Codable, CaseIterable, ExpressibleByArgument, Sendable {
  /// Sizes that only show that the program works.
  case tiny
  /// Within five minutes once the data sets are there.
  case short
  /// Everything that the targets speak of.
  case full

  /// How often each measurement is repeated.
  var runs: Int {
    switch self {
    case .tiny: 1
    case .short: 3
    case .full: 5
    }
  }
}

/// The sizes of one run.
struct Extent: Sendable {
  var form: Form
  /// How many edits a file holds that is measured instead of generated ones: the only size then.
  var opsEntries: Int?

  /// The growth series of entries.
  var entryScales: [Scale] {
    if let opsEntries { return [Scale(opsEntries)] }
    return switch form {
    case .tiny: [Scale(200)]
    case .short: [Scale(10_000), Scale(100_000)]
    case .full: [Scale(10_000), Scale(100_000), Scale(1_000_000)]
    }
  }

  /// The growth series of logs.
  var logScales: [Scale] {
    switch form {
    case .tiny: [Scale(10)]
    case .short: [Scale(10), Scale(1000)]
    case .full: [Scale(10), Scale(1000), Scale(100_000), Scale(1_000_000)]
    }
  }

  /// What the command line is measured on.
  var toolScale: Scale { form == .tiny || opsEntries != nil ? entryScales[0] : Scale(100_000) }
}
