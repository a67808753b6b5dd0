import CKernels
import TandemData
import TandemTensor

// The present parameters at work, without files between: after `run`, or before it from where it
// starts.

extension Trainer {
  /// Computes the outputs of images. All ranks of a job call it; each computes all that it is asked
  /// for.
  ///
  /// - Parameter images: `[N, C, H, W]`, normalised already.
  /// - Throws: `TrainingError.inputShape`, `ExecutionError`, `MemoryError`.
  public func predict(_ images: Tensor) throws -> Predictions {
    guard images.shape.rank > 0, images.shape[0] > 0,
      images.shape == graph.inputShape.batched(images.shape[0])
    else {
      throw TrainingError.inputShape(
        network: network.name, expected: graph.inputShape, found: images.shape)
    }
    let evaluator = try Evaluator(
      team: team, job: job, graph: graph, parameters: parameterArena,
      chunkSize: Predictor.chunkSize(images: images.shape[0]))
    return Predictions(logits: try evaluator.logits(images), loss: loss.kind)
  }

  /// Computes the outputs of all images of a data set, normalised as those of the training.
  /// - Throws: as above, and what the data set throws.
  public func predict(_ dataset: any Dataset) throws -> Predictions {
    try predict(dataset.images(normalization))
  }

  /// Writes the present weights with all that it takes to use them, for `Model.load`, `ModelFile`
  /// and the tool. The first rank writes; all ranks of a job call it.
  ///
  /// - Parameter path: of a .safetensors file, which is replaced if it exists.
  /// - Throws: `TrainingError.nonFiniteParameter`, and nothing is written; `FileError`.
  public func save(to path: String) throws {
    let steps = finishedSteps ?? resumePoint?.progress.step ?? 0
    for entry in graph.parameterLayout.entries
    where tandem_all_finite(parameterArena.floats(at: entry.offset), entry.elementCount) == 0 {
      throw TrainingError.nonFiniteParameter(step: steps, parameter: entry.name)
    }
    try job.onFirstRank("writing the weights") {
      _ = try ModelFile.write(
        layout: graph.parameterLayout, parameters: parameterArena, network: network,
        normalization: normalization, classNames: data.train.classNames,
        pictures: data.train.pictureRecipe, loss: loss.kind, step: steps, to: path)
    }
  }
}
