import Tandem
import TandemNetwork

/// The networks of the zoo with their figures.
struct ModelList {
  struct Model: Encodable {
    let name: String
    let family: String
    let summary: String
    let inputShape: Shape
    let classes: Int
    let trainableParameters: Int
    /// The same number in networks that have no such heads.
    let parametersWithoutAuxiliaryHeads: Int
    /// Multiply-adds of one image, without auxiliary heads.
    let multiplyAdds: Int
    /// Whether `--width` can change it.
    let hasWidth: Bool
  }

  let models: [Model]

  init() throws {
    models = try Zoo.models.map { entry in
      let summary = NetworkSummary(try entry.make().graph())
      return Model(
        name: entry.name, family: entry.family, summary: entry.summary,
        inputShape: entry.inputShape, classes: entry.classes,
        trainableParameters: summary.trainableParameters,
        parametersWithoutAuxiliaryHeads: summary.parametersWithoutAuxiliaryHeads,
        multiplyAdds: summary.multiplyAdds, hasWidth: entry.hasWidth)
    }
  }

  func text() -> String {
    TextTable(
      columns: [
        .left("Model"), .left("Input"), .right("Classes"), .right("Parameters"),
        .right("Without heads"), .right("Multiply-adds"), .left("Description"),
      ],
      rows: models.map { model in
        let hasHeads = model.parametersWithoutAuxiliaryHeads != model.trainableParameters
        return [
          model.name, model.inputShape.description, model.classes.grouped,
          model.trainableParameters.grouped,
          hasHeads ? model.parametersWithoutAuxiliaryHeads.grouped : "",
          model.multiplyAdds.grouped, model.summary,
        ]
      }
    ).text
  }
}
