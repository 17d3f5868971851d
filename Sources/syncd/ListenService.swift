import NIOCore
import ServiceLifecycle
import Synchronization

/// The service that listens. What keeps it from listening is said as such; an error that comes later, or of another service, is
/// none of that.
struct ListenService<Server: Service>: Service {
  let server: Server
  /// As it was typed.
  let address: String
  /// Begun by whoever is told that the server runs.
  let state: ListenState

  func run() async throws {
    do {
      try await server.run()
    } catch let error as IOError where !state.listens {
      throw ListenError(listening: address, error)
    } catch is SocketAddressError.UnknownHost where !state.listens {
      throw ListenError.addressNotHere(address)
    }
  }
}

/// Whether the hub listens yet.
final class ListenState: Sendable {
  private let value = Mutex(false)

  var listens: Bool { value.withLock { $0 } }
  func begin() { value.withLock { $0 = true } }
}
