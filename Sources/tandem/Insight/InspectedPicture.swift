import Tandem
import TandemImage
import TandemInsight

/// A picture as a network sees it.
struct InspectedPicture {
  /// `[C, H, W]`, normalised.
  let pixels: [Float]
  /// What these look like, in the colours of the file.
  let picture: Picture

  /// How pictures become what a network sees.
  struct Preparation {
    let recipe: PictureRecipe
    let normalization: Normalization

    /// - Throws: `InsightError.noPictures`, `ValidationError`.
    init(for network: Network, _ file: ModelFile, _ scaling: PixelScaling) throws {
      let shape = network.inputShape
      guard shape.rank == 3, [1, 3].contains(shape[0]) else {
        throw InsightError.noPictures(network: network.name, input: shape)
      }
      recipe =
        file.pictureRecipe.flatMap { $0.imageShape == shape ? $0 : nil }
        ?? PictureRecipe(imageShape: shape)
      normalization = try scaling.normalization(file, channels: shape[0])
    }
  }

  /// - Parameters:
  ///   - path: of a file, or `-` for standard input.
  ///   - scaling: for weights that do not say how pixels are scaled.
  /// - Throws: `FileError`, `SheetError` for what is no picture, `InsightError.noPictures`.
  init(
    _ path: String, for network: Network, _ file: ModelFile, _ scaling: PixelScaling
  ) throws {
    let shape = network.inputShape
    let prepared = try Preparation(for: network, file, scaling)
    let (recipe, normalization) = (prepared.recipe, prepared.normalization)
    let plain = Normalization.unitScale(channels: shape[0])
    let input: PictureInput = path == "-" ? .standardInput : .file(path)
    let bytes = try input.read()
    do {
      pixels = try recipe.images(of: bytes, .middle, normalization)
      picture = Picture(image: try recipe.images(of: bytes, .middle, plain), shape: shape)
    } catch let error as PictureError {
      throw SheetError.picture(path: path, error)
    }
  }
}
