import Dispatch
import Foundation
import Synchronization
import TandemData
import TandemImage
import TandemInsight
import TandemNetwork
import TandemProcess
import TandemTensor
import TandemTraining

/// A page on which one draws or drops a picture, and a trained network answers: how likely each
/// class is, and what in the picture speaks for it (Grad-CAM). The same picture has the same
/// answer.
package final class ServedNetwork: Sendable {
  /// The network, and how pictures become what it sees.
  package struct Model {
    let network: Network
    let file: ModelFile
    let recipe: PictureRecipe
    let normalization: Normalization

    package init(
      network: Network, file: ModelFile, recipe: PictureRecipe, normalization: Normalization
    ) {
      self.network = network
      self.file = file
      self.recipe = recipe
      self.normalization = normalization
    }
  }

  /// Of a file, and of its pixels, which a small file can have many of.
  package static let mostBytes = 16 << 20
  package static let mostPixels = 40_000_000

  private let server: PageServer
  /// What the user should know about the weights, each in one line.
  package let warnings: [String]

  /// - Throws: `InsightError`, what `Inspector` throws, `ListeningError`.
  package init(_ model: Model, at place: PagePlace, workers: Int? = nil) throws {
    let site = try Site(model, workers: workers)
    warnings = site.warnings
    let page = ServePage.answer(
      network: model.network.name, input: model.recipe.imageShape, layer: site.layer)
    var limits = PageLimits()
    limits.bodyBytes = Self.mostBytes
    limits.requestSeconds = 60
    let access = PageAccess(token: PageAccess.makeToken(), host: place.host)
    server = try PageServer(place, access, limits: limits) { request in
      try await site.answer(request, page)
    }
  }

  package var address: PageServer.Address { server.address }

  package func start() { server.start() }
}

/// What the page of a network answers.
///
/// Safe to share: `evidence` is used on `queue` only, the rest is constant.
private final class Site: @unchecked Sendable {
  private let model: ServedNetwork.Model
  private let loss: Loss.Kind
  private let evidence: Evidence
  private let names: [String]
  private let queue = DispatchQueue(label: "tandem.serve")
  let warnings: [String]
  let layer: String
  private static let mostClasses = 5
  /// Pixels of the longer side of what is shown, at least and at most.
  private static let shownSides = (least: 160, most: 480)

  init(_ model: ServedNetwork.Model, workers: Int?) throws {
    self.model = model
    evidence = try Evidence(
      network: model.network, weights: model.file, method: .gradCAM, workers: workers)
    warnings = evidence.warnings
    layer = evidence.layer ?? ""
    loss = try model.file.loss ?? Loss.Kind(naturalFor: model.network.graph())
    let known = model.file.classNames ?? []
    names = (0..<evidence.classes).map { known.indices.contains($0) ? known[$0] : "\($0)" }
  }

  func answer(_ request: PageRequest, _ page: PageAnswer) async throws -> PageAnswer {
    switch (request.method, request.path) {
    case ("GET", "/"): return page
    case ("POST", "/answer"):
      let bytes = [UInt8](request.body)
      return try await withCheckedThrowingContinuation { continuation in
        queue.async { [self] in
          continuation.resume(with: Result { .json(try look(at: bytes)) })
        }
      }
    case (_, "/"): throw PageRefusal.wrongMethod(allowed: "GET")
    case (_, "/answer"): throw PageRefusal.wrongMethod(allowed: "POST")
    default: throw PageRefusal.notFound
    }
  }

  /// What the network says of a picture.
  /// - Throws: `PageRefusal` for what is no picture.
  private func look(at bytes: [UInt8]) throws -> String {
    let pixels: [Float]
    let picture: Picture
    do {
      let size = try PictureDecoder.header(of: bytes).size
      guard size.pixelCount <= ServedNetwork.mostPixels else {
        throw PageRefusal.nonsense(
          "The picture has \(size.pixelCount) pixels; at most \(ServedNetwork.mostPixels) are taken."
        )
      }
      pixels = try model.recipe.images(of: bytes, .middle, model.normalization)
      let shape = model.recipe.imageShape
      let plain = Normalization.unitScale(channels: shape[0])
      picture = Picture(
        image: try model.recipe.images(of: bytes, .middle, plain), shape: shape)
    } catch let error as PictureError {
      throw PageRefusal.nonsense("This is no picture that can be read: \(error)".messageLine)
    }
    let answers = Self.answers(try evidence.logits(pixels), loss)
    let ranked = answers.indices.sorted { (-answers[$0].value, $0) < (-answers[$1].value, $1) }
    let shown = Array(ranked.prefix(Self.mostClasses))
    let maps = try evidence.maps(of: pixels, for: shown)
    let base = enlarged(picture)
    let classes = try zip(shown, maps).map { label, map in
      JSONText.object([
        "name": JSONText.string(names[label]), "label": "\(label)",
        "value": JSONText.number(answers[label].value),
        "probability": JSONText.number(answers[label].probability),
        "evidence": JSONText.string(map.isEmpty ? nil : try overlay(map, base)),
      ])
    }
    return JSONText.object([
      "classes": JSONText.array(classes), "picture": JSONText.string(try data(base)),
    ])
  }

  /// One output stands for two classes.
  private static func answers(
    _ logits: [Float], _ loss: Loss.Kind
  ) -> [(value: Float, probability: Float?)] {
    let found = logits.withUnsafeBufferPointer { loss.probabilities(outputs: $0) }
    guard logits.count == 1 else {
      return logits.indices.map { (logits[$0], found?[$0]) }
    }
    return [(-logits[0], found.map { 1 - $0[0] }), (logits[0], found?[0])]
  }

  private func enlarged(_ picture: Picture) -> Picture {
    let longest = max(picture.width, picture.height)
    if longest > Self.shownSides.most {
      return TileGrid.reduced(picture, most: Self.shownSides.most)
    }
    let factor = max(1, Self.shownSides.least / longest)
    return picture.resized(
      to: PictureSize(width: factor * picture.width, height: factor * picture.height),
      filter: .nearest)
  }

  private func overlay(_ map: EvidenceMap, _ base: Picture) throws -> String {
    let values = map.normalized(cuttingOff: EvidenceMethod.gradCAM.cutOff)
      .resized(height: base.height, width: base.width).normalized().values
    return try data(HeatScale.overlay(values, on: base))
  }

  private func data(_ picture: Picture) throws -> String {
    "data:image/png;base64,"
      + Data(try PictureEncoder.png(picture, level: 3)).base64EncodedString()
  }
}
