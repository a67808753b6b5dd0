import ArgumentParser
import Tandem
import TandemInsight

/// What connects devices, for predictions.
struct LinkOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "For predictions: the speed of each device's connection, such as 10gbit or 100mbit. (default: 10gbit)",
      valueName: "rate"),
    transform: networkRate)
  var network: Double?

  @Option(
    help: ArgumentHelp(
      "For predictions: microseconds that a message takes, however short. (default: 50)",
      valueName: "us"),
    transform: microseconds)
  var latency: Double?

  var link: NetworkLink {
    NetworkLink(bitsPerSecond: network ?? 10e9, latencySeconds: (latency ?? 50) * 1e-6)
  }

  /// For commands that predict only if they are asked to choose.
  /// - Throws: `ValidationError` if any of them is given.
  func requireNone() throws {
    for (option, isGiven) in [("--network", network != nil), ("--latency", latency != nil)]
    where isGiven {
      throw ValidationError("\(option) is for --parallelism auto; give that too")
    }
  }
}

private let networkRate: @Sendable (String) throws -> Double = { text in
  guard let rate = NetworkLink.bitsPerSecond(text) else {
    throw ValidationError("give a number with gbit or mbit behind it, such as 10gbit")
  }
  return rate
}

private let microseconds: @Sendable (String) throws -> Double = { text in
  guard let value = Double(text), value.isFinite, value >= 0, value <= 1e6 else {
    throw ValidationError("give a number of microseconds from 0 to 1000000")
  }
  return value
}
