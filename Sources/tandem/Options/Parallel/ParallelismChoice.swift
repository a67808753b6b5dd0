import ArgumentParser
import Tandem
import TandemNetwork

/// A parallelism, or the planner's choice.
enum ParallelismChoice: String, ExpressibleByArgument, CaseIterable {
  case data, model, hybrid, auto

  /// nil where the planner chooses.
  var given: Parallelism? { Parallelism(rawValue: rawValue) }
}
