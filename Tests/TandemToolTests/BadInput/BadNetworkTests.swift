import Foundation
import Tandem
import Testing

/// Networks that cannot be made for the images at hand, or not be trained as asked for.
@Suite(.serialized) struct BadNetworkTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  private func expectRefusal(
    _ line: String, naming parts: String..., sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    try folder.expectRefusal(of: line, naming: parts, sourceLocation: sourceLocation)
  }

  /// The first layer of which nothing would be left, with the shape that reaches it.
  @Test(arguments: [
    ("vgg-d", "3x16x16", "features.30", "[512, 1, 1]"),
    ("alexnet", "3x32x32", "pool3", "[256, 1, 1]"),
    ("googlenet", "3x64x64", "aux1.pool1", "[512, 4, 4]"),
    ("inception-v4", "3x64x64", "reductionB.branch1.pool1", "[1024, 2, 2]"),
    ("lenet-5", "1x24x24", "c5", "[16, 3, 3]"),
  ])
  func imageTooSmall(model: String, size: String, layer: String, shape: String) throws {
    for subcommand in ["summary", "gradcheck", "bench --model"] {
      try expectRefusal(
        "\(subcommand) \(model) --input-size \(size)", naming: "network \(model), layer \(layer): ",
        "does not fit the input \(shape)", "larger images")
    }
  }

  @Test func imagesOfTheDataTooSmall() throws {
    let data = try IDXFolder(in: folder)
    try expectRefusal(
      "train --model vgg-a --data \(data.path) --output \(folder.path("run"))",
      naming: "vgg-a", "features.15", "[512, 1, 1]")
  }

  /// The networks of the zoo keep their groups whole; a described network need not.
  @Test(arguments: [
    (AnyLayer(Conv2D(4, kernel: 1, groups: 2)), "the 3 channels of the input [3, 4, 4]"),
    (AnyLayer(Conv2D(4, kernel: 1, groups: 3)), "4 output channels"),
    (AnyLayer(LocalResponseNorm(alphaReading: .sum, groups: 2)), "the 3 channels of the input"),
  ])
  func channelsThatGroupsDoNotDivide(layer: AnyLayer, part: String) throws {
    let network = Network("grouped", input: [3, 4, 4]) {
      NetworkElement(name: "towers", .layer(layer))
      Dense(2)
    }
    let path = folder.path("w.safetensors")
    let description = String(decoding: try JSONEncoder().encode(network), as: UTF8.self)
    try SafeTensorsFile.write(tensors: [], metadata: ["network": description], to: path)
    try NumPyArray(shape: [3, 4, 4], storage: .uint8(Array(repeating: 0, count: 48)))
      .write(to: folder.path("x.npy"))
    try expectRefusal(
      "predict --weights \(path) --input \(folder.path("x.npy")) --output \(folder.path("y.npy"))",
      naming: "network grouped, layer towers: ", part, "cannot be divided by")
  }

  /// Same names, same shapes, another network.
  @Test(arguments: [
    ("cifar-resnet-20", "cifar-plain-20"), ("resnet-50", "resnet-50-torchvision"),
    ("vgg-a", "vgg-a-lrn"), ("alexnet", "caffenet"),
  ])
  func weightsOfAnotherVariant(trained: String, other: String) throws {
    let size = trained == "alexnet" ? 67 : 32
    let data = try IDXFolder(in: folder, train: 4, test: 4, side: size)
    let run = folder.path("run")
    let train = "train --data \(data.path) --width 0.02 --batch-size 4 --workers 1 --epochs 1"
    try ToolRun("\(train) --model \(trained) --output \(run)").expectSuccess()
    for command in ["evaluate --data \(data.path) --width 0.02", train] {
      try expectRefusal(
        "\(command) --model \(other) --weights \(run)", naming: run, "do not fit", other,
        "made with \(trained)")
    }
    try expectRefusal(
      "\(train) --model \(other) --resume \(run) --epochs 2", naming: run, trained, other)
  }

  @Test func unknownLossNamesTheKnownOnes() throws {
    try expectRefusal(
      "train --model mlp --loss hinge", naming: "'hinge'", "--loss", "cross-entropy",
      "binary-cross-entropy", "mse", "radial-basis")
  }

  @Test(arguments: ["mse", "binary-cross-entropy", "radial-basis"])
  func labelSmoothingBelongsToTheCrossEntropy(loss: String) throws {
    try expectRefusal(
      "train --model mlp --data shapes:50,20 --loss \(loss) --label-smoothing 0.1",
      naming: "--label-smoothing", "--loss \(loss)")
  }

  @Test func syncBatchNormNeedsBatchNormalization() throws {
    try expectRefusal(
      "train --model lenet --data shapes:50,20 --sync-bn", naming: "lenet", "leave out --sync-bn")
  }

  @Test func microBatchesWouldChangeBatchNormalization() throws {
    try expectRefusal(
      "train --model cifar-resnet-20 --width 0.1 --data shapes:50,20 --workers 1 --batch-size 8 "
        + "--micro-batch-size 4", naming: "bn1", "all 8 images", "leave out --micro-batch-size")
  }

  @Test(arguments: [
    ("--shards 4 --workers 2", "4 shards have 2 workers", "--workers"),
    ("--workers 2 --grad-accum-steps 2", "several mini-batches", "--grad-accum-steps"),
  ])
  func syncBatchNormNeedsAWorkerForEachShard(
    options: String, problem: String, remedy: String
  ) throws {
    try expectRefusal(
      "train --model cifar-resnet-20 --width 0.1 --data shapes:50,20 --sync-bn \(options)",
      naming: "bn1", problem, remedy)
  }

  /// A variance needs two values. Of 40 images the last of 39 is a mini-batch of its own.
  @Test(arguments: [
    "--batch-size 2 --workers 1 --shards 2", "--batch-size 39 --workers 1",
    "--batch-size 39 --workers 2 --sync-bn",
  ])
  func batchNormalizationOfOneValue(options: String) throws {
    let data = try IDXFolder(in: folder, side: 4)
    try expectRefusal(
      "train --model cifar-resnet-20 --width 0.1 --data \(data.path) --no-output "
        + options,
      naming: "layer3.", "one value per channel", "batch", "larger images")
  }
}
