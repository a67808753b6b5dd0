import ArgumentParser
import Tandem

/// Which devices share the work, and of how many images.
struct PlannedDevices: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The devices: data parts of a batch x devices that share each, for example 1x2.",
      valueName: "DxM"),
    transform: dataByModel)
  var mesh: Mesh?

  @Option(
    name: [.customShort("b"), .long],
    help: ArgumentHelp(
      "Images per step, of all devices together. (default: 128)", valueName: "n"),
    transform: atLeast(1))
  var batchSize: Int?

  @OptionGroup
  var inPieces: PieceOptions

  var pieces: Int? { inPieces.pieces }

  /// - Throws: `ValidationError` if devices would have nothing to do.
  func step(_ mesh: Mesh) throws -> StepSetting {
    let batchSize = batchSize ?? 128
    try mesh.requireImages(batchSize)
    let pieces = pieces ?? 1
    guard pieces <= batchSize / mesh.devices else {
      throw ValidationError(
        "--pieces \(pieces) are more than the \(batchSize / mesh.devices) images that a device has of a "
          + "batch; use fewer")
    }
    return StepSetting(batchSize: batchSize, pieces: pieces)
  }
}

extension Mesh {
  /// - Throws: `ValidationError` if some device would have nothing to do in a step of so many
  ///   images.
  func requireImages(_ batchSize: Int) throws {
    guard batchSize >= devices else {
      throw ValidationError(
        "--batch-size \(batchSize) has no image for each of the \(devices) devices of the "
          + "--mesh \(self); use a larger one")
    }
  }
}

/// `1x2`
let dataByModel: @Sendable (String) throws -> Mesh = { text in
  guard let mesh = Mesh(text) else {
    throw ValidationError(
      "give data parts x devices of each, for example 1x2; each from 1 to \(Mesh.most)")
  }
  return mesh
}

extension Parallelism: ExpressibleByArgument {}
