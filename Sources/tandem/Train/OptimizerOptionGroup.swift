import ArgumentParser
import Tandem

/// The optimizer and its numbers. What is not given is PyTorch's default; which optimizer takes
/// which number, and in which range, the library knows.
struct OptimizerOptionGroup: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "One of \(AnyOptimizer.names.joined(separator: ", ")).", valueName: "name"),
    completion: .list(AnyOptimizer.names))
  var opt = TrainingOptions().optimizer.name

  @Option(
    help: ArgumentHelp("Learning rate. (default: the optimizer's)", valueName: "rate"),
    transform: positiveNumber)
  var lr: Double?

  @Option(
    help: ArgumentHelp("Momentum; 0.9 for sgd and lars unless given, else 0.", valueName: "m"))
  var momentum: Double?

  @Flag(help: "Nesterov's form of momentum (sgd).")
  var nesterov = false

  @Option(
    name: [.long, .customLong("wd")],
    help: ArgumentHelp(
      "Weight decay, 0 unless given; 0.01 for adamw and lamb, 0.0005 for lars.", valueName: "d"))
  var weightDecay: Double?

  @Option(
    help: ArgumentHelp(
      "Weight decay of normalizations and biases instead of that of all, for example 0.",
      valueName: "d"),
    transform: numberOrZero)
  var normWeightDecay: Double?

  @Option(
    help: ArgumentHelp("Epsilon of all but sgd and lars.", valueName: "e"))
  var optEps: Double?

  @Option(help: ArgumentHelp("First decay of adam, adamw and lamb.", valueName: "b"))
  var beta1: Double?

  @Option(help: ArgumentHelp("Second decay of adam, adamw and lamb.", valueName: "b"))
  var beta2: Double?

  @Option(help: ArgumentHelp("Decay of rmsprop.", valueName: "a"))
  var alpha: Double?

  @Flag(help: "Centered form of rmsprop.")
  var centered = false

  @Option(help: ArgumentHelp("Decay of adadelta.", valueName: "r"))
  var rho: Double?

  @Option(help: ArgumentHelp("Learning rate decay of adagrad.", valueName: "d"))
  var lrDecay: Double?

  @Option(
    help: ArgumentHelp(
      "Trust coefficient of lars: how far of its norm a parameter moves. (default: 0.001)",
      valueName: "e"))
  var trustCoefficient: Double?

  /// - Throws: `OptimizerError`, which names the option.
  func apply(to options: inout TrainingOptions) throws {
    let optimizer = try AnyOptimizer(
      named: opt,
      options: OptimizerOptions(
        // PyTorch's default for SGD is none.
        momentum: momentum ?? (opt == SGD.name ? SGD.usualMomentum : nil),
        nesterov: nesterov ? true : nil,
        weightDecay: weightDecay, epsilon: optEps, beta1: beta1, beta2: beta2, alpha: alpha,
        centered: centered ? true : nil, rho: rho, learningRateDecay: lrDecay,
        trustCoefficient: trustCoefficient))
    options.optimizer = optimizer
    options.normWeightDecay = normWeightDecay
    if let lr { options.learningRate = Float(lr) }
  }
}
