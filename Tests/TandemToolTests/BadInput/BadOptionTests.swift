import Testing

/// Option values that make no sense are refused with the option's name before anything is done.
@Suite struct BadOptionTests {
  @Test(arguments: [
    "train --model mlp --batch-size 0", "train --model mlp --batch-size -3",
    "train --model mlp --batch-size ten", "train --model mlp --epochs 0",
    "train --model mlp --workers 0", "train --model mlp --shards 0",
    "train --model mlp --steps 0", "train --model mlp --limit-train 0",
    "train --model mlp --limit-test 0", "train --model mlp --lr 0", "train --model mlp --lr -1",
    "train --model mlp --lr nan", "train --model mlp --dropout 1",
    "train --model mlp --dropout -0.1",
    "train --model mlp --clip-grad 0", "train --model mlp --label-smoothing 2",
    "train --model mlp --grad-accum-steps 0", "train --model mlp --checkpoint-every-steps 0",
    "train --model mlp --seed -1", "train --model mlp --shuffle maybe",
    "train --model mlp --normalize no", "train --model mlp --lr-milestones 3,x",
    "train --model mlp --lr-warmup-epochs -1", "bench --batch-size 0", "bench --steps 0",
    "bench --workers 0", "bench --micro-batch-size 0", "gradcheck mlp --samples 0",
    "gradcheck mlp --tolerance 0",
    "train --model mlp --batch-size 99999999999999999999", "bench --steps 4611686018427387904",
    "gradcheck mlp --batch-size 1000000000", "doctor --batch-size 1000000000",
    "doctor --batch-size 0", "evaluate --weights x --workers 0", "summary mlp --num-classes 0",
    "train --model mlp --batch-size 9223372036854775807",
    "train --model mlp --epochs 9223372036854775807",
    "train --model mlp --lr-warmup-epochs 3000000000",
    "train --model mlp --grad-accum-steps 9223372036854775807",
    "bench --batch-size 2147483647 --steps 2147483647",
    "train --model mlp --bucket-mb 0", "train --model mlp --bucket-mb many",
    "train --model mlp --wire fp16", "train --model mlp --wire 16", "bench --wire bfloat16",
    "bench-exchange --wire none",
    "train --model mlp --bucket-mb 2048", "bench --bucket-mb nan",
    "train --model mlp --stall-timeout 0", "evaluate --weights x --stall-timeout 1.5",
    "train --model mlp --mesh 1x0", "bench --mesh two", "bench --parallelism tensor",
    "bench --mesh 1x2 --network 10gbit", "train --model mlp --latency 5",
    "bench --mesh 1x2 --parallelism auto --network slow",
    "train --model mlp --pieces 0", "bench --pieces 1025",
    "train --model mlp --precision fp16", "bench --precision float32",
    "train --model mlp --lr-base-size 0", "train --model mlp --weights-strict maybe",
  ])
  func valueOutOfRange(_ line: String) throws {
    let words = line.split(separator: " ")
    let option = String(words[words.count - 2])
    let run = try ToolRun(line)
    run.expectFailure(naming: option, "tandem \(words[0]) --help")
    #expect(run.errorLines.count == 1)
  }

