import Foundation
import SyncTesting

/// A small disk of its own for the programs that a script starts, in a mount namespace that ends with them: a really full one, a really
/// read-only one.
struct OwnDisk {
  /// Where the disk stands inside the namespace; an empty folder outside.
  let folder: String

  /// True where this machine lets a process make a namespace and mount in it.
  static let isAvailable: Bool = {
    let run = try? ChildProcess.run(
      "/bin/sh", ["-c", "exec unshare \(flags) sh -c 'mount -t tmpfs -o size=64k tmpfs /mnt'"], limitSeconds: 60)
    return run?.code == 0
  }()

  private static let flags = getuid() == 0 ? "-m" : "-rm"

  /// Runs a script with `$DISK` mounted, `fill` to fill it up and `lock` to make it read-only.
  func run(_ script: String, megabytes: Int, environment: [String: String]) throws -> ChildProcess.Run {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let prelude = """
      set -u
      mount -t tmpfs -o size=\(megabytes)m,mode=0700 tmpfs "$DISK" || exit 97
      fill() { dd if=/dev/zero of="$DISK/fill" bs=4k 2>/dev/null; test "$(df --output=avail "$DISK" | tail -1)" -eq 0; }
      lock() { mount -o remount,ro "$DISK"; }
      """
    return try ChildProcess.run(
      "/bin/sh", ["-c", "exec unshare \(Self.flags) /bin/bash -c \"$1\"", "sh", prelude + "\n" + script],
      environment: environment.merging(["DISK": folder]) { $1 })
  }
}
