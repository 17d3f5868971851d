/// Works out a ``UnitPlan``: reads each row for itself, finds its upper unit, then places rows level by level.
struct UnitPlanner {
  private let rows: [UnitRow]
  private let directory: Directory
  private let base: UnitPath
  private(set) var lines: [UnitPlan.Line] = []
  /// By row number; the first reason found stands.
  private(set) var problems: [Int: String] = [:]

  /// A row read for itself.
  private struct Draft {
    var kind: UnitKind
    var type: UnitType?
    var place: Place
    var upper = Upper.none
  }

  private enum Place {
    case none
    case segment(String)
    case path(UnitPath)

    /// What would come to stand in a path, where it does not already.
    func newSegment(in directory: Directory) -> String? {
      switch self {
      case .none: nil
      case .segment(let segment): segment
      case .path(let path): directory.units[path] == nil ? path.segments.last : nil
      }
    }
  }

  private enum Upper: Equatable {
    case none
    case known(UnitPath)
    case row(Int)
  }

  /// By index into `rows`; rows with a problem have none.
  private var drafts: [Int: Draft] = [:]
  private var rowsByName: [String: [Int]] = [:]
  private var rowsByPlace: [String: [Int]] = [:]
  private var knownByName: [String: [DirectoryUnit]] = [:]
  private var childrenByName: [UnitPath: [String: DirectoryUnit]] = [:]
  /// Segments in use or asked for below each unit.
  private var taken: [UnitPath: Set<String>] = [:]
  /// The highest number given out below a unit, by letter.
  private var counters: [UnitPath: [String: Int]] = [:]
  private var placed: [Int: UnitPath] = [:]
  private var newRows: [UnitPath: Int] = [:]

  init(_ rows: [UnitRow], directory: Directory, base: UnitPath) {
    self.rows = rows
    self.directory = directory
    self.base = base
  }

  mutating func run() {
    for unit in directory.sortedUnits {
      // Names must differ among those that are together now, paths among those born together.
      if let parent = directory.tree.parent(of: unit.path) {
        childrenByName[parent, default: [:]][unit.name.nameKey] = unit
      }
      if let parent = unit.path.parent, let segment = unit.path.segments.last {
        taken[parent, default: []].insert(segment)
      }
      if directory.tree.contains(base, unit.path) { knownByName[unit.name.nameKey, default: []].append(unit) }
    }
    for index in rows.indices { read(index) }
    for index in rows.indices where drafts[index] != nil { findUpper(index) }
    var waiting = rows.indices.filter { drafts[$0] != nil }
    // One level a turn; what is left after as many turns as a path has levels hangs on itself or on a bad row.
    for _ in 0..<UnitPath.depthLimit where !waiting.isEmpty {
      let ready = waiting.filter { parent(of: $0) != nil }
      waiting.removeAll { parent(of: $0) != nil }
      reserve(ready)
      for index in ready { place(index) }
    }
    for index in waiting where hangsOnItself(index) { fail(index, "上级互相指向，连不到本单位") }
  }

  private mutating func fail(_ index: Int, _ message: String) {
    if problems[rows[index].number] == nil { problems[rows[index].number] = message }
    drafts[index] = nil
  }

  // MARK: One row

  private static let spreadsheetErrors: Set<String> = [
    "#N/A", "#REF!", "#NAME?", "#VALUE!", "#DIV/0!", "#NUM!", "#NULL!",
  ]

