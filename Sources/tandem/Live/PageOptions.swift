import ArgumentParser
import Foundation
import TandemLive
import TandemProcess

/// Where a command serves its page.
struct PageOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The port of the page; 0 takes any that is free. (default: 8890)", valueName: "port"),
    transform: atLeast(0, atMost: 65535))
  var port = LiveOptions.usualPort

  @Option(
    help: ArgumentHelp(
      "The address of the machine that the page is at: others can reach it where it is another one. "
        + "(default: 127.0.0.1)", valueName: "address"),
    transform: hostAddress)
  var host: String?

  var place: PagePlace { LiveOptions.place(host: host, port: port, option: "--port") }

  @Flag(help: "Print the page's address as JSON.")
  var json = false

  /// Says where the page is, and serves it until a signal ends the process.
  func serve(_ page: PageServer.Address) throws -> Never {
    if json {
      try printJSON(page)
      _ = ProcessOutput.finish()
    }
    LiveOptions.tell(page.address)
    while true { sleep(3600) }
  }
}

/// An address of this machine in numbers, or its own name for itself.
let hostAddress: @Sendable (String) throws -> String = { text in
  var (old, new) = (in_addr(), in6_addr())
  guard
    text == "localhost" || inet_pton(AF_INET, text, &old) == 1
      || inet_pton(AF_INET6, text, &new) == 1
  else {
    throw ValidationError("give an address in numbers, 0.0.0.0 for all that the machine has")
  }
  return text
}
