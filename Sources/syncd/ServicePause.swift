import ServiceLifecycle

/// The pause between two rounds of a service.
///
/// A service that swallows its cancellation goes round without pausing, and keeps the whole daemon from ending when a
/// neighbour has failed: then its task is cancelled and there is no graceful shutdown. So no service sleeps by itself.
enum ServicePause {
  /// - Returns: true once `duration` is over; false where the service is to end, be it by shutdown or by cancellation.
  static func over(_ duration: Duration) async -> Bool {
    do {
      try await cancelWhenGracefulShutdown { try await Task.sleep(for: duration) }
      return !Task.isCancelled && !Task.isShuttingDownGracefully
    } catch {
      return false
    }
  }
}
