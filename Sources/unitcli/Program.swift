import Foundation

@main
enum Program {
  static func main() async {
    exit(await Runner.run(Array(CommandLine.arguments.dropFirst()), console: .system))
  }
}
