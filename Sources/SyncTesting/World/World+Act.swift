extension World {
  /// One step of the plan. A new kind of step is one more case.
  func act() throws {
    if !plan.isByMessage { return try actAtOnce() }
    switch generator.below(100) {
    case ..<26: try answer(onBehalf: false)
    case ..<31: try answer(onBehalf: true)
    case ..<34: try lookAtScreen()
    case ..<36: try redact()
    case ..<42: try settleDifference()
    case ..<64: try syncSomebody()
    case ..<66: try deliverAgain()
    case ..<70: try failSomewhere()
    case ..<74: try backUp()
    case ..<78: try restore()
    case ..<81: try clone()
    case ..<84: jumpClock()
    case ..<86: changeIsland()
    case ..<89: try enrolSomebody()
    case ..<92: try revokeSomebody()
    case ..<93: try revokeEachOther()
    case ..<95: try undoRevocation()
    default: try changeUnit()
    }
  }

  /// The same without what happens to messages and disks.
  private func actAtOnce() throws {
    switch generator.below(100) {
    case ..<26: try answer(onBehalf: false)
    case ..<31: try answer(onBehalf: true)
    case ..<34: try lookAtScreen()
    case ..<36: try redact()
    case ..<42: try settleDifference()
    case ..<67: try syncSomebody()
    case ..<69: try deliverAgain()
    case ..<74: try backUp()
    case ..<79: try restore()
    case ..<82: try clone()
    case ..<86: jumpClock()
    case ..<89: try enrolSomebody()
    case ..<92: try revokeSomebody()
    case ..<93: try revokeEachOther()
    case ..<95: try undoRevocation()
    default: try changeUnit()
    }
  }
}