  /// What only the library can judge.
  @Test(arguments: [
    "train --model mlp --momentum 1.5", "train --model mlp --weight-decay -1",
    "train --model mlp --opt adam --beta1 1", "train --model mlp --opt rmsprop --opt-eps 0",
    "train --model mlp --opt nadam", "train --model mlp --opt adam --momentum 0.9",
    "train --model mlp --lr-gamma 0.1", "train --model mlp --dropout 0.3",
    "train --model mlp --shards 2 --workers 4", "bench --opt nadam",
    "train --model mlp --trust-coefficient 0.01", "train --model mlp --opt lars --opt-eps 1e-8",
    "train --model mlp --opt lars --trust-coefficient 0",
    "train --model mlp --workers 1 --parallelism model", "train --model mlp --mesh 1x2",
    "train --model mlp --parallelism hybrid --mesh 1x4",
    "train --model mlp --parallelism hybrid --mesh 1x2 --pieces 2",
    "train --model lenet --parallelism auto --mesh 1x2 --pieces 2",
    "bench --layers --parallelism hybrid --mesh 1x2 --pieces 2",
    "bench --parallelism auto --mesh 1x2 --workers 1",
    "bench --parallelism auto --mesh 1x2 --shards 4",
    "train --model cifar-resnet-20 --mesh 1x2 --sync-bn --parallelism auto",
  ])
  func valueThatDoesNotFitTheOthers(_ line: String) throws {
    let words = line.split(separator: " ")
    let run = try ToolRun(line + (words[0] == "train" ? " --data shapes:50,20" : ""))
    run.expectFailure(naming: String(words[words.count - 2]))
    #expect(run.errorLines.count == 1)
  }

  /// Every processor has AVX2 at most as far as oneDNN is told so.
  @Test(arguments: ["train --model mlp --data shapes:50,20", "bench", "bench --forward-only"])
  func precisionThatTheMachineLacks(_ line: String) throws {
    let run = try ToolRun(
      (line + " --precision bf16").split(separator: " ").map(String.init),
      shell: #"DNNL_MAX_CPU_ISA=AVX2 exec "$@""#)
    run.expectFailure(naming: "precision bf16", "AVX-512", "avx2", "--precision fp32")
    #expect(run.errorLines.count == 1)
  }

  /// The parser would take the value for an option, and say only that one is missing.
  @Test(arguments: ["--lr", "--epochs", "--momentum", "--seed"])
  func negativeValueIsNamed(option: String) throws {
    let run = try ToolRun("train --model mlp \(option) -0.5")
    run.expectFailure(naming: "'-0.5'", "'\(option)'", "cannot be negative")
  }

  /// What a script passes whose variable was not set.
  @Test(arguments: ["--output", "--resume", "--weights", "--data"])
  func emptyPathIsRefused(option: String) throws {
    let run = try ToolRun(["train", "--model", "mlp", option, ""])
    run.expectFailure(naming: option, "give a path")
  }

  /// An option that would do nothing is a mistake of its user.
  @Test(arguments: [
    ("--overwrite", "--output"), ("--lr-warmup-decay 0.1", "--lr-warmup-epochs"),
    ("--checkpoint-every-steps 5 --no-output", "--no-output"), ("--lr-base-size 64", "--scale-lr"),
    ("--weights-strict off", "--weights"),
  ])
  func optionWithoutTheOneItNeeds(line: String, needed: String) throws {
    let run = try ToolRun("train --model mlp --data shapes:50,20 " + line)
    run.expectFailure(naming: String(line.split(separator: " ")[0]), needed)
  }

  @Test func gradcheckWithDropoutNeedsDropoutLayers() throws {
    try ToolRun("gradcheck mlp --dropout 0.5").expectFailure(naming: "mlp", "--dropout")
  }

  @Test func unknownScheduleNamesTheKnownOnes() throws {
    try ToolRun("train --model mlp --data shapes:50,20 --lr-scheduler staircase")
      .expectFailure(naming: "staircase", "cosine")
  }

  @Test(arguments: ["train", "bench", "doctor"])
  func unknownModel(subcommand: String) throws {
    let data = subcommand == "train" ? " --data shapes:50,20" : ""
    let run = try ToolRun("\(subcommand) --model simple-convnt\(data)")
    run.expectFailure(naming: "\"simple-convnt\"", "simple-convnet")
    #expect(run.errorLines.count == 1)
  }

  @Test func trainNeedsAModel() throws {
    try ToolRun("train --data shapes:50,20").expectFailure(naming: "--model", "tandem models")
  }

  @Test func weightsAndResumeExcludeEachOther() throws {
    try ToolRun("train --model mlp --weights a --resume b")
      .expectFailure(naming: "--weights", "--resume")
  }
}
