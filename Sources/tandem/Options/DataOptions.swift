import ArgumentParser
import Logging
import Tandem
import TandemTensor

/// The data set, and how much of it.
struct DataOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The data set: 'shapes' or 'shapes:TRAIN,TEST' (generated), mnist, fashion-mnist, cifar-10 or "
        + "cifar-100 (fetched once), a folder with the files of MNIST, Fashion-MNIST, EMNIST or CIFAR "
        + "(binary), a Keras-style .npz file, or a folder of pictures "
        + "(train/CLASS/..., val/CLASS/...), a table of them (.csv) or an archive (.tar). A training "
        + "that is kept needs it. (default: shapes)",
      valueName: "path"),
    completion: .file(), transform: nonEmptyPath)
  var data: String?

  @Option(
    help: ArgumentHelp("Use only the first n training images.", valueName: "n"),
    transform: atLeast(1))
  var limitTrain: Int?

  @Option(
    help: ArgumentHelp("Use only the first n images to measure with.", valueName: "n"),
    transform: atLeast(1))
  var limitTest: Int?

  /// The data set as the user wrote it.
  var source: String { data ?? "shapes" }

  /// Says that it is not the user's own data that is used, where none is named.
  /// - Parameter use: what is done with it, as in "training on".
  func noteDefault(_ use: String, in job: Job) {
    guard data == nil, job.rank == 0 else { return }
    Logger(label: "tandem.tool").notice("no --data given: \(use) the built-in shapes")
  }

  @OptionGroup
  var pictures: PictureOptionGroup

  /// Reads a data set of arrays, or lists pictures.
  func open(_ use: PictureFolder.Use) throws -> OpenedData {
    let data = try listing {
      try DatasetSource.open(source, use: use, pictures: pictures.options) { line in
        guard LaunchEnvironment.current.speaks else { return }
        Logger(label: "tandem.tool").notice("\(line)")
      }
    }
    guard case .images(let pair) = data else { return data }
    try pictures.requireNone(for: source, use: use)
    guard let share = pictures.validationSplit else { return data }
    return .images(try pair.splittingValidation(share: share, seed: pictures.splitSeed))
  }

  /// Lists all broken pictures, of which the error names the first ones.
  private func listing<Result>(_ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch let error as PictureFolderError {
      if case .broken(let pictures, _) = error.fact, LaunchEnvironment.current.speaks {
        StandardErrorLog.warn(BrokenPicture.lines(pictures))
      }
      throw error
    }
  }

  /// The data set, as much of it as is asked for.
  ///
  /// - Parameters:
  ///   - seed: decides which parts of pictures are cut out.
  ///   - recipe: makes images of pictures, where there are any.
  func pair(
    _ data: OpenedData, seed: UInt64, in job: Job, recipe: (PictureParts) throws -> PictureRecipe
  ) throws -> DatasetPair {
    switch data {
    case .images(let pair): return pair.limited(train: limitTrain, test: limitTest)
    case .pictures(let parts):
      let recipe = try recipe(parts)
      let pair = try parts.datasets(recipe, seed: seed)
      if job.rank == 0 { tell(parts, recipe) }
      return pair.limited(train: limitTrain, test: limitTest)
    }
  }

  /// The data set as trained weights see it: of pictures the middles, resized as in training.
  /// - Parameter shape: of the network's images, `[C, H, W]`.
  func middles(
    _ use: PictureFolder.Use, as shape: Shape, of weights: ModelFile
  ) throws -> DatasetPair {
    try pair(self.open(use), seed: 0, in: .solo) { parts in
      let recipe = try pictures.recipe(for: parts, network: shape, saved: weights.pictureRecipe)
      return PictureRecipe(imageShape: recipe.imageShape, resize: recipe.resize, crop: .center)
    }
  }

  /// Says that images which are no pictures have nothing to be cut out of.
  func noteKeptSize(_ opened: OpenedData, _ preset: AugmentationPreset?, in job: Job) {
    guard let preset, preset.crop != nil, case .images(let pair) = opened, job.rank == 0 else {
      return
    }
    Logger(label: "tandem.tool").notice(
      """
      --augment \(preset.rawValue) also resizes pictures in folders and cuts out parts; the images \
      of \(source) are arrays and stay as large as they are, \(pair.train.imageShape)
      """)
  }

  /// Says what was found and what becomes of it.
  private func tell(_ parts: PictureParts, _ recipe: PictureRecipe) {
    let log = Logger(label: "tandem.tool")
    log.notice("\(parts.summary)")
    StandardErrorLog.warn(parts.notes)
    var line = "pictures become images of \(recipe.imageShape), \(recipe.text)"
    if pictures.cache != .none {
      let bytes =
        PictureDataset.cacheBytes(parts.training, recipe)
        + PictureDataset.cacheBytes(parts.measured, recipe)
      line +=
        "; resized ones are kept \(pictures.cache == .ram ? "in memory" : "on the disk"), "
        + "\(mebibytes(bytes)) for all"
    }
    log.notice("\(line)")
  }
}
