/// What a typed name comes to among things that have names. Pure: it follows from the names alone, in the order given.
public enum NameMatch<Thing> {
  /// The only one called so, by a name that it has not given itself.
  case found(Thing)
  /// Several are called so.
  case ambiguous([Thing])
  /// One is called so, by a name that only its own unit gave it, or that it no longer has; with others that might be meant.
  case renamed([Thing])
  /// Some have it in their names.
  case part([Thing])
  case unknown

  /// - Parameters:
  ///   - identified: the typed text is the thing's id, or a start of it that is long enough.
  ///   - marked: the text is a mark of the thing that somebody above it chose; it chooses where no name has the text in it.
  ///   - names: all that it is or was called.
  ///   - isSure: a name that chooses it. Others only bring it up.
  public static func find(
    _ text: String, among things: [Thing], identified: (Thing) -> Bool = { _ in false },
    marked: (Thing) -> Bool = { _ in false }, names: (Thing) -> [String],
    isSure: (Thing, String) -> Bool = { _, _ in true }
  ) -> NameMatch {
    let key = text.nameKey
    var exact: [(thing: Thing, called: NameCall)] = []
    var parts: [Thing] = []
    for thing in things {
      let names = names(thing).map { (name: $0, key: $0.nameKey) }
      let same = key.isEmpty ? [] : names.filter { $0.key == key }
      if identified(thing) || same.contains(where: { isSure(thing, $0.name) }) {
        exact.append((thing, .surely))
      } else if marked(thing) {
        exact.append((thing, .byMark))
      } else if !same.isEmpty {
        exact.append((thing, .byOwnWord))
      } else if !key.isEmpty, names.contains(where: { $0.key.contains(key) }) {
        parts.append(thing)
      }
    }
    if exact.count > 1 { return .ambiguous(exact.map(\.thing)) }
    guard let only = exact.first else { return parts.isEmpty ? .unknown : .part(parts) }
    switch only.called {
    case .surely: return .found(only.thing)
    case .byMark: return parts.isEmpty ? .found(only.thing) : .part([only.thing] + parts)
    case .byOwnWord: return .renamed([only.thing] + parts)
    }
  }
}

private enum NameCall {
  case surely
  case byMark
  case byOwnWord
}

/// Lines that tell things apart, for people to choose from.
public enum NameLines {
  /// The same lines where all look different; else with whatever cannot be seen, and every mark, written out.
  public static func distinct(_ lines: [String]) -> [String] {
    let visible = lines.map(\.visibleName)
    // By what is seen: canonically equal ones look alike, whatever their bytes.
    if Set(visible).count == visible.count { return visible }
    return lines.map(\.spelledName)
  }

  /// `count` digits of each id, or as many more as tell them apart.
  public static func shortest(_ ids: [String], from count: Int = 8) -> [String] {
    let longest = ids.map(\.count).max() ?? 0
    let wanted = Set(ids).count
    let enough = (min(count, longest)...longest).first { length in Set(ids.map { $0.prefix(length) }).count == wanted }
    return ids.map { String($0.prefix(enough ?? longest)) }
  }
}