  private mutating func read(_ index: Int) {
    let row = rows[index]
    if row.name.isEmpty { return fail(index, "没有写名称") }
    for text in [row.name, row.place, row.upper, row.kind, row.type] where Self.spreadsheetErrors.contains(text) {
      return fail(index, "单元格里是公式错误 \(text)")
    }
    if let problem = Self.problem(row.name, NameProfile.unit) { return fail(index, problem) }
    if isBase(row) { return }
    let kind: UnitKind
    if row.kind.isEmpty {
      guard let found = UnitKind(name: row.name) else {
        return fail(index, "“\(row.name)”没有写类别，从名称也看不出。可写：\(Self.kinds)")
      }
      kind = found
    } else {
      guard let found = UnitKind(written: row.kind), found != .school else {
        return fail(index, "类别“\(row.kind)”不认得。可写：\(Self.kinds)")
      }
      kind = found
    }
    var type: UnitType?
    if !row.type.isEmpty {
      guard let found = UnitType(written: row.type) else {
        return fail(
          index, "类型“\(row.type)”不认得。可写：\(UnitType.allCases.map(\.title).joined(separator: "、"))，都不是就空着")
      }
      type = found
    }
    guard let place = place(row.place) else {
      return fail(index, "路径“\(row.place.visibleName)”不能用：要在本单位下面，每级不超过 64 字节")
    }
    if let segment = place.newSegment(in: directory), let problem = Self.problem(segment, NameProfile.segment) {
      return fail(index, problem)
    }
    drafts[index] = Draft(kind: kind, type: type, place: place)
    rowsByName[row.name.nameKey, default: []].append(index)
    if !row.place.isEmpty { rowsByPlace[Numerals.halfWidth(row.place), default: []].append(index) }
  }

  private static let kinds = UnitKind.allCases.filter { $0 != .school }.map(\.title).joined(separator: "、")

  private static func problem(_ text: String, _ profile: NameProfile) -> String? {
    do { try profile.check(text) } catch {
      return (error as? any ExplainedError).map { "\($0.message)（\($0.hint)）" } ?? profile.title
    }
    return nil
  }

  /// The importing unit itself, which lists often begin with.
  private func isBase(_ row: UnitRow) -> Bool {
    let names = [directory.name(of: base).nameKey] + (base == directory.root ? [directory.schoolName.nameKey] : [])
    return names.contains(row.name.nameKey) || row.place == base.description || UnitKind(written: row.kind) == .school
  }

  /// nil where it cannot be one.
  private func place(_ typed: String) -> Place? {
    let text = Numerals.halfWidth(typed).filter { !$0.isWhitespace }
    if text.isEmpty { return Place.none }
    guard text.contains("/") else { return UnitPath(text) == nil ? nil : .segment(text) }
    if let path = UnitPath(text),
      base.isAbove(path) || directory.units[path] != nil && directory.tree.isAbove(base, path)
    {
      return .path(path)
    }
    let isOutside = text.hasPrefix("\(base.segments[0])/")
    return isOutside ? nil : UnitPath("\(base)/\(text)").map(Place.path)
  }

  // MARK: Upper units

  private mutating func findUpper(_ index: Int) {
    guard let draft = drafts[index] else { return }
    let row = rows[index]
    if row.upper.isEmpty {
      if case .path = draft.place { return }
      guard let upper = upperFromOrder(index, draft.kind) else { return fail(index, "没有写上级，前面也没有可以跟随的党组织") }
      drafts[index]?.upper = upper
      return
    }
    switch resolve(row.upper, for: index) {
    case .success(let upper): drafts[index]?.upper = upper
    case .failure(let reason): fail(index, reason.message)
    }
  }

  /// Lists often name the upper unit once, or not at all where units follow theirs: the nearest row above that is no
  /// lower decides. One of the same level shares its upper unit, a higher one is it.
  private func upperFromOrder(_ index: Int, _ kind: UnitKind) -> Upper? {
    if kind.level == UnitKind.committee.level || kind == .direct { return .known(base) }
    for above in stride(from: index - 1, through: 0, by: -1) {
      guard let draft = drafts[above], draft.kind.level <= kind.level, kind == .group || draft.kind != .direct else {
        continue
      }
      if draft.kind.level < kind.level { return .row(above) }
      if case .path(let path) = draft.place { return path.parent.map(Upper.known) }
      return draft.upper
    }
    return nil
  }

  private struct Unresolved: Error {
    let message: String
  }

