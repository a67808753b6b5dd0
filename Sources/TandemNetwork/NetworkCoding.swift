import TandemTensor

/// Every kind of layer that a network file may hold; adding a layer adds one line here.
public enum LayerKinds {
  public static let all: [any Layer.Type] = [
    Conv2D.self, Dense.self,
    MaxPool2D.self, AveragePool2D.self, GlobalAveragePool2D.self,
    ReLU.self, Tanh.self, Sigmoid.self, Softmax.self,
    Dropout.self, Flatten.self, Concatenation.self, Addition.self,
  ]
}

/// In files: `{"name": …, "input": [C, H, W], "layers": [{"kind": "conv", …}, …]}`.
extension Network: Codable {
  private enum CodingKeys: String, CodingKey {
    case name, input, layers
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      name: try container.decode(String.self, forKey: .name),
      inputShape: try container.decode(Shape.self, forKey: .input),
      elements: try container.decode([NetworkElement].self, forKey: .layers))
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(name, forKey: .name)
    try container.encode(inputShape, forKey: .input)
    try container.encode(elements, forKey: .layers)
  }
}

/// In files: the layer's own keys (or the container's contents) with its `kind`, and its `name` if
/// it was given one.
extension NetworkElement: Codable {
  private enum CodingKeys: String, CodingKey {
    case kind, name, layers, branches, shortcut, shortcutName
  }

  private enum ContainerKind: String {
    case block, concat, residual
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let name = try container.decodeIfPresent(String.self, forKey: .name)
    let kind = try container.decode(String.self, forKey: .kind)
    switch ContainerKind(rawValue: kind) {
    case .block:
      self.init(
        name: name, .block(try container.decode([NetworkElement].self, forKey: .layers)))
    case .concat:
      self.init(name: name, .concat(try container.decode([Branch].self, forKey: .branches)))
    case .residual:
      self.init(
        name: name,
        .residual(
          main: try container.decode([NetworkElement].self, forKey: .layers),
          shortcut: try container.decode([NetworkElement].self, forKey: .shortcut),
          shortcutName: try container.decode(String.self, forKey: .shortcutName)))
    case nil:
      guard let type = LayerKinds.all.first(where: { $0.kind == kind }) else {
        throw DecodingError.dataCorruptedError(
          forKey: .kind, in: container,
          debugDescription: "there is no layer of the kind \"\(kind)\"; known are "
            + LayerKinds.all.map { $0.kind }.joined(separator: ", "))
      }
      self.init(name: name, .layer(AnyLayer(try type.init(from: decoder))))
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encodeIfPresent(name, forKey: .name)
    switch content {
    case .layer(let box):
      try container.encode(type(of: box.layer).kind, forKey: .kind)
      try box.layer.encode(to: encoder)
    case .block(let elements):
      try container.encode(ContainerKind.block.rawValue, forKey: .kind)
      try container.encode(elements, forKey: .layers)
    case .concat(let branches):
      try container.encode(ContainerKind.concat.rawValue, forKey: .kind)
      try container.encode(branches, forKey: .branches)
    case .residual(let main, let shortcut, let shortcutName):
      try container.encode(ContainerKind.residual.rawValue, forKey: .kind)
      try container.encode(main, forKey: .layers)
      try container.encode(shortcut, forKey: .shortcut)
      try container.encode(shortcutName, forKey: .shortcutName)
    }
  }
}
