import TandemData
import TandemNetwork
import TandemTensor

/// A trained network with all that it takes to use it: its weights, how pixels are scaled and what
/// its classes are called.
///
/// ```swift
/// try trainer.save(to: "digits.safetensors")
/// let model = try Model.load("digits.safetensors")
/// let predictions = try model.predict(data.test)
/// print(predictions.classes)
/// ```
///
/// Ownership: used by one thread at a time, which waits while the workers compute.
public final class Model {
  /// How pixels are scaled before the network sees them.
  public let normalization: Normalization
  /// The names of the classes in the order of their labels.
  public let classNames: [String]
  /// What the network was trained with.
  public let loss: Loss.Kind
  private let predictor: Predictor

  /// Reads what `Trainer.save` or a run with an output folder has written.
  ///
  /// - Parameters:
  ///   - path: a file, a checkpoint's folder, or the output folder of a run.
  ///   - workers: threads that compute; nil for one per physical core.
  /// - Throws: `TrainingError.noDescription` for a file of another program, which has weights only
  ///   (use `Predictor` and say what network they are for); what `ModelFile` and `Predictor` throw.
  public static func load(_ path: String, workers: Int? = nil) throws -> Model {
    try Model(ModelFile(contentsOf: path), workers: workers)
  }

  private init(_ file: ModelFile, workers: Int?) throws {
    guard let network = file.network, let normalization = file.normalization else {
      throw TrainingError.noDescription(path: file.path)
    }
    self.normalization = normalization
    classNames = file.classNames ?? []
    loss = try file.loss ?? Loss.Kind(naturalFor: network.graph())
    predictor = try Predictor(network: network, weights: file, workers: workers)
  }

  public var network: Network { predictor.network }

  /// Computes the outputs of images.
  /// - Parameter images: `[N, C, H, W]`, normalised already.
  /// - Throws: `TrainingError.inputShape`, `ExecutionError`, `MemoryError`.
  public func predict(_ images: Tensor) throws -> Predictions {
    Predictions(logits: try predictor.logits(images), loss: loss)
  }

  /// Computes the outputs of all images of a data set.
  /// - Throws: as above, and what the data set throws.
  public func predict(_ dataset: any Dataset) throws -> Predictions {
    try predict(dataset.images(normalization))
  }

  /// Evaluates the network, each image exactly once.
  ///
  /// - Parameter loss: nil for the one the network was trained with.
  /// - Throws: `LossError.own` if that is one of the training program's own; `TrainingError`, or
  ///   what the data set throws.
  public func evaluate(
    _ dataset: any Dataset, loss: Loss.Kind? = nil
  ) throws -> EvaluationResult {
    try predictor.evaluate(dataset, normalization: normalization, loss: loss ?? self.loss)
  }
}
