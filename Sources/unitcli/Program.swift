import Foundation
import SyncEngine

@main
enum Program {
  static func main() async {
    exit(await Runner.run(RawText.arguments, console: .system))
  }
}
