import ArgumentParser
import Tandem

/// The trained network that a command looks into.
struct InspectedModel: ParsableArguments {
  @OptionGroup
  var trained: TrainedWeights

  @OptionGroup
  var shape: ModelShapeOptions

  var weights: String { trained.weights }

  func validate() throws {
    if trained.model == nil, shape.isGiven {
      throw ValidationError("\(ModelShapeOptions.names) belong to a --model; name it too")
    }
  }

  /// - Throws: what `ModelFile` throws, `ModelChoiceError`, `ZooError`.
  func open() throws -> (file: ModelFile, network: Network) {
    let file = try ModelFile(contentsOf: weights)
    return (file, try trained.model.map { try shape.network(named: $0) } ?? file.describedNetwork())
  }
}
