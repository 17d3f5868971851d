import Foundation
import SyncModel

extension NameProfile {
  /// A name as it is written here: in NFC, tidied, and held against the profile.
  /// - Throws: ``NameError``.
  public func accepted(_ text: String) throws -> String {
    let name = tidied(text.composed)
    try check(name)
    return name
  }
}

extension String {
  /// NFC. The standard library compares by it and does not hand it out; what is stored and signed are bytes.
  public var composed: String { precomposedStringWithCanonicalMapping }
}

extension UnitRow {
  /// As a row of a list is read: names and segments as they would be written.
  public var composed: UnitRow {
    UnitRow(
      number: number, name: NameProfile.unit.tidied(name.composed), place: place.composed, upper: upper.composed,
      kind: kind, type: type)
  }
}

/// Asks whoever is at the keyboard which of several is meant: which it was, counted from 0; nil where nobody says.
public struct NameChooser: Sendable {
  private let ask: @Sendable (_ why: String, _ candidates: [String]) -> Int?

  public init(_ ask: @escaping @Sendable (_ why: String, _ candidates: [String]) -> Int?) {
    self.ask = ask
  }

  func choose<Thing>(_ things: [Thing], _ candidates: [String], why: String) -> Thing? {
    guard let index = ask(why, candidates), things.indices.contains(index) else { return nil }
    return things[index]
  }
}

extension Office {
  /// What a look-up comes to: the only thing that is surely called so; else the one that a person at the keyboard chooses.
  /// Nothing is ever chosen silently by a part of its name, or by a name that it gave itself.
  ///
  /// - Parameters:
  ///   - what: the kind of thing, as on the screen.
  ///   - prevailing: of several of one name the one that is meant; nil where none is.
  ///   - lines: how each is offered, told apart by what is to be typed instead.
  func chosen<Thing>(
    _ match: NameMatch<Thing>, _ text: String, what: String, prevailing: ([Thing]) -> Thing? = { _ in nil },
    lines: ([Thing]) -> [String], ambiguous: @escaping (String, [String]) -> OfficeError, unknown: () -> OfficeError
  ) throws -> Thing {
    let (things, refusal): ([Thing], ([String]) -> OfficeError)
    switch match {
    case .found(let thing): return thing
    case .unknown: throw unknown()
    case .ambiguous(let all):
      if let thing = prevailing(all) { return thing }
      (things, refusal) = (all, { ambiguous(text, $0) })
    case .renamed(let all): (things, refusal) = (all, { .renamed(what, text, candidates: $0) })
    case .part(let all): (things, refusal) = (all, { .partOfName(what, text, candidates: $0) })
    }
    let offered = Array(things.prefix(Self.candidateLimit))
    let candidates = NameLines.distinct(lines(offered))
    return try choose(offered, candidates, refusing: refusal(candidates))
  }

  /// Which of `things` whoever is at the keyboard means.
  /// - Throws: `error` where nobody says.
  public func choose<Thing>(_ things: [Thing], _ candidates: [String], refusing error: OfficeError) throws -> Thing {
    guard let thing = chooser?.choose(things, candidates, why: error.message) else { throw error }
    return thing
  }

  /// Of so many things of one name a person chooses; whoever means another writes more of it.
  public static let candidateLimit = 20
}
