import Foundation

#if canImport(Glibc)
  import Glibc
#endif

/// A device that takes no byte, as a full disk does.
public enum FullDevice {
  /// The system's; made where the system has none and lets this process make one; nil where neither is so.
  public static let path: String? = {
    let known = "/dev/full"
    if FileManager.default.fileExists(atPath: known) { return known }
    #if os(Linux)
      let made = NSTemporaryDirectory() + "unitsync-full-\(getpid())"
      // Major 1, minor 7 (Documentation/admin-guide/devices.txt of the kernel).
      if mknod(made, S_IFCHR | 0o666, 1 << 8 | 7) == 0 { return made }
    #endif
    return nil
  }()
}
