import ArgumentParser
import Foundation
import Tandem
import TandemImage

/// `tandem show-batch`: the images that a training begins with, and their labels.
struct ShowBatchCommand: SavingCommand {
  static let configuration = CommandConfiguration(
    commandName: "show-batch",
    abstract: "Show the first images of a training with their labels, as the network sees them.",
    discussion: """
      The images are the first ones of an epoch's order, augmented as in a training with the same \
      options and seed. Erased parts have the mean colour.

      Example:
        tandem show-batch --data shapes --augment shapes --output sheet.png
        tandem show-batch --data shapes --epoch 2 --count 36 --output sheet.png
      """
  )

  @OptionGroup(title: "Data")
  var data: DataOptions

  @OptionGroup(title: "Augmentation")
  var augmentation: AugmentationOptionGroup

  @OptionGroup
  var sheet: SheetOptions

  @Option(
    help: ArgumentHelp("Show this epoch's images. (default: 1)", valueName: "n"),
    transform: atLeast(1))
  var epoch = 1

  @Option(
    help: ArgumentHelp(
      "A new order of the training images in each epoch, or none.", valueName: "how"))
  var shuffle = ShuffleChoice.epoch

  @Option(help: ArgumentHelp("Seed of the training. (default: 0)", valueName: "n"))
  var seed: UInt64 = 0

  @Flag(help: "Print JSON.")
  var json = false

  var savesResults: Bool { true }

  func validate() throws { _ = try augmentation.augmentation(crop: data.pictures.crop) }

  func run() throws {
    let opened = try data.open(.training)
    let preset = augmentation.augment
    let pair = try data.pair(opened, seed: seed, in: .solo) { parts in
      try data.pictures.recipe(for: parts, network: [3, 224, 224], preset: preset)
    }
    data.noteKeptSize(opened, preset, in: .solo)
    let train = pair.train
    var augmentation = try augmentation.augmentation(crop: data.pictures.crop) ?? Augmentation()
    try augmentation.check(for: train)
    augmentation.colourNoise = try augmentation.colourNoise?.measured(on: train)
    let dataset = AugmentedDataset(train, augmentation, seed: seed)
    let sampler = Sampler(count: train.count, seed: seed, shuffle: shuffle == .epoch)
    let order = sampler.order(epoch: epoch - 1).prefix(sheet.count)
    // Erased parts are 0 after normalisation, so that has to be done, and undone.
    let normalization = try Normalization.statistics(of: train)
    let entries = try order.map { index in
      var image = [Float](repeating: 0, count: train.imageShape.elementCount)
      try dataset.readImage(
        Int(index), epoch: epoch - 1, normalization: normalization, into: &image)
      normalization.undo(on: &image)
      return (
        picture: Picture(image: image, shape: train.imageShape),
        label: train.classNames[Int(train.label(Int(index)))]
      )
    }
    let size = try sheet.write(entries)
    if json {
      try printJSON(
        SheetReport(
          source: data.source, output: sheet.output, pictures: entries.count, size: size,
          augmentation: augmentation))
    } else {
      printReport(
        "\(counted(entries.count, "image")) of epoch \(epoch) of \(data.source), \(size) pixels in "
          + "\(sheet.output): \(augmentation)".messageLine)
    }
  }
}

extension Normalization {
  /// Brings an image `[C, H, W]` back into its own scale.
  fileprivate func undo(on image: inout [Float]) {
    let plane = image.count / mean.count
    for index in image.indices {
      image[index] = image[index] * standardDeviation[index / plane] + mean[index / plane]
    }
  }
}
