import ArgumentParser
import Tandem
import TandemNetwork

/// How a folder of pictures is read, and what images are made of its pictures.
struct PictureOptionGroup: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Images of this size from pictures, and with C this many channels: 150, 150x200, 3x150x200.",
      valueName: "[Cx]HxW"),
    transform: pictureShape)
  var inputSize: PictureShape?

  @Option(
    help: ArgumentHelp(
      "Resize pictures before a part is cut out: as small as can be (cover), the shorter side to n pixels, "
        + "or to the images' size whatever their proportions (stretch).",
      valueName: "cover|n|stretch"),
    transform: pictureResize)
  var resize: PictureRecipe.Resize?

  @Option(
    help: ArgumentHelp(
      "Which part of a resized picture becomes an image in training: the middle, or a random one at each "
        + "use.", valueName: "center|random"))
  var crop: PictureRecipe.Crop?

  @Option(
    name: [.long, .customLong("val-split")],
    help: ArgumentHelp(
      "Split so much of each class of the training images off to measure with while training, for example "
        + "0.1.",
      valueName: "share"),
    transform: share)
  var validationSplit: Double?

  @Option(
    help: ArgumentHelp(
      "Decides which images are split off.", valueName: "n"))
  var splitSeed: UInt64 = 0

  @Flag(help: "Leave broken pictures out, with a list, instead of ending before the first epoch.")
  var skipBroken = false

  @Flag(
    help:
      "Read and decode all pictures, list the folder anew, and let ranks compare the files' contents."
  )
  var verifyData = false

  @Option(
    help: ArgumentHelp(
      "Keep resized pictures, so that each is decoded once: nowhere, in memory, or in the cache folder for "
        + "the next run too.", valueName: "none|ram|disk"))
  var cache = PictureCache.none

  /// How the folder is read.
  var options: PictureOptions {
    var options = PictureOptions()
    options.validationShare = validationSplit
    options.splitSeed = splitSeed
    options.skipsBroken = skipBroken
    options.verifies = verifyData
    options.cache = cache
    return options
  }

  /// The first option that is about pictures only; nil if none is given.
  private var given: String? {
    if inputSize != nil { return "--input-size" }
    if resize != nil { return "--resize" }
    if crop != nil { return "--crop" }
    if skipBroken { return "--skip-broken" }
    if verifyData { return "--verify-data" }
    return cache == .none ? nil : "--cache"
  }

  /// Data sets of arrays have images already.
  /// - Throws: `ValidationError`.
  func requireNone(for source: String, use: PictureFolder.Use) throws {
    if validationSplit != nil, use == .measuring {
      throw ValidationError(
        "--validation-split is for training, and \(source) is measured with its own test images; leave it "
          + "out")
    }
    guard let given else { return }
    throw ValidationError(
      "\(given) is about folders of pictures, and \(source) is a data set of arrays; leave it out")
  }

  /// The images that are made of pictures: their shape as asked for, else that of small pictures of
  /// one size, else the network's own.
  ///
  /// - Parameters:
  ///   - own: the shape of the images that the network was made for.
  ///   - saved: how pictures were prepared when its weights were trained.
  ///   - preset: of augmentation; has a say where options are left out.
  /// - Throws: `ValidationError`.
  func recipe(
    for parts: PictureParts, network own: Shape, saved: PictureRecipe? = nil,
    preset: AugmentationPreset? = nil
  ) throws -> PictureRecipe {
    let ownImage = own.rank == 3 ? own : nil
    let kept = saved?.imageShape
    guard let channels = inputSize?.channels ?? kept?[0] ?? ownImage?[0] ?? Optional(3),
      let size = inputSize.map({ ($0.height, $0.width) }) ?? kept.map({ ($0[1], $0[2]) })
        ?? parts.thumbnailSize.map({ ($0.height, $0.width) }) ?? ownImage.map({ ($0[1], $0[2]) })
    else {
      throw ValidationError(
        "the network takes \(own.elementCount) numbers and not images; give the images' size with "
          + "--input-size")
    }
    guard [1, 3].contains(channels) else {
      throw ValidationError(
        "the network takes images of \(channels) channels; pictures have 1 or 3, so choose another one"
      )
    }
    let crop = crop ?? saved?.crop ?? preset?.crop ?? .center
    // A random part needs some more than it shows.
    let isRoomy = crop == .random || preset?.crop != nil
    let usual: PictureRecipe.Resize =
      isRoomy ? PictureRecipe.roomyResize(height: size.0, width: size.1) : .cover
    return PictureRecipe(
      imageShape: [channels, size.0, size.1], resize: resize ?? saved?.resize ?? usual, crop: crop)
  }
}

extension PictureRecipe.Crop: ExpressibleByArgument {}
extension PictureCache: ExpressibleByArgument {}
