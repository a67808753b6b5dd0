import Foundation
import Tandem
import Testing

/// `--width`, which is spelled the same wherever a network of the zoo is named.
@Suite(.serialized) struct WidthTests {
  @Test func summaryAndGradcheck() throws {
    struct Summary: Decodable { let trainableParameters: Int }
    struct Gradcheck: Decodable {
      struct Parameter: Decodable { let shape: [Int] }
      let passed: Bool
      let parameters: [Parameter]
    }
    let whole = try ToolRun("summary vgg-a --json").json(as: Summary.self)
    let same = try ToolRun("summary vgg-a --width 1 --json").json(as: Summary.self)
    #expect(same.trainableParameters == whole.trainableParameters)
    let narrow = try ToolRun("summary vgg-a --width 0.125 --json").json(as: Summary.self)
    #expect(narrow.trainableParameters * 40 < whole.trainableParameters)

    let check = try ToolRun(
      "gradcheck cifar-resnet-20 --width 0.125 --input-size 3x8x8 -b 2 --samples 1 --json"
    ).json(as: Gradcheck.self)
    #expect(check.passed)
    #expect(check.parameters.first?.shape == [2, 3, 3, 3])
  }

  /// A network of another width is stored as it is.
  @Test func trainedNetworksKeepTheirWidth() throws {
    let folder = try TemporaryFolder()
    let run = folder.path("run")
    let data = "shapes:60,20"
    let train = "train --model cifar-resnet-20 --width 0.25 --data \(data) --output \(run) --json"
    let report = try ToolRun(train + " --epochs 1").json(as: TrainReport.self)
    let expected = try Zoo.network(
      named: "cifar-resnet-20", input: [1, 24, 24], classes: 3, width: 0.25)
    #expect(try ModelFile(contentsOf: run).network == expected)

    try ToolRun("evaluate --weights \(run) --data \(data)").expectSuccess()
    try ToolRun("train --resume \(run) --data \(data) --epochs 2 --json").expectSuccess()
    try ToolRun(train + " --epochs 3 --resume \(run)").expectSuccess()
    // The same weights without the description need the width.
    let bare = folder.path("bare.safetensors")
    let file = try ModelFile(contentsOf: run)
    try writeSafeTensors(file.tensors, to: bare)
    let evaluate = "evaluate --weights \(bare) --model cifar-resnet-20 --data \(data)"
    try ToolRun(evaluate + " --width 0.25").expectSuccess()
    try ToolRun(evaluate).expectFailure(naming: "bare.safetensors", "conv1.weight", "mis-shaped")

    let input = folder.path("x.npy")
    try NumPyArray(shape: [24, 24], storage: .uint8(Array(repeating: 9, count: 576)))
      .write(to: input)
    try ToolRun(
      "predict --weights \(bare) --model cifar-resnet-20 --width 0.25 --input-size 1x24x24 "
        + "--num-classes 3 --input \(input) --output \(folder.path("y.npy"))"
    ).expectSuccess()
    #expect(report.trainableParameters < 30_000)
  }

  @Test(arguments: ["0", "65", "nan"]) func outOfRange(width: String) throws {
    for line in [
      "summary vgg-a", "gradcheck vgg-a", "bench --model vgg-a", "train --model vgg-a --no-output",
    ] {
      try ToolRun("\(line) --width \(width)").expectFailure(naming: "width", "up to 64")
    }
  }

  @Test func networksOfOneWidth() throws {
    try ToolRun("summary lenet --width 2").expectFailure(naming: "lenet", "leave out --width")
  }

  @Test(arguments: [
    "train --resume x", "evaluate --weights x", "predict --weights x --input x --output y",
  ])
  func widthNeedsAModel(line: String) throws {
    try ToolRun(line + " --width 2").expectFailure(naming: "--width", "--model")
  }
}
