import SyncModel

/// Every use of a hash or a key has a label of its own, so that no bytes made for one can pass for another (protocol §1).
enum Label: String {
  case school = "unitsync school 1"
  case device = "unitsync device 1"
  case replica = "unitsync replica 1"
  case feed = "unitsync feed 1"
  case salt = "unitsync salt 1"
  case head = "unitsync head 1"
  case item = "unitsync item 1"
  case scope = "unitsync scope 2"
  case range = "unitsync range 1"
  case level = "unitsync level 1"
  case unit = "unitsync unit 1"
  case ledger = "unitsync ledger 1"
  case invitation = "unitsync invitation 1"
  case redaction = "unitsync redaction 1"
  case arrival = "unitsync arrival 1"
  case mark = "unitsync mark 1"
  case agreement = "unitsync agreement 1"
  case epoch = "unitsync epoch 1"
  case nonce = "unitsync nonce 1"
  case epochKey = "unitsync epoch key 1"
  case bundle = "unitsync bundle 1"
  case bundleKey = "unitsync bundle key 1"
  case receipt = "unitsync bundle receipt 1"

  /// `varint(len) ‖ label`: what a hash or a signature begins with.
  var prefix: [UInt8] {
    var writer = ByteWriter(capacity: 32)
    writer.text(rawValue)
    return writer.bytes
  }
}
