import Logging
import SyncModel

/// The log on standard error: a line for each record, whatever a peer wrote into it.
struct LineLogHandler: LogHandler {
  private var inner: StreamLogHandler

  init(label: String) {
    inner = StreamLogHandler.standardError(label: label)
  }

  var logLevel: Logger.Level {
    get { inner.logLevel }
    set { inner.logLevel = newValue }
  }

  var metadata: Logger.Metadata {
    get { inner.metadata }
    set { inner.metadata = newValue.mapValues(Self.line) }
  }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { inner[metadataKey: key] }
    set { inner[metadataKey: key] = newValue.map(Self.line) }
  }

  func log(event: LogEvent) {
    var event = event
    event.message = "\(VisibleText.line(event.message.description))"
    event.metadata = event.metadata?.mapValues(Self.line)
    // Its description may quote what somebody typed.
    if let error = event.error {
      event.error = nil
      event.metadata = (event.metadata ?? [:]).merging(["error": "\(type(of: error))"]) { own, _ in own }
    }
    inner.log(event: event)
  }

  static func line(_ value: Logger.Metadata.Value) -> Logger.Metadata.Value {
    switch value {
    case .string(let text): .string(VisibleText.line(text))
    // Rendered before the stream sees it, so that what an error says of itself cannot begin a line.
    case .stringConvertible(let value): .string(VisibleText.line(value.description))
    case .dictionary(let values): .dictionary(values.mapValues(line))
    case .array(let values): .array(values.map(line))
    }
  }
}
