/// This release of the programs.
public enum Release {
  public static let version = "0.1.0"
}
