import TandemData
import TandemNetwork

/// What must not change between a checkpoint and the run that continues it, so that the weights
/// come out as if there had been no interruption: the network, the images, and of the settings
/// those of which `TrainingSettings` says so. The number of workers is not among them; nor are
/// epochs, learning rate and schedule, which may be changed on purpose.
struct RunIdentity: Sendable {
  let network: Network
  /// By their names; those that are kept by keeping nothing are missing.
  private let settings: [String: any SavedValue]
  let dataset: String
  /// The digest of all that training sees of the data set; nil in checkpoints of earlier versions,
  /// and where nobody needs it.
  private let contents: String?
  let trainImages: Int
  let normalization: Normalization

  /// - Parameters:
  ///   - options: as the run was decided: with its loss, its number of shards, its mesh if devices
  ///     share the network, and the images that are computed at once.
  ///   - contents: the digest of the training images.
  init(
    network: Network, options: TrainingOptions, data: any Dataset, contents: String?,
    normalization: Normalization
  ) {
    self.network = network
    settings = Self.kept.reduce(into: [:]) { $0[$1.name] = $1.saved.value(of: options) }
    dataset = data.name
    self.contents = contents
    trainImages = data.count
    self.normalization = normalization
  }

  private static let kept = TrainingSettings.all.compactMap { setting in
    setting.saved.map { (name: setting.name, saved: $0) }
  }

  var optimizer: AnyOptimizer { required("optimizer") }
  var loss: Loss.Kind { required("loss") }
  /// nil where each worker computes the whole network.
  var parallelism: Parallelism? { value("parallelism") }

  /// A setting that is kept; nil for what is kept by keeping nothing.
  func value<Value>(_ name: String) -> Value? { settings[name] as? Value }

  /// A setting without which an identity cannot be read or made.
  func required<Value>(_ name: String) -> Value {
    guard let value: Value = value(name) else {
      preconditionFailure("the setting \(name) is not kept, or is of another type")
    }
    return value
  }

  /// - Parameter checkpoint: the folder, for the error.
  /// - Returns: what the user should know of a run that may go on, each in one line.
  /// - Throws: `TrainingError.otherRun` for the first difference.
  func check(continuedBy run: RunIdentity, checkpoint: String) throws -> [String] {
    func compare<Value: Equatable>(
      _ what: String, _ saved: Value, _ current: Value, _ remedy: String,
      show: (Value) -> String = { "\($0)" }
    ) throws {
      if saved == current { return }
      throw TrainingError.otherRun(
        checkpoint: checkpoint, what: what, saved: show(saved), current: show(current),
        remedy: remedy)
    }
    try compare("the network", network, run.network, "use the same `network`") {
      if network.name != run.network.name { return $0.name }
      if network.inputShape != run.network.inputShape {
        return "\($0.name) for images of \($0.inputShape)"
      }
      return $0 == network ? "\($0.name) with other layers" : "\($0.name) as it is now"
    }
    for (name, saved) in Self.kept {
      let difference = saved.difference(
        name, saved: settings[name], current: run.settings[name])
      guard let difference else { continue }
      throw TrainingError.otherRun(
        checkpoint: checkpoint, what: difference.what, saved: difference.saved,
        current: difference.current, remedy: difference.remedy)
    }
    try compare(
      "the number of training images", trainImages, run.trainImages,
      "use the same `data` and `limited(train:)`")
    var notes: [String] = []
    if let contents {
      // Folders are moved, renamed and copied for each job; what is in them decides.
      try compare(
        "training images of the digest", contents, run.contents ?? "unknown",
        "use the same `data`")
      if dataset != run.dataset {
        notes.append(
          "the data set is now called \(run.dataset) and was \(dataset) when the checkpoint "
            + "\(checkpoint) was made; its training images are the same")
      }
    } else {
      try compare("the data set", dataset, run.dataset, "use the same `data`")
      notes.append(
        "the checkpoint \(checkpoint) is of an earlier version, which did not note the images' "
          + "contents: that \(dataset) still has the same ones is not checked")
    }
    try compare(
      "a normalization with", normalization, run.normalization, "use the same normalization",
      show: { $0.text })
    return notes
  }
}

/// Stored as one object, in which settings stand under their names.
extension RunIdentity: Codable {
  private struct Key: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    static let network = Key("network")
    static let dataset = Key("dataset")
    static let contents = Key("contents")
    static let trainImages = Key("trainImages")
    static let normalization = Key("normalization")

    init(_ name: String) { stringValue = name }
    init?(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    network = try container.decode(Network.self, forKey: .network)
    settings = try Self.kept.reduce(into: [:]) { settings, setting in
      settings[setting.name] = try setting.saved.decode(
        from: container, forKey: Key(setting.name))
    }
    dataset = try container.decode(String.self, forKey: .dataset)
    contents = try container.decodeIfPresent(String.self, forKey: .contents)
    trainImages = try container.decode(Int.self, forKey: .trainImages)
    normalization = try container.decode(Normalization.self, forKey: .normalization)
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(network, forKey: .network)
    for (name, value) in settings { try container.encode(value, forKey: Key(name)) }
    try container.encode(dataset, forKey: .dataset)
    try container.encodeIfPresent(contents, forKey: .contents)
    try container.encode(trainImages, forKey: .trainImages)
    try container.encode(normalization, forKey: .normalization)
  }
}
