import Foundation
import Tandem
import Testing

/// `tandem train` with images that differ from epoch to epoch.
@Suite(.serialized) struct AugmentationTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  private func train(_ more: String) throws -> ToolRun {
    try ToolRun("train --model mlp --data shapes:200,40 --epochs 1 --shards 2 --json " + more)
  }

  private func loss(_ more: String) throws -> Double {
    try #require(try train(more).json(as: TrainReport.self).epochs.first).trainLoss
  }

  /// The presets are the options that the documentation says they stand for.
  @Test func presetsAreWhatTheDocumentationSays() throws {
    let file = DocumentationTests.root.appending(path: "docs/command-line.md")
    let document = String(decoding: try Data(contentsOf: file), as: UTF8.self)
    let plain = try loss("")
    for preset in AugmentationPreset.allCases {
      let start = "| `\(preset.rawValue)` | `"
      let row = try #require(document.components(separatedBy: start).dropFirst().first)
      let options = try #require(row.components(separatedBy: "`").first)
      if preset == .alexnet {
        // It is for colours.
        #expect(options == "--horizontal-flip --color-noise 0.1")
        try train("--augment alexnet").expectFailure(
          naming: "colour noise", "3 channels", "--color-noise (give 0")
        try train("--augment alexnet --color-noise 0").expectSuccess()
        continue
      }
      let found = try loss("--augment \(preset.rawValue)")
      #expect(try found == loss(options), "\(preset)")
      #expect(found != plain)
    }
  }

  /// What is given takes the place of the preset's.
  @Test func optionsComeBeforeThePreset() throws {
    let other = try loss("--augment cifar --crop-padding 2")
    #expect(try other == loss("--crop-padding 2 --fill-mode constant --horizontal-flip"))
    #expect(try other != loss("--augment cifar"))
    #expect(
      try loss("--augment cifar --no-horizontal-flip")
        == loss("--crop-padding 4 --fill-mode constant"))
    #expect(
      try loss("--augment imagenet --random-resized-crop off --color-jitter 0,0,0,0")
        == loss("--horizontal-flip"))
    #expect(
      try loss("--augment shapes --no-vertical-flip --no-horizontal-flip")
        == loss(
          "--rotation-range 10 --width-shift-range 0.2 --height-shift-range 0.2 --shear-range 40 "
            + "--zoom-range 0.9,2.2"))
  }

  /// Arrays are not resized, and that is said.
  @Test func whatIsForPicturesOnlyIsTold() throws {
    for (options, tells) in [
      ("--augment imagenet", true), ("--augment cifar", false), ("--horizontal-flip", false),
    ] {
      let run = try train(options)
      run.expectSuccess()
      let line =
        "--augment imagenet also resizes pictures in folders and cuts out parts; the images of "
        + "shapes:200,40 are arrays and stay as large as they are, [1, 24, 24]"
      #expect(run.standardError.contains(line) == tells, "\(run.standardError)")
    }
  }

  /// Every option does something of its own.
  @Test func everyOptionMatters() throws {
    let losses = try [
      "", "--rotation-range 20", "--width-shift-range 3", "--height-shift-range 0.1",
      "--shear-range 20", "--zoom-range 0.2", "--zoom-range 0.5,1", "--horizontal-flip",
      "--vertical-flip", "--random-resized-crop 0.3,0.6", "--channel-shift-range 40",
      "--brightness-range 0.4,0.6", "--color-jitter 0,0.5,0,0", "--trivial-augment",
      "--random-erasing 0.5", "--mixup 0.5", "--cutmix 1",
      "--rotation-range 20 --fill-mode reflect",
      "--rotation-range 20 --fill-mode constant", "--rotation-range 20 --fill-mode wrap",
      "--rotation-range 20 --fill-mode constant --cval 90", "--random-erasing 0.5 --seed 1",
    ].map(loss)
    #expect(Set(losses).count == losses.count, "\(losses)")
  }

  @Test func resumingNeedsTheSame() throws {
    let path = folder.path("run")
    try train("--augment shapes --output \(path)").expectSuccess()
    let again = "--epochs 2 --resume \(path)"
    try train("\(again) --rotation-range 20")
      .expectFailure(naming: "augmentation", "rotation ±20", "rotation ±10")
    try train("\(again)").expectSuccess()
  }

  @Test(arguments: [
    ("--augment nothing", ["--augment", "cats-dogs"]),
    ("--rotation-range -3", ["--rotation-range"]),
    ("--width-shift-range 1.5", ["--width-shift-range", "0.1 or 4"]),
    ("--zoom-range 0,1", ["--zoom-range", "0.8,1.2"]),
    ("--zoom-range 1.5", ["--zoom-range", "0.8,1.2"]),
    ("--brightness-range 1,0.5", ["--brightness-range", "0.8,1.2"]),
    ("--color-jitter 1,1", ["--color-jitter", "0.4,0.4,0.4,0.1"]),
    ("--cval 300 --fill-mode constant", ["--cval", "255"]),
    ("--random-erasing 2", ["--random-erasing", "from 0 to 1"]),
    ("--cval 30 --rotation-range 3", ["--cval", "--fill-mode constant"]),
    ("--fill-mode wrap", ["--fill-mode", "moved"]),
    ("--random-resized-crop 0,1", ["--random-resized-crop", "0.08,1"]),
    ("--horizontal-flip --no-horizontal-flip", ["--horizontal-flip or --no-horizontal-flip"]),
    ("--vertical-flip --no-vertical-flip", ["--vertical-flip or --no-vertical-flip"]),
  ])
  func nonsenseIsRefused(options: String, words: [String]) throws {
    let run = try train(options)
    #expect(run.exitCode == 64 && run.errorLines.count == 1, "\(run.standardError)")
    for word in words { #expect(run.standardError.contains(word), "\(run.standardError)") }
  }
}
