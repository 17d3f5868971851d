import SyncModel

/// One value of a register that no applied write supersedes.
public struct Sibling: Hashable, Sendable {
  public var dot: Dot
  /// Which change of its entry wrote it, from 0.
  public var change: UInt16
  public var time: HybridTime
  /// When this store took it into view: a counter that grows by batch. What a person was shown is all up to a mark.
  public var order: UInt64
  /// False where its author has no authority over the log: never shown, supersedes nothing.
  public var valid: Bool
  public var content: Content

  /// A value's canonical bytes, or what stands for it.
  public enum Content: Hashable, Sendable {
    case value([UInt8])
    /// Owed 内容未到: only the digest is here.
    case absent(Digest256)
    /// Redacted 依规删除: only the digest is left.
    case redacted(Digest256)

    public var isRedacted: Bool { if case .redacted = self { true } else { false } }
  }

  public init(dot: Dot, change: UInt16, time: HybridTime, order: UInt64, valid: Bool, content: Content) {
    self.dot = dot
    self.change = change
    self.time = time
    self.order = order
    self.valid = valid
    self.content = content
  }
}

/// The siblings of one register (protocol §6).
///
/// Law: for any set of writes, every order of application that respects their contexts gives the same siblings.
public struct Siblings: Hashable, Sendable {
  public private(set) var all: [Sibling]

  public init(_ all: [Sibling] = []) {
    self.all = all
  }

  /// Drops what `write` supersedes (covered by `context` and not `kept`) and joins it. A write without authority joins
  /// unseen and supersedes nothing.
  public mutating func apply(_ write: Sibling, context: StrandVector, kept: [Dot]) {
    if write.valid {
      if kept.isEmpty {
        all.removeAll { context.covers($0.dot) }
      } else {
        let kept = Set(kept)
        all.removeAll { context.covers($0.dot) && !kept.contains($0.dot) }
      }
    }
    all.append(write)
  }

  /// The same write with other content: its value came, was redacted, or is owed again.
  /// - Parameter order: the mark of the batch in which its value came; nil leaves it as it is.
  public mutating func set(_ content: Sibling.Content, of dot: Dot, change: UInt16, order: UInt64?) {
    guard let index = all.firstIndex(where: { $0.dot == dot && $0.change == change }) else { return }
    all[index].content = content
    if let order { all[index].order = order }
  }

  /// What a new write must keep: all that its author was not shown (taken into view after `shownUpTo`), what has no
  /// content to be shown (a redaction may yet lose its authority, and the value come back), and what was invalid.
  public func kept(shownUpTo: UInt64) -> [Sibling] {
    all.filter { sibling in
      switch sibling.content {
      case .absent, .redacted: true
      case .value: sibling.order > shownUpTo || !sibling.valid
      }
    }
  }
}

extension Sibling {
  /// nil where it is absent, redacted or not known to this release.
  var value: Value? {
    if case .value(let bytes) = content { try? Value(bytes: bytes) } else { nil }
  }
}
