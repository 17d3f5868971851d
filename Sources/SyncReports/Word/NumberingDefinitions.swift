/// What a paragraph says about its number; the rest is in `numbering.xml` and `styles.xml`.
struct ParagraphNumbering: Hashable {
  var style: String?
  /// The list instance (`w:numId`); `0` switches a style's numbering off.
  var instance: String?
  /// From 0; nil where the paragraph leaves it to its style.
  var level: Int?
}

/// The lists a document defines (ECMA-376-1 §17.9).
struct NumberingDefinitions {
  struct Level {
    var start = 1
    var format = "decimal"
    /// `%1.%2` stands for the counters of levels 1 and 2.
    var pattern = ""
    /// True where the counter goes on although a level above it has moved (`w:lvlRestart` 0).
    var keepsCounting = false
    /// Shows the counters of all levels as decimals (`w:isLgl`).
    var isLegal = false
  }

  struct List {
    var levels: [Int: Level] = [:]
    /// The style whose list stands in for this one.
    var styleLink: String?
  }

  struct Instance {
    var list = ""
    var starts: [Int: Int] = [:]
    var levels: [Int: Level] = [:]
  }

  var lists: [String: List] = [:]
  var instances: [String: Instance] = [:]
}

/// Reads `word/numbering.xml`.
final class NumberingReader: MarkupHandler {
  private(set) var definitions = NumberingDefinitions()
  private var listID: String?
  private var list = NumberingDefinitions.List()
  private var instanceID: String?
  private var instance = NumberingDefinitions.Instance()
  private var overridden: Int?
  private var levelIndex: Int?
  private var level = NumberingDefinitions.Level()

  func begin(_ element: MarkupElement) {
    switch element.name {
    case "abstractNum":
      listID = element["abstractNumId"]
      list = NumberingDefinitions.List()
    case "numStyleLink": list.styleLink = element.value
    case "num":
      instanceID = element["numId"]
      instance = NumberingDefinitions.Instance()
    case "abstractNumId": instance.list = element.value ?? ""
    case "lvlOverride": overridden = Self.level(element)
    case "startOverride": if let overridden { instance.starts[overridden] = Self.start(element) }
    case "lvl":
      levelIndex = Self.level(element)
      level = NumberingDefinitions.Level()
    case "start": level.start = Self.start(element)
    case "numFmt": level.format = element.value ?? "decimal"
    case "lvlText": level.pattern = element.value ?? ""
    case "lvlRestart": level.keepsCounting = element.value == "0"
    case "isLgl": level.isLegal = element.isOn
    default: break
    }
  }

  func text(_ text: String) {}

  func end(_ name: String) {
    switch name {
    case "lvl":
      guard let levelIndex else { return }
      if instanceID == nil { list.levels[levelIndex] = level } else { instance.levels[levelIndex] = level }
    case "abstractNum": if let listID { definitions.lists[listID] = list }
    case "num":
      if let instanceID { definitions.instances[instanceID] = instance }
      instanceID = nil
    default: break
    }
  }

  private static func level(_ element: MarkupElement) -> Int? {
    element["ilvl"].flatMap { Int($0) }.flatMap { (0...8).contains($0) ? $0 : nil }
  }

  /// Out of range counts from 1, so that a counter cannot overflow.
  private static func start(_ element: MarkupElement) -> Int {
    element.value.flatMap { Int($0) }.flatMap { (0...9_999).contains($0) ? $0 : nil } ?? 1
  }
}

/// Reads from `word/styles.xml` only which paragraph styles are numbered.
final class StyleReader: MarkupHandler {
  private var own: [String: ParagraphNumbering] = [:]
  private var parents: [String: String] = [:]
  private var style: String?

  func begin(_ element: MarkupElement) {
    switch element.name {
    case "style": style = element["styleId"]
    case "basedOn": if let style { parents[style] = element.value }
    case "numId": if let style { own[style, default: ParagraphNumbering()].instance = element.value }
    case "ilvl": if let style { own[style, default: ParagraphNumbering()].level = element.value.flatMap { Int($0) } }
    default: break
    }
  }

  func text(_ text: String) {}

  func end(_ name: String) {
    if name == "style" { style = nil }
  }

  /// Each style's list instance and level, its own or the nearest ancestor's.
  var numbering: [String: ParagraphNumbering] {
    var resolved = own
    for style in parents.keys {
      var ancestor = style
      // A chain longer than Word allows is a circle.
      for _ in 0..<11 where resolved[style]?.instance == nil {
        guard let parent = parents[ancestor] else { break }
        ancestor = parent
        if let inherited = own[ancestor]?.instance {
          resolved[style, default: ParagraphNumbering()].instance = inherited
          if resolved[style]?.level == nil { resolved[style]?.level = own[ancestor]?.level }
        }
      }
    }
    return resolved
  }
}
