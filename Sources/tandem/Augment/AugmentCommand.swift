import ArgumentParser
import Foundation
import Tandem
import TandemImage

/// `tandem augment`: what augmentation makes of one picture.
struct AugmentCommand: SavingCommand {
  static let configuration = CommandConfiguration(
    commandName: "augment",
    abstract: "Show what augmentation makes of a picture, on a sheet of examples.",
    discussion: """
      The sheet shows what the picture would be in the first epochs of a training with the same seed, \
      as the first of its pictures. Colour noise is along the picture's own colours.

      Example:
        tandem augment --input cat.jpg --augment cats-dogs --output sheet.png
        tandem augment --input a.png --rotation-range 20 --count 16 --output sheet.png
      """
  )

  @Option(
    help: ArgumentHelp("The picture.", valueName: "file"), completion: .file(),
    transform: nonEmptyPath)
  var input: String

  @Option(
    help: ArgumentHelp(
      "Make images of this size; the picture's own unless given.", valueName: "HxW"),
    transform: sheetPictureSize)
  var inputSize: PictureSize?

  @OptionGroup
  var sheet: SheetOptions

  @OptionGroup(title: "Augmentation")
  var augmentation: AugmentationOptionGroup

  @Option(help: ArgumentHelp("Decides what is drawn. (default: 0)", valueName: "n"))
  var seed: UInt64 = 0

  @Flag(help: "Print JSON.")
  var json = false

  var savesResults: Bool { true }

  func validate() throws { _ = try augmentation.augmentation() }

  func run() throws {
    let picture = try read()
    var augmentation = try augmentation.augmentation() ?? Augmentation()
    try augmentation.check(for: picture.imageShape)
    augmentation = try augmentation.measured(on: picture)
    let size = inputSize ?? picture.size
    let recipe = recipe(for: picture, size)
    let entries = (0..<sheet.count).map { epoch in
      var transform = augmentation.transform(
        of: picture.size, to: size, seed: seed, epoch: epoch, sample: 0)
      // A part is chosen of the whole picture, before it is resized.
      let part = augmentation.randomResizedCrop == nil ? nil : transform.window
      transform.window = nil
      let image =
        part.map { picture.resized($0, of: picture.size, to: size) }
        ?? recipe.image(of: picture, seed: seed, epoch: epoch)
      var result = [Float](repeating: 0, count: recipe.imageShape.elementCount)
      transform.apply(to: image.image, of: recipe.imageShape, into: &result)
      transform.erase(&result, channels: recipe.imageShape[0], with: 0.5)
      return (picture: Picture(image: result, shape: recipe.imageShape), label: "\(epoch + 1)")
    }
    let sheetSize = try sheet.write(entries)
    if json {
      try printJSON(
        SheetReport(
          source: input, output: sheet.output, pictures: sheet.count, size: sheetSize,
          augmentation: augmentation))
    } else {
      printReport(
        "\(counted(sheet.count, "picture")) made of \(input), \(sheetSize) pixels in "
          + "\(sheet.output): \(augmentation)".messageLine)
    }
  }

  /// How the picture becomes an image, as `train` would have it of a folder.
  private func recipe(for picture: Picture, _ size: PictureSize) -> PictureRecipe {
    let crop = augmentation.augment?.crop
    return PictureRecipe(
      imageShape: [picture.channels.rawValue, size.height, size.width],
      resize: crop == nil
        ? .cover : PictureRecipe.roomyResize(height: size.height, width: size.width),
      crop: crop ?? .center)
  }

  private func read() throws -> Picture {
    let file = try MappedFile(path: input)
    do throws(PictureError) {
      return try file.withBytes { (bytes) throws(PictureError) in
        try PictureDecoder.decode(bytes)
      }
    } catch {
      throw SheetError.picture(path: input, error)
    }
  }
}

extension Augmentation {
  /// With colour noise along the axes of a picture's own colours.
  fileprivate func measured(on picture: Picture) throws -> Augmentation {
    guard let noise = colourNoise else { return self }
    var augmentation = self
    augmentation.colourNoise = try noise.measured(
      on: InMemoryDataset(
        name: "picture", imageShape: picture.imageShape, classNames: [""],
        pixels: .float32(picture.image), labels: [0]))
    return augmentation
  }
}

extension PictureRecipe {
  /// The image of a picture in one epoch of a training, as its first picture.
  fileprivate func image(of picture: Picture, seed: UInt64, epoch: Int) -> Picture {
    let whole = resized(picture.size)
    return picture.resized(
      to: whole, keeping: part(of: whole, seed: seed, epoch: epoch, sample: 0))
  }
}

/// `150`, a square, or `150x200`, height by width.
let sheetPictureSize: @Sendable (String) throws -> PictureSize = { text in
  let sides = text.split(separator: "x", omittingEmptySubsequences: false).compactMap { Int($0) }
  guard (1...2).contains(sides.count), sides.allSatisfy({ (1...16_384).contains($0) }),
    text.split(separator: "x", omittingEmptySubsequences: false).count == sides.count
  else { throw ValidationError("give height x width, for example 150x150") }
  return PictureSize(width: sides[sides.count - 1], height: sides[0])
}
