import TandemNetwork
import TandemTensor

/// Why training, evaluation or prediction could not go on.
public enum TrainingError: Error, Hashable, CustomStringConvertible {
  case invalidOption(_ option: String, value: String, remedy: String)
  case moreWorkersThanShards(workers: JobWorkers, shards: Int)
  case noImages(dataset: String, part: String)
  case imageShape(network: String, expected: Shape, dataset: String, found: Shape)
  case inputShape(network: String, expected: Shape, found: Shape)
  case tooFewOutputs(network: String, outputs: Shape, dataset: String, classes: Int)
  case endsWithLayerOfLoss(network: String, layer: String, loss: Loss.Kind)
  case batchNormAcrossShards(layer: String, problem: String, remedy: String)
  case microBatchNormalization(layer: String, shardImages: Int)
  case noParameters(network: String)
  /// A pattern or path that matches nothing in the network.
  case unknownName(setting: String, name: String, network: String, nearest: [String])
  case unknownLayer(name: String, network: String, nearest: [String])
  case allFrozen(network: String)
  /// A rate for what is frozen.
  case frozenRate(setting: String, value: String)
  case placedLayer(network: String, layer: String)
  case mesh(problem: String, remedy: String)
  /// Steps and epochs count from 1. `layer` is the first place with a value that is not finite.
  case nonFiniteLoss(step: Int, epoch: Int, layer: String)
  case nonFiniteGradient(step: Int, epoch: Int, parameter: String)
  case nonFiniteParameter(step: Int, parameter: String)
  case nonFiniteEvaluation(dataset: String, layer: String)
  case otherEvaluation(rank: Int, host: String, what: String)
  case outputExists(folder: String, found: String)
  /// `file`: to be removed by hand if the holder has ended, where nobody can find out.
  case outputInUse(folder: String, holder: String, file: String?)
  case noCheckpoint(folder: String)
  case noWeights(folder: String)
  case noDescription(path: String)
  case damagedCheckpoint(path: String, problem: String)
  case damagedWeights(path: String, problem: String)
  /// `element` counts from 0 in the order of the file: `dense1.weight[0]`.
  case nonFiniteWeights(path: String, element: String, value: String)
  case normalizationChannels(means: Int, dataset: String, channels: Int)
  case otherRun(checkpoint: String, what: String, saved: String, current: String, remedy: String)
  /// What the optimizer keeps of each parameter, in words.
  case otherOptimizerState(checkpoint: String, optimizer: String, saved: String, current: String)
  /// A momentum that was to be changed on the way.
  case noMomentum(optimizer: String)
  case nothingToDo(checkpoint: String, done: String, option: String)
  case weightsDoNotFit(path: String, network: String, problem: String, remedy: String)

