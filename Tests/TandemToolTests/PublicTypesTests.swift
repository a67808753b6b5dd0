import Foundation
import Testing

/// `import Tandem` shows a program what it needs; all else is `package`.
@Suite struct PublicTypesTests {
  /// Every public type at the top level of the modules that `Tandem` exports. One more is a promise
  /// to every program, so it is made here, too.
  private static let promised = """
    AdaGrad Adadelta Adam AdamW AdaptiveAveragePool2D AnyLayer AnyOptimizer AnyOwnLoss
    Augmentation AugmentationError AugmentationFill AugmentationPreset AugmentationShift
    Auxiliary AveragePool2D BackwardCall BatchNorm2D BestEpoch Block Branch BranchBuilder
    BrokenPicture CacheFolder ChannelMoments ChannelSet ClassAccuracy ClassWeights ColourJitter
    ColourNoise Concat ConnectedConv2D ConstantSchedule ContactSheet Conv2D CosineSchedule
    Dataset DatasetFingerprint DatasetPair DatasetSource Dense Dropout EarlyStopping Edges EpochMetric EpochRecord
    EvaluationResult ExponentialSchedule ExportError Flatten ForwardCall GlobalAveragePool2D
    HyperParameter ImagePreparation InMemoryDataset Initializer Job JobWorkers LAMB LARS Layer
    LayerError LayerKinds LayerNotation LayerwiseOptimizer LearningRateScale LeftOut
    LocalResponseNorm Loss MaxPool2D MeasuredPart Mesh Model MultiStepSchedule Network NetworkBuilder NetworkComponent
    NetworkElement NetworkError NetworkGraph NetworkSummary Normalization ONNXExport ONNXOptions OneCycleSchedule OpenedData
    Optimizer OptimizerOptions OutputMeaning OwnLayer OwnLayerGradientCheck OwnLoss Padding
    Parallelism Parameter ParameterLayout Picture PictureCache PictureChannels
    PictureDataset PictureDecoder PictureEncoder PictureError PictureFolder
    PictureFolderError PictureFormat PictureHeader PictureListing PictureOptions
    PictureOrientation PictureParts PictureRecipe PictureSize PixelRectangle Placed
    Placement PlateauSchedule PolynomialSchedule Precision Predictions ProgressDisplay RMSProp
    RadialBasisLoss RadialBasisOutput RandomErasing RandomResizedCrop ReLU Residual
    ResizeFilter SGD Sampling ScaledTanh Schedule ScheduleError ScheduleMetric ScheduleOption ScheduleOptions
    ScheduleProgress ScheduleShape SecondLabel Shape Sigmoid Size2D Softmax
    SoftmaxCrossEntropy Stage StaircaseSchedule StepRecord StopRequest Tanh Tensor TensorBoardWriter
    TrainableSubsampling Trainer TrainingChange TrainingControl TrainingError TrainingEvent TrainingObserver
    TrainingOptions TrainingResult TrainingStart WireFormat ZCAWhitening ZeroPaddedShortcut
    Zoo ZooEntry ZooError
    """.split(whereSeparator: \.isWhitespace).map(String.init)

  /// The public types at the top level of a file.
  static func publicTypes(in text: String) -> [String] {
    let declaration =
      #/^(?:@\w+ )*public (?:\w+ )*?(?:struct|class|enum|protocol|actor|typealias) (\w+)/#
    return text.split(separator: "\n").compactMap { line in
      (try? declaration.firstMatch(in: line)).map { String($0.output.1) }
    }
  }

  private static func text(_ file: String) throws -> String {
    try String(contentsOf: DocumentationTests.root.appending(path: file), encoding: .utf8)
  }

  @Test func `the public types are those that are promised`() throws {
    let modules = try Self.text("Sources/Tandem/Tandem.swift")
      .matches(of: #/@_exported import (\w+)/#).map { String($0.output.1) }
    #expect(modules.count == 9)
    var found: Set<String> = []
    for module in modules {
      let folder = "Sources/" + module
      let files = try FileManager.default.subpathsOfDirectory(
        atPath: DocumentationTests.root.appending(path: folder).path)
      for file in files where file.hasSuffix(".swift") {
        found.formUnion(try Self.publicTypes(in: Self.text(folder + "/" + file)))
      }
    }
    #expect(found.subtracting(Self.promised) == [], "public, but not promised")
    #expect(Set(Self.promised).subtracting(found) == [], "promised, but not public")
  }

  @Test func `public types are found`() {
    let text = """
      public struct One {
        public enum Nested {}
      }
      public final class Two {}
      package struct Hidden {}
      struct Internal {}
      @frozen public indirect enum Three {}
      public func four() {}
      """
    #expect(Self.publicTypes(in: text) == ["One", "Two", "Three"])
  }
}
