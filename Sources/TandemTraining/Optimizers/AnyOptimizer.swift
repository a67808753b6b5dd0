import Synchronization

/// An optimizer of any kind, by name: what a user chooses and a checkpoint stores.
public struct AnyOptimizer: Sendable {
  public let base: any Optimizer

  /// An optimizer of the program's own is known by its name from now on, so that checkpoints may
  /// hold it.
  public init(_ base: some Optimizer) {
    self.base = base
    Self.add(type(of: base))
  }

  private static let own = Mutex<[String: any Optimizer.Type]>([:])

  /// Makes an optimizer of the program's own known to checkpoints, under its name. The first one of
  /// a name counts.
  public static func add(_ kind: any Optimizer.Type) {
    if kinds.contains(where: { $0 == kind }) { return }
    own.withLock { kinds in
      if kinds[kind.name] == nil { kinds[kind.name] = kind }
    }
  }

  /// - Throws: `OptimizerError.nameTaken` if checkpoints would take the optimizer for another one.
  func checkName() throws {
    if try Self.kind(named: name) != type(of: base) { throw OptimizerError.nameTaken(name) }
  }

  /// Every optimizer there is. A new one needs its file and its line here.
  public static let kinds: [any Optimizer.Type] = [
    SGD.self, AdaGrad.self, RMSProp.self, Adam.self, AdamW.self, Adadelta.self, LARS.self,
    LAMB.self,
  ]

  /// The names of those that are built in.
  public static var names: [String] { kinds.map { $0.name } }

  /// - Throws: `OptimizerError.unknown` with the list of names.
  public static func kind(named name: String) throws -> any Optimizer.Type {
    let known = kinds.first { $0.name == name } ?? own.withLock { $0[name] }
    guard let kind = known else {
      throw OptimizerError.unknown(name: name, known: names)
    }
    return kind
  }

  /// The named optimizer with the given hyper-parameters.
  /// - Throws: `OptimizerError`.
  public init(named name: String, options: OptimizerOptions = OptimizerOptions()) throws {
    base = try Self.kind(named: name).init(options)
  }

  public var name: String { type(of: base).name }

  public var defaultLearningRate: Float { type(of: base).defaultLearningRate }

  /// The names of the state's arenas; see `Optimizer.stateNames`.
  public var stateNames: [String] { base.stateNames }

  /// The optimizer if its learning rates depend on norms, so that `update` needs a rate of its own
  /// for each parameter; nil otherwise.
  public var layerwise: (any LayerwiseOptimizer)? { base as? any LayerwiseOptimizer }

  /// See `Optimizer.decaying`.
  func decaying(_ weightDecay: Double) -> AnyOptimizer? {
    base.decaying(weightDecay).map { AnyOptimizer($0) }
  }

  /// See `Optimizer.update`.
  public func update(
    parameters: UnsafeMutablePointer<Float>, gradients: UnsafePointer<Float>,
    state: [UnsafeMutablePointer<Float>], count: Int, learningRate: Float, step: Int
  ) {
    base.update(
      parameters: parameters, gradients: gradients, state: state, count: count,
      learningRate: learningRate, step: step)
  }
}

extension AnyOptimizer: Hashable {
  public static func == (left: AnyOptimizer, right: AnyOptimizer) -> Bool {
    AnyHashable(left.base) == AnyHashable(right.base)
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(AnyHashable(base))
  }
}

/// Stored as `{"name": "adam", "hyperParameters": {"beta1": 0.9, …}}`.
extension AnyOptimizer: Codable {
  enum CodingKeys: CodingKey {
    case name
    case hyperParameters
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let kind = try Self.kind(named: container.decode(String.self, forKey: .name))
    base = try container.decode(kind, forKey: .hyperParameters)
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(name, forKey: .name)
    try container.encode(base, forKey: .hyperParameters)
  }
}
