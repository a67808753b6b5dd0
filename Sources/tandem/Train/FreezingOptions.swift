import ArgumentParser
import Tandem

/// Which layers are trained, and how fast: for networks that start with weights of another
/// training.
struct FreezingOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Do not train parameters or layers of this name, in which * stands for anything: 'features.*'. "
        + "Repeatable.", valueName: "pattern"),
    transform: pattern)
  var freeze: [String] = []

  @Option(
    help: ArgumentHelp(
      "Do not train what comes before this layer.", valueName: "layer"),
    transform: pattern)
  var unfreezeFrom: String?

  @Option(
    help: ArgumentHelp(
      "Multiply the learning rate of parameters or layers of this name: 'features.*=0.1'. Repeatable.",
      valueName: "pattern=factor"),
    transform: scale)
  var lrScale: [LearningRateScale] = []

  @Option(
    help: ArgumentHelp(
      "Learning rate of the last layer, that of the outputs, instead of --lr.", valueName: "rate"),
    transform: positiveNumber)
  var headLr: Double?

  func apply(to options: inout TrainingOptions) {
    options.freeze = freeze
    options.unfreezeFrom = unfreezeFrom
    options.learningRateScales = lrScale
    options.headLearningRate = headLr.map { Float($0) }
  }

  @Sendable private static func pattern(_ text: String) throws -> String {
    guard !text.isEmpty else { throw ValidationError("give a layer's name, for example conv1") }
    return text
  }

  @Sendable private static func scale(_ text: String) throws -> LearningRateScale {
    guard let sign = text.lastIndex(of: "="), sign > text.startIndex,
      let factor = Float(text[text.index(after: sign)...]), factor.isFinite, factor > 0
    else {
      throw ValidationError(
        "give a name and a factor greater than 0, for example 'features.*=0.1'")
    }
    return LearningRateScale(String(text[..<sign]), factor)
  }
}