  public var description: String {
    switch self {
    case .invalidOption(let option, let value, let remedy):
      "`\(option)` \(value) makes no sense; \(remedy)"
    case .moreWorkersThanShards(let workers, let shards) where workers.ranks == 1:
      "\(workers.text) have only \(counted(shards, "logical shard")) to work on; use `workers` "
        + "\(shards) or less, or `shards` \(workers.total) or more"
    case .moreWorkersThanShards(let workers, let shards):
      "\(workers.text) have only \(counted(shards, "logical shard")) to work on; use `shards` "
        + "\(workers.total) or more, or fewer "
        + (workers.ranks > shards ? "ranks" : "workers (`workers`)")
    case .noImages(let dataset, let part):
      "the data set \(dataset) has no \(part) images; check the files or raise "
        + (part == "train" ? "`limited(train:)`" : "`limited(test:)`")
    case .imageShape(let network, let expected, let dataset, let found):
      "the network \(network) takes images of \(expected), those of \(dataset) are \(found); use a "
        + "model or data that fits"
    case .inputShape(let network, let expected, let found):
      "the network \(network) takes arrays of \(expected.batchedDescription) with "
        + "N of 1 or more, this one is \(found); reshape it"
    case .tooFewOutputs(let network, let outputs, let dataset, let classes):
      "the network \(network) has outputs \(outputs), but \(dataset) has \(classes) classes; its "
        + "last layer must have that many outputs"
    case .endsWithLayerOfLoss(let network, let layer, let loss):
      "the network \(network) ends with the layer \(layer), which the loss \(loss.rawValue) computes "
        + "itself; remove the layer for training"
    case .batchNormAcrossShards(let layer, let problem, let remedy):
      "the batch normalization \(layer) over all shards \(problem); \(remedy)"
    case .microBatchNormalization(let layer, let shardImages):
      "the batch normalization \(layer) needs all \(shardImages) images of a shard at once; leave out "
        + "`microBatchSize`, or use more `shards`"
    case .noParameters(let network):
      "the network \(network) has no parameters to train; add a convolution or a dense layer"
    case .unknownName(let setting, let name, let network, let nearest):
      "`\(setting)` \(name) matches nothing in the network \(network)"
        + Self.suggestion(nearest)
    case .unknownLayer(let name, let network, let nearest):
      "`layer` \(name) matches nothing in the network \(network)" + Self.suggestion(nearest)
    case .allFrozen(let network):
      "all parameters of the network \(network) are frozen, which leaves nothing to train; use "
        + "`freeze` or `unfreezeFrom` for fewer"
    case .frozenRate(let setting, let value):
      "`\(setting)` \(value) is about parameters that are all frozen; leave it out, or freeze fewer"
    case .placedLayer(let network, let layer):
      "the network \(network) places the layer \(layer) .model, which takes devices that share images; "
        + "give a `mesh`"
    case .mesh(let problem, let remedy):
      "\(problem); \(remedy)"
    case .nonFiniteLoss(let step, let epoch, let layer):
      "the loss is not finite in step \(step), epoch \(epoch), first in \(layer); nothing was "
        + "updated since; try a smaller `learningRate`, a warm-up or `clipNorm` 1"
    case .nonFiniteGradient(let step, let epoch, let parameter):
      "the gradient is not finite in step \(step), epoch \(epoch), first of \(parameter); nothing "
        + "was updated since; try a smaller `learningRate` or a warm-up"
    case .nonFiniteParameter(let step, let parameter):
      "the parameter \(parameter) is not finite after step \(step); no checkpoint was written; try a "
        + "smaller `learningRate`, a warm-up or `clipNorm` 1"
    case .nonFiniteEvaluation(let dataset, let layer):
      "the loss on the images of \(dataset) is not finite, first in \(layer); the weights or the "
        + "images are damaged, or training has diverged (then try a smaller `learningRate`)"
    case .otherEvaluation(let rank, let host, let what):
      "rank \(rank) (host \(host)) evaluates with other \(what) than rank 0; give all ranks the same "
        + "data, weights and options"
    case .outputExists(let folder, let found):
      "the output folder \(folder) already holds \(found) of another run; continue that run with "
        + "`resume(from:)` \(folder), replace it with `overwritesOutput`, or use another "
        + "`outputFolder`"
    case .outputInUse(let folder, let holder, let file):
      "the output folder \(folder) is in use by another run, of \(holder); wait for its end, use another "
        + "`outputFolder`" + (file.map { ", or remove \($0) if that run is over" } ?? "")
    case .noCheckpoint(let folder):
      "there is no checkpoint in \(folder); name an output folder that holds "
        + "\(CheckpointFolder.lastName), or start without `resume(from:)`"
    case .noWeights(let folder):
      "there are no weights in the folder \(folder): a run writes them there with its first checkpoint; "
        + "name a file of weights or the output folder of a run that holds \(CheckpointFolder.lastName)"
    case .noDescription(let path):
      "the weights in \(path) do not say which network they belong to and how pixels are scaled; use them with a "
        + "network of your own, or weights that a training of Tandem has written"
    case .damagedCheckpoint(let path, let problem):
      "the checkpoint \(path) cannot be used: \(problem); resume from another one or start anew"
    case .damagedWeights(let path, let problem):
      "the weights in \(path) cannot be used: \(problem); copy the file again, or use another one"
    case .nonFiniteWeights(let path, let element, let value):
      "the weights in \(path) cannot be used: \(element) is \(value); the file is damaged or its training "
        + "had diverged: use another one"
    case .normalizationChannels(let means, let dataset, let channels):
      "the weights were trained with a normalization for \(counted(means, "channel")), the images of "
        + "\(dataset) have \(channels); use data like that of the training, or give "
        + "`normalization`"
    case .otherRun(let checkpoint, let what, let saved, let current, let remedy):
      "the checkpoint \(checkpoint) was made with \(what) \(saved), this run has \(current); \(remedy)"
    case .otherOptimizerState(let checkpoint, let optimizer, let saved, let current):
      "the checkpoint \(checkpoint) has the state \(saved) of the optimizer \(optimizer), which now has "
        + "\(current); use the optimizer as it was, or start anew with the weights"
    case .noMomentum(let optimizer):
      "the optimizer \(optimizer) keeps no momentum here that could be changed on the way; begin with "
        + "an optimizer that has a `momentum`"
    case .nothingToDo(let checkpoint, let done, let option):
      "the run in \(checkpoint) has already finished \(done); raise `\(option)` to go on"
    case .weightsDoNotFit(let path, let network, let problem, let remedy):
      "the weights in \(path) do not fit the network \(network): \(problem); \(remedy)"
    }
  }

  private static func suggestion(_ names: [String]) -> String {
    names.isEmpty ? "" : "; did you mean \(names.joined(separator: " or "))?"
  }
}