  private func resolve(_ text: String, for index: Int) -> Result<Upper, Unresolved> {
    let key = text.nameKey
    if [directory.name(of: base).nameKey, base.description.nameKey].contains(key)
      || (base == directory.root && [directory.schoolName.nameKey, "学校党委", "校党委", "党委"].contains(key))
    {
      return .success(.known(base))
    }
    let half = Numerals.halfWidth(text)
    if let path = UnitPath(half), directory.units[path] != nil, directory.tree.contains(base, path) {
      return .success(.known(path))
    }
    if let byPlace = rowsByPlace[half], byPlace.count == 1, byPlace[0] != index { return .success(.row(byPlace[0])) }
    var candidates = (rowsByName[key] ?? []).filter { $0 != index }
    var known = knownByName[key] ?? []
    // `计算机学院党总支/教师一支部`: the name with that of its upper unit before it.
    if candidates.isEmpty, known.isEmpty, let slash = text.lastIndex(where: { $0 == "/" || $0 == "／" }) {
      let (above, name) = (String(text[..<slash]).nameKey, String(text[text.index(after: slash)...]).nameKey)
      candidates = (rowsByName[name] ?? []).filter { $0 != index && rows[$0].upper.nameKey == above }
      known = (knownByName[name] ?? []).filter {
        directory.tree.parent(of: $0.path).map { directory.name(of: $0).nameKey } == above
      }
    }
    if candidates.count == 1 { return .success(.row(candidates[0])) }
    if candidates.isEmpty, known.count == 1 { return .success(.known(known[0].path)) }
    if candidates.isEmpty, known.isEmpty { return .failure(Unresolved(message: "上级“\(text)”不在表里，也没有登记过")) }
    return .failure(
      Unresolved(message: "叫“\(text)”的上级有 \(max(candidates.count, known.count)) 个，请写成“它的上级/\(text)”或写路径"))
  }

  /// Where a row's unit stands below, once that is known.
  private func parent(of index: Int) -> UnitPath? {
    guard let draft = drafts[index] else { return nil }
    switch draft.upper {
    case .known(let path): return path
    case .row(let upper): return placed[upper]
    case .none:
      guard case .path(let path) = draft.place, let parent = path.parent else { return nil }
      return directory.units[parent] != nil || newRows[parent] != nil ? parent : nil
    }
  }

  /// False where what it waits for has a problem of its own, which is said there. Each row is walked over once.
  private mutating func hangsOnItself(_ index: Int) -> Bool {
    var trail: [Int] = []
    var onTrail: Set<Int> = []
    var at = index
    var verdict: Bool?
    while verdict == nil {
      if let known = verdicts[at] {
        verdict = known
      } else if !onTrail.insert(at).inserted {
        verdict = true
      } else if case .row(let upper) = drafts[at]?.upper {
        trail.append(at)
        at = upper
      } else {
        if case .path(let path) = drafts[at]?.place, let parent = path.parent, drafts[at]?.upper == Upper.none {
          fail(at, "上级 \(parent) 不在表里，也没有登记过")
        }
        trail.append(at)
        verdict = false
      }
    }
    for row in trail { verdicts[row] = verdict }
    return verdict ?? false
  }

  private var verdicts: [Int: Bool] = [:]

  // MARK: Placing

  /// Segments that rows ask for are out of reach for those made up.
  private mutating func reserve(_ ready: [Int]) {
    for index in ready {
      guard let parent = parent(of: index), let draft = drafts[index] else { continue }
      switch draft.place {
      case .segment(let segment): taken[parent, default: []].insert(segment)
      case .path(let path): taken[parent, default: []].insert(path.segments.last ?? "")
      case .none: break
      }
    }
  }

