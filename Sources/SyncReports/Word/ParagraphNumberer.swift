import SyncModel

/// Counts automatic numbers (自动编号) in document order and writes them as Word does.
struct ParagraphNumberer {
  private let definitions: NumberingDefinitions
  private let styles: [String: ParagraphNumbering]
  /// Counters by list: instances of one list count on together.
  private var counters: [String: [Int: Int]] = [:]
  private var startedInstances: Set<String> = []

  init(definitions: NumberingDefinitions, styles: [String: ParagraphNumbering]) {
    self.definitions = definitions
    self.styles = styles
  }

  /// The label of the next paragraph; empty where it has none or only a bullet.
  mutating func label(for paragraph: ParagraphNumbering) -> String {
    let inherited = paragraph.style.flatMap { styles[$0] }
    guard let id = paragraph.instance ?? inherited?.instance, id != "0", let instance = definitions.instances[id],
      let (listID, list) = resolve(instance)
    else { return "" }
    let index = min(max(paragraph.level ?? inherited?.level ?? 0, 0), 8)
    let levels = list.levels.merging(instance.levels) { $1 }
    guard let level = levels[index] else { return "" }

    var counts = counters[listID] ?? [:]
    if startedInstances.insert(id).inserted {
      for (overridden, start) in instance.starts { counts[overridden] = start - 1 }
    }
    counts[index] = (counts[index] ?? level.start - 1) + 1
    for (deeper, definition) in levels where deeper > index && !definition.keepsCounting { counts[deeper] = nil }
    counters[listID] = counts
    if level.format == "bullet" || level.format == "none" { return "" }

    return (0...index).reduce(level.pattern) { pattern, position in
      let placeholder = "%\(position + 1)"
      guard pattern.contains(placeholder) else { return pattern }
      let format = level.isLegal ? "decimal" : levels[position]?.format ?? "decimal"
      let number = Self.write(counts[position] ?? levels[position]?.start ?? 1, as: format)
      return pattern.replacing(placeholder, with: number)
    }
  }

  private func resolve(_ instance: NumberingDefinitions.Instance) -> (String, NumberingDefinitions.List)? {
    guard let list = definitions.lists[instance.list] else { return nil }
    if let link = list.styleLink, let target = styles[link]?.instance.flatMap({ definitions.instances[$0] }),
      let linked = definitions.lists[target.list]
    {
      return (target.list, linked)
    }
    return (instance.list, list)
  }

  private static func write(_ number: Int, as format: String) -> String {
    switch format {
    case "chineseCounting", "chineseCountingThousand", "japaneseCounting", "taiwaneseCounting",
      "taiwaneseCountingThousand", "ideographDigital":
      Numerals.chinese(number)
    case "decimalEnclosedCircle", "decimalEnclosedCircleChinese":
      (1...20).contains(number) ? Unicode.Scalar(UInt32(0x245F + number)).map { String($0) } ?? "" : String(number)
    case "decimalFullWidth", "decimalFullWidth2":
      String(String.UnicodeScalarView(String(number).unicodeScalars.compactMap { Unicode.Scalar($0.value + 0xFEE0) }))
    case "decimalZero": number < 10 ? "0\(number)" : String(number)
    case "lowerLetter": letters(number).lowercased()
    case "upperLetter": letters(number)
    case "lowerRoman": roman(number).lowercased()
    case "upperRoman": roman(number)
    default: String(number)
    }
  }

  /// A … Z, AA, BB, …: Word repeats the letter.
  private static func letters(_ number: Int) -> String {
    guard (1...780).contains(number), let letter = Unicode.Scalar(UInt32(65 + (number - 1) % 26)) else {
      return String(number)
    }
    return String(repeating: String(letter), count: (number - 1) / 26 + 1)
  }

  private static func roman(_ number: Int) -> String {
    guard (1...3_999).contains(number) else { return String(number) }
    let digits = [
      (1_000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"), (40, "XL"), (10, "X"),
      (9, "IX"), (5, "V"), (4, "IV"), (1, "I"),
    ]
    var rest = number
    return digits.reduce(into: "") { text, digit in
      text += String(repeating: digit.1, count: rest / digit.0)
      rest %= digit.0
    }
  }
}
