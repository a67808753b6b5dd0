import TandemTensor

/// The network in files: `{"name": …, "input": [C, H, W], "layers": [{"kind": "conv", …}, …]}`.
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

/// The element in files: the layer's own keys (or the container's contents) with its `kind`, and
/// its `name` if it was given one.
extension NetworkElement: Codable {
  private enum CodingKeys: String, CodingKey {
    case kind, name, layers, branches, shortcut, shortcutName, weight, title, placement
  }

  private enum ContainerKind: String {
    case block, concat, residual, auxiliary, stage, placed
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
    case .auxiliary:
      self.init(
        name: name,
        .auxiliary(
          try container.decode([NetworkElement].self, forKey: .layers),
          weight: try container.decode(Float.self, forKey: .weight)))
    case .stage:
      self.init(
        name: name,
        .stage(
          title: try container.decode(String.self, forKey: .title),
          try container.decode([NetworkElement].self, forKey: .layers)))
    case .placed:
      self.init(
        name: name,
        .placed(
          try container.decode(Placement.self, forKey: .placement),
          try container.decode([NetworkElement].self, forKey: .layers)))
    case nil:
      guard let type = LayerKinds.named(kind) else {
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
    case .auxiliary(let elements, let weight):
      try container.encode(ContainerKind.auxiliary.rawValue, forKey: .kind)
      try container.encode(weight, forKey: .weight)
      try container.encode(elements, forKey: .layers)
    case .stage(let title, let elements):
      try container.encode(ContainerKind.stage.rawValue, forKey: .kind)
      try container.encode(title, forKey: .title)
      try container.encode(elements, forKey: .layers)
    case .placed(let placement, let elements):
      try container.encode(ContainerKind.placed.rawValue, forKey: .kind)
      try container.encode(placement, forKey: .placement)
      try container.encode(elements, forKey: .layers)
    }
  }
}