  private mutating func place(_ index: Int) {
    guard let draft = drafts[index], let parent = parent(of: index) else { return }
    let row = rows[index]
    let asked: UnitPath?
    switch draft.place {
    case .none: asked = nil
    case .segment(let segment): asked = UnitPath("\(parent)/\(segment)")
    case .path(let path):
      if path.parent != parent, directory.units[path] == nil {
        return fail(index, "路径 \(path) 不在上级“\(row.upper)”（\(parent)）下面")
      }
      asked = path
    }
    if let known = asked.flatMap({ directory.units[$0] }) ?? childrenByName[parent]?[row.name.nameKey] {
      placed[index] = known.path
      lines.append(UnitPlan.Line(row: row.number, unit: known, isNew: false, note: note(known, row, draft, asked)))
      return
    }
    if let reason = misplacement(draft.kind, below: parent) { return fail(index, reason) }
    if case .segment = draft.place, asked == nil { return fail(index, "党组织层级太多，最多 \(UnitPath.depthLimit) 级") }
    guard let path = asked ?? madeUp(draft.kind, below: parent) else {
      return fail(index, "党组织层级太多，最多 \(UnitPath.depthLimit) 级")
    }
    if let other = newRows[path] { return fail(index, "路径 \(path) 与第 \(rows[other].number) 行相同") }
    if let other = namedRows[NamedPlace(parent: parent, name: row.name.nameKey)] {
      return fail(index, "与第 \(rows[other].number) 行重复：同一上级下已有“\(row.name)”")
    }
    placed[index] = path
    newRows[path] = index
    namedRows[NamedPlace(parent: parent, name: row.name.nameKey)] = index
    lines.append(
      UnitPlan.Line(
        row: row.number, unit: DirectoryUnit(path: path, name: row.name, kind: draft.kind, type: draft.type),
        isNew: true, note: nil))
  }

  private struct NamedPlace: Hashable {
    let parent: UnitPath
    let name: String
  }

  private var namedRows: [NamedPlace: Int] = [:]

  private func note(_ known: DirectoryUnit, _ row: UnitRow, _ draft: Draft, _ asked: UnitPath?) -> String? {
    var differences: [String] = []
    if known.name.nameKey != row.name.nameKey { differences.append("已登记的名称是“\(known.name)”") }
    if known.kind != draft.kind { differences.append("已登记的类别是\(known.kind.title)") }
    if let type = draft.type, known.type != type { differences.append("已登记的类型是\(known.type?.title ?? "空")") }
    if let asked, asked != known.path { differences.append("已登记的路径是 \(known.path)") }
    if known.status != .active { differences.append(known.status.title) }
    return differences.isEmpty ? nil : differences.joined(separator: "，")
  }

  private func misplacement(_ kind: UnitKind, below parent: UnitPath) -> String? {
    let upper =
      directory.units[parent]
      ?? newRows[parent].flatMap { row in
        drafts[row].map { DirectoryUnit(path: parent, name: rows[row].name, kind: $0.kind) }
      }
    guard let upper else { return nil }
    if upper.status != .active { return "上级“\(upper.name)”\(upper.status.title)" }
    let fits = upper.kind.level < kind.level || (upper.kind == .committee && kind == .committee)
    return fits ? nil : "\(kind.title)不能在\(upper.kind.title)“\(upper.name)”下面"
  }

  /// The next free segment of the kind: `b01`, `b02` …
  private mutating func madeUp(_ kind: UnitKind, below parent: UnitPath) -> UnitPath? {
    let letter = kind.segmentLetter
    if counters[parent]?[letter] == nil {
      let numbers = (taken[parent] ?? []).filter { $0.hasPrefix(letter) }.compactMap { segment -> Int? in
        let digits = segment.dropFirst(letter.count)
        return digits.count <= 4 && digits.allSatisfy(\.isASCIIDigit) ? Int(digits) : nil
      }
      counters[parent, default: [:]][letter] = numbers.max() ?? 0
    }
    let number = (counters[parent]?[letter] ?? 0) + 1
    counters[parent, default: [:]][letter] = number
    return UnitPath("\(parent)/\(letter)\(number < 10 ? "0" : "")\(number)")
  }
}
