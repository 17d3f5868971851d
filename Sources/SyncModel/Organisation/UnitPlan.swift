/// What registering a list of units would come to: which are new and where they stand, which are there already, and which
/// rows cannot be. Pure: the same rows and directory always give the same plan.
///
/// Made-up path segments count per upper unit and kind in the order of rows (`c01`, `b02`), going on after what is there;
/// who imports the same list again finds every unit by its name and gets nothing new.
public struct UnitPlan: Hashable, Sendable {
  public struct Line: Hashable, Sendable {
    /// The row's number.
    public let row: Int
    public let unit: DirectoryUnit
    public let isNew: Bool
    /// What the list says otherwise about a unit that is there already; it is left alone. nil where they agree.
    public let note: String?
  }

  public struct Problem: Hashable, Sendable {
    public let row: Int
    public let message: String
  }

  /// In path order: an upper unit before those below it.
  public private(set) var lines: [Line] = []
  /// In row order. With any there is nothing to register.
  public private(set) var problems: [Problem] = []

  public var newUnits: [DirectoryUnit] { lines.filter(\.isNew).map(\.unit) }

  /// - Parameter base: the unit below which units without an upper one stand.
  public init(_ rows: [UnitRow], in directory: Directory, below base: UnitPath) {
    var planner = UnitPlanner(rows, directory: directory, base: base)
    planner.run()
    lines = planner.lines.sorted { ($0.unit.path, $0.row) < ($1.unit.path, $1.row) }
    problems = planner.problems.map { Problem(row: $0.key, message: $0.value) }.sorted { $0.row < $1.row }
  }
}
