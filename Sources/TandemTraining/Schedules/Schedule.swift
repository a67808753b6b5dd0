import Synchronization

/// The learning rate of every step: a shape, and a linear warm-up at its start.
///
/// Shapes that fall in steps or exponentially count epochs from the start of the training, as the
/// recipes of Goyal et al. 2017 do (https://arxiv.org/abs/1706.02677); cosine and polynomial shapes
/// run step by step from the end of the warm-up to the end of the training, as in torchvision's
/// references. A schedule is a value and needs no training to be asked or tested.
public struct Schedule: Sendable {
  public let shape: any ScheduleShape

  /// Steps over which the rate rises linearly; 0 switches the warm-up off.
  public let warmUpSteps: Int

  /// The fraction of the rate with which the warm-up starts, 0…1.
  public let warmUpStart: Double

  /// - Throws: `ScheduleError` for numbers out of range.
  public init(
    _ shape: some ScheduleShape, warmUpSteps: Int = 0, warmUpStart: Double = 0.01
  ) throws(ScheduleError) {
    try self.init(erased: shape, warmUpSteps: warmUpSteps, warmUpStart: warmUpStart)
  }

  init(
    erased shape: any ScheduleShape, warmUpSteps: Int, warmUpStart: Double
  ) throws(ScheduleError) {
    try ScheduleError.require(warmUpSteps >= 0, "warm-up steps", warmUpSteps, "at least 0")
    try ScheduleError.require((0...1).contains(warmUpStart), "warm-up start", warmUpStart, "0…1")
    try shape.check()
    Self.add(type(of: shape))
    guard try Self.kind(named: type(of: shape).name) == type(of: shape) else {
      throw .nameTaken(type(of: shape).name)
    }
    self.shape = shape
    self.warmUpSteps = warmUpSteps
    self.warmUpStart = warmUpStart
  }

  /// The same rate throughout.
  public static let constant = Schedule(unchecked: ConstantSchedule())

  private init(unchecked shape: any ScheduleShape) {
    self.shape = shape
    warmUpSteps = 0
    warmUpStart = 0.01
  }

  /// Every shape there is. A new one needs its file and its line here.
  public static let shapes: [any ScheduleShape.Type] = [
    ConstantSchedule.self, StaircaseSchedule.self, MultiStepSchedule.self, ExponentialSchedule.self,
    CosineSchedule.self, PolynomialSchedule.self, PlateauSchedule.self, OneCycleSchedule.self,
  ]

  private static let own = Mutex<[String: any ScheduleShape.Type]>([:])

  /// Makes a shape of the program's own known to checkpoints, under its name. Making a schedule of
  /// it does so, too; the first shape of a name counts.
  public static func add(_ shape: any ScheduleShape.Type) {
    if shapes.contains(where: { $0 == shape }) { return }
    own.withLock { kinds in
      if kinds[shape.name] == nil { kinds[shape.name] = shape }
    }
  }

  /// The names of all built-in shapes.
  public static var names: [String] { shapes.map { $0.name } }

  static func kind(named name: String) throws(ScheduleError) -> any ScheduleShape.Type {
    guard let kind = shapes.first(where: { $0.name == name }) ?? own.withLock({ $0[name] }) else {
      throw .unknown(name: name, known: names)
    }
    return kind
  }

  /// The learning rate of one step.
  ///
  /// During the warm-up it is the shape's rate times a factor that rises linearly from
  /// `warmUpStart` at step 0 to 1 at step `warmUpSteps`: `torch.optim.lr_scheduler.LinearLR` with
  /// end factor 1.
  ///
  /// - Parameters:
  ///   - base: the rate the user chose.
  ///   - step: the steps already made, so 0 for the first.
  ///   - stepsPerEpoch: optimizer steps in one epoch.
  ///   - totalSteps: optimizer steps of the whole training.
  ///   - measured: the shape's metric after each epoch before the step's.
  public func learningRate(
    base: Float, step: Int, stepsPerEpoch: Int, totalSteps: Int, measured: [Double] = []
  ) -> Float {
    precondition(step >= 0 && stepsPerEpoch > 0, "step \(step), \(stepsPerEpoch) per epoch")
    let progress = ScheduleProgress(
      epoch: step / stepsPerEpoch, step: max(0, step - warmUpSteps),
      totalSteps: max(1, totalSteps - warmUpSteps), measured: measured)
    let rate = shape.learningRate(base: Double(base), at: progress)
    guard step < warmUpSteps else { return Float(rate) }
    return Float(rate * (warmUpStart + (1 - warmUpStart) * Double(step) / Double(warmUpSteps)))
  }
}

extension Schedule: Hashable {
  public static func == (left: Schedule, right: Schedule) -> Bool {
    AnyHashable(left.shape) == AnyHashable(right.shape) && left.warmUpSteps == right.warmUpSteps
      && left.warmUpStart == right.warmUpStart
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(AnyHashable(shape))
    hasher.combine(warmUpSteps)
    hasher.combine(warmUpStart)
  }
}

/// Stored as `{"name": "step", "shape": {"everyEpochs": 30, …}, "warmUpSteps": 0, …}`.
extension Schedule: Codable {
  enum CodingKeys: CodingKey {
    case name
    case shape
    case warmUpSteps
    case warmUpStart
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let name = try container.decode(String.self, forKey: .name)
    try self.init(
      erased: container.decode(Self.kind(named: name), forKey: .shape),
      warmUpSteps: container.decode(Int.self, forKey: .warmUpSteps),
      warmUpStart: container.decode(Double.self, forKey: .warmUpStart))
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(type(of: shape).name, forKey: .name)
    try container.encode(shape, forKey: .shape)
    try container.encode(warmUpSteps, forKey: .warmUpSteps)
    try container.encode(warmUpStart, forKey: .warmUpStart)
  }
}
