import ArgumentParser
import Tandem

enum ShuffleChoice: String, ExpressibleByArgument, CaseIterable {
  /// A new order in each epoch, from the seed.
  case epoch
  /// The order of the files.
  case unchanged = "none"
}
