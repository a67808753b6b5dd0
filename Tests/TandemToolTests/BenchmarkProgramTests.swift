import Foundation
import Testing

/// The programs in Benchmarks/, as far as they can be tried in seconds.
@Suite struct BenchmarkProgramTests {
  private static let programs = DocumentationTests.root.appending(path: "Benchmarks").path

  /// Runs a script of /bin/sh in a folder.
  private static func shell(_ script: String, in folder: TemporaryFolder) throws -> ToolRun {
    try ToolRun([], shell: script, in: folder.url)
  }

  /// They find their modules and need nothing beside Python.
  @Test(arguments: [
    "compare", "scaling", "cluster-scaling", "start", "overlap", "lectures", "centred-pixels",
    "kernels", "layers", "listing", "live", "memory", "pictures",
  ])
  func explainsItself(program: String) throws {
    let run = try Self.shell("exec '\(Self.programs)/\(program)' --help", in: TemporaryFolder())
    run.expectSuccess()
    #expect(run.standardOutput.hasPrefix("usage: \(program) "))
  }

  /// The places of the sign test's table: 1 of 6 and of 8 rounds, 2 of 9, 6 of 20. A ratio that is
  /// known less well than to 10 % is not stated.
  @Test func ratiosHaveTheIntervalOfTheirMedian() throws {
    let code = """
      import measuring
      for count in (6, 8, 9, 20):
          print(measuring.interval(list(range(1, count + 1))[::-1]))
      print(measuring.Ratio([10] * 6, [5, 5, 5, 5.2, 5, 4.9]))
      print(measuring.Ratio([10] * 6, [5, 5, 5, 6, 5, 5]))
      """
    let run = try Self.shell(
      "PYTHONPATH='\(Self.programs)' python3 -c '\(code)'", in: TemporaryFolder())
    run.expectSuccess()
    #expect(
      run.standardOutput
        == "(1, 6)\n(1, 8)\n(2, 8)\n(6, 15)\n2.00 (1.92–2.04)\n? (1.67–2.00)\n")
  }

  /// Times of threads in a folder like /proc: what a page has cost between two looks. Of a thread
  /// that is new all counts, one that has ended is gone.
  @Test func pagesAreChargedWithTheirThreads() throws {
    let folder = try TemporaryFolder()
    let looks: [(String, [(Int, String, Double)])] = [
      (
        "a", [(70, "tandem", 1), (71, "tandem.worker.0", 10), (72, "tandem.live", 2), (73, "x", 3)]
      ),
      (
        "b",
        [
          (70, "tandem", 1.5), (71, "tandem.worker.0", 12.5), (72, "tandem.live", 2.25),
          (74, "tandem", 0.125),
        ]
      ),
    ]
    for (look, threads) in looks {
      for (number, name, seconds) in threads {
        try folder.write(Array("\(name)\n".utf8), to: "\(look)/70/task/\(number)/comm")
        try folder.write(
          Array("\(Int(seconds * 1e9)) 17 4\n".utf8), to: "\(look)/70/task/\(number)/schedstat")
      }
    }
    let code = """
      import thread_times
      before, after = (thread_times.read(70, proc) for proc in "ab")
      print(before[72], after[74], len(before))
      split = thread_times.Split(70, before, after)
      print(split.computing, split.drawing, split.serving)
      print(split.share(0), split.share(1))
      """
    let run = try Self.shell("PYTHONPATH='\(Self.programs)' python3 -c '\(code)'", in: folder)
    run.expectSuccess()
    #expect(
      run.standardOutput
        == "('tandem.live', 2.0) ('tandem', 0.125) 4\n3.0 0.25 0.125\n0.125 0.6875\n")
  }

  /// A tool that answers at once, and refuses to train where it is told so.
  private static let answers = """
    #!/bin/sh
    case "$1" in
    train)
      [ -z "$REFUSES" ] || exit 1
      echo '{"ending": "completed", "trainableParameters": 12345, "imagesPerSecond": 1000,
        "epochs": [
          {"epoch": 1, "learningRate": 0.1, "trainTop1": 0.5, "testTop1": 0.25},
          {"epoch": 2, "learningRate": 0.05, "trainTop1": 0.75, "testTop1": 0.5}]}' ;;
    summary) echo '{"trainableParameters": 12345, "multiplyAdds": 6789012}' ;;
    bench) echo '{"imagesPerSecond": 2000}' ;;
    *) echo "answers 1" ;;
    esac

    """

  /// Every table of the experiments, of a training with known figures; what was trained before is
  /// not trained again.
  @Test(arguments: [
    (
      "normalization",
      [
        "tandem train --model vgg-a --data cifar-10-batches-bin --width 0.25 --opt adam "
          + "--lr 1e-3 --batch-size 128 --lr-scheduler cosine --epochs 10",
        "| vgg-a | 12,345 | 6,789,012 |",
        "| vgg-a-lrn | 12,345 | 2 | 75.0% (75.0%–75.0%) | 50.0% (50.0%–50.0%) | 1,000 | 0.0 |",
        "| epoch | rate | vgg-a | vgg-a-lrn |",
        "| 1 | 0.1 | 50.0% / 75.0% | 50.0% / 75.0% |",
        "| 2 | 0.05 | 25.0% / 50.0% | 25.0% / 50.0% |",
        "| vgg-a-lrn | 500 (500–500) |",
      ]
    ),
    (
      "activations",
      [
        "| network, learning rate | 50% | 45% | 40% | 35% | 30% | 25% |",
        "| cifar-relu 0.003 | 1 | 2 | 2 | 2 | 2 | 2 |",
      ]
    ),
    (
      "reduction",
      ["| reduction-1x1 | 12,345 | 6,789,012 |", "| reduction-none | 500 (500–500) |"]
    ),
  ])
  func tellsAnExperiment(name: String, lines: [String]) throws {
    let folder = try TemporaryFolder()
    _ = try CIFARFolder(in: folder)
    try FileManager.default.createDirectory(
      at: folder.url.appending(path: "fashion-mnist"), withIntermediateDirectories: true)
    try folder.write(Array(Self.answers.utf8), to: "answers")
    for refuses in ["", "yes"] {
      let run = try Self.shell(
        "chmod +x answers && REFUSES=\(refuses) exec '\(Self.programs)/lectures' . output "
          + "--tandem ./answers --only \(name)", in: folder)
      run.expectSuccess()
      let printed = run.standardOutput.components(separatedBy: "\n")
      for line in lines { #expect(printed.contains(line), "\(line)\n\(run.standardOutput)") }
    }
  }

  /// A tool whose convolution, of 11×11 and stride 4, takes as many hundredths of a second as its
  /// first word says, and a step a tenth.
  private static let oneConvolution = """
    #!/bin/sh
    hundredths=$1
    case "$2" in
    summary) echo '{"inputShape": [3, 224, 224], "layers": [{"name": "conv1", "kind": "Conv2D",
        "inputs": ["input"], "outputShape": [96, 55, 55], "multiplyAdds": 105415200}]}' ;;
    bench) echo '{"imagesPerSecond": 1280, "operators": [
        {"label": "conv1 forward", "layer": "conv1", "kind": "Conv2D", "implementation": "jit",
         "secondsPerStep": 0.0'$hundredths'},
        {"label": "conv1 input reorder", "layer": "conv1", "kind": "Conv2D",
         "implementation": "simple", "secondsPerStep": 0.0001}]}' ;;
    esac

    """

  /// Of two builds, one of which takes twice as long for a convolution: its kernel and stride
  /// follow from the summary, and what takes less than a two-hundredth of a step is left out.
  @Test func comparesKindsOfOperators() throws {
    let folder = try TemporaryFolder()
    try folder.write(Array(Self.oneConvolution.utf8), to: "tool")
    try folder.write(
      Array(
        """
        import importlib.machinery, importlib.util, types
        import candidates
        loader = importlib.machinery.SourceFileLoader("layers", "\(Self.programs)/layers")
        layers = importlib.util.module_from_spec(importlib.util.spec_from_loader("layers", loader))
        loader.exec_module(layers)
        arguments = types.SimpleNamespace(
            name="2.6", others={"3.7": ["./tool", "4"]}, steps=1, threads=1)
        open("fast", "w").write('#!/bin/sh\\nexec ./tool 2 "$@"\\n')
        import os; os.chmod("fast", 0o755)
        comparison = layers.Comparison(candidates.TASKS[0], arguments, "./fast")
        comparison.run(6)
        for row in [comparison.steps, *comparison.groups]:
            print(*row, sep=" | ")

        """.utf8), to: "rows.py")
    let run = try Self.shell(
      "chmod +x tool && PYTHONDONTWRITEBYTECODE=1 PYTHONPATH='\(Self.programs)' exec python3 rows.py",
      in: folder)
    run.expectSuccess()
    #expect(
      run.standardOutput == """
        alexnet (128, sgd) | 1,280 (1,280–1,280) | 1,280 (1,280–1,280) | 1.00 (1.00–1.00)
        alexnet (128, sgd) | convolution 11×11 / 4 forward | 20.00 | 40.00 | 2.00 (2.00–2.00) | \
        jit → jit

        """)
  }

  /// Saved results can be drawn again; the same table gives the same plot.
  @Test func drawsSavedResults() throws {
    let folder = try TemporaryFolder()
    let table = "'\(Self.programs)/results/cluster-scaling-2026-11-21.csv'"
    let run = try Self.shell(
      """
      if ! python3 -c 'import matplotlib' 2>/dev/null; then echo without matplotlib; fi
      for plot in a b; do python3 '\(Self.programs)/scaling_plot.py' \(table) $plot.svg || exit; done
      """, in: folder)
    if run.standardOutput.hasPrefix("without matplotlib") {
      #expect(run.exitCode == 1)
      #expect(run.errorLines.count == 1)
      #expect(run.standardError.contains("python3-matplotlib"))
      return
    }
    run.expectSuccess()
    let plot = try folder.text("a.svg")
    for title in ["alexnet, strong: 128 images", "alexnet, weak: 64 a worker"] {
      #expect(plot.contains(title), "\(title)")
    }
    #expect(try folder.text("b.svg") == plot)
  }

  /// Where Python cannot make an environment, the comparison goes on without TensorFlow, and says
  /// so.
  @Test func saysThatTensorFlowIsMissing() throws {
    let folder = try TemporaryFolder()
    try folder.write(Array("#!/bin/sh\nexit 1\n".utf8), to: "bin/python3")
    let run = try Self.shell(
      """
      set -eu
      chmod +x bin/python3
      cp '\(Self.programs)/say.sh' '\(Self.programs)/tensorflow-environment.sh' .
      PATH=$PWD/bin:$PATH exec sh -euc '
        . ./tensorflow-environment.sh; echo "python: $tensorflow_python"' ./compare
      """, in: folder)
    run.expectSuccess()
    #expect(run.standardOutput == "python: \n")
    #expect(run.errorLines.count == 2)
    #expect(run.errorLines.allSatisfy { $0.hasPrefix("benchmark: ") })
    #expect(run.standardError.contains("going on without TensorFlow"))
  }
}
