/// Finds an item as people name it: `5.1`, `五.1`, `4.2.1`, `13` where only one item ends so.
public struct ItemLookup: Sendable {
  public let items: [Template.Item]

  public init(_ template: Template) {
    items = template.items
  }

  public enum Match: Hashable, Sendable {
    case found(Template.Item)
    /// Several end so: their ids.
    case ambiguous([String])
    /// None does: the nearest ids.
    case unknown(nearest: [String])
  }

  public func find(_ text: String) -> Match {
    guard let wanted = Numerals.components(text) else { return .unknown(nearest: nearest(to: [])) }
    if let exact = items.first(where: { $0.path == wanted }) { return .found(exact) }
    let ending = items.filter { $0.isLeaf && $0.path.suffix(wanted.count) == wanted[...] }
    switch ending.count {
    case 0: return .unknown(nearest: nearest(to: wanted))
    case 1: return .found(ending[0])
    default: return .ambiguous(ending.map(\.id))
    }
  }

  /// Up to three leaves that share the longest start with `wanted`; none where nothing is shared.
  private func nearest(to wanted: [Int]) -> [String] {
    let scored = items.filter(\.isLeaf).map { item in
      (item, shared: zip(item.path, wanted).prefix { $0 == $1 }.count)
    }
    let best = scored.map(\.shared).max() ?? 0
    if best == 0 { return [] }
    let last = wanted.last ?? 1
    return scored.filter { $0.shared == best }
      .sorted { abs(($0.0.path.last ?? 0) - last) < abs(($1.0.path.last ?? 0) - last) }
      .prefix(3).map(\.0.id)
  }
}
