/// Whether bytes are well-formed UTF-8, without making a string of them.
enum UTF8Check {
  static func isText(_ bytes: UnsafeRawBufferPointer) -> Bool {
    #if compiler(>=6.2)
      if #available(macOS 26, *) {
        return (try? UTF8Span(validating: Span(_unsafeElements: bytes.assumingMemoryBound(to: UInt8.self)))) != nil
      }
    #endif
    var iterator = bytes.makeIterator()
    var parser = Unicode.UTF8.ForwardParser()
    while true {
      switch parser.parseScalar(from: &iterator) {
      case .valid: continue
      case .emptyInput: return true
      case .error: return false
      }
    }
  }
}
