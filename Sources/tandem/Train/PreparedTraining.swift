import Tandem

/// All that a trainer is made of, from the options of `train`.
struct PreparedTraining {
  let pair: DatasetPair
  let network: Network
  var options: TrainingOptions
  let normalization: Normalization
}
