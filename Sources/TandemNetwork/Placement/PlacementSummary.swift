import TandemTensor

/// How a network is spread over devices and what that costs: a table for people, JSON for programs.
package struct PlacementSummary: Hashable, Codable, Sendable {
  package let name: String
  package let mesh: Mesh
  package let parallelism: Parallelism
  package let batchSize: Int
  /// Parts in which layers placed `.model` compute a mini-batch.
  package let pieces: Int
  package let layers: [LayerPlacement]
  package let crossings: [CrossingSummary]
  /// The load of one device that works alone.
  package let alone: DeviceLoad
  /// The loads of the devices in the order of the mesh: the devices of a model group are
  /// neighbours.
  package let devices: [DeviceLoad]

  package struct LayerPlacement: Hashable, Codable, Sendable {
    /// The dotted path.
    package let name: String
    /// The layer's type: `Conv2D`.
    package let kind: String
    package let placement: Placement
    /// The output channels that each device of a model group computes.
    package let channels: [ChannelSet]
    /// The part that the first device computes, without the batch axis.
    package let shape: Shape
    /// Whether that is of images of its own, and not of all images of the data part.
    package let hasOwnImages: Bool
    /// Whether papers' tables have the layer: convolutions, pooling, dense layers.
    package let isNotable: Bool
  }

  /// Bytes are those of the device that sends most.
  package struct CrossingSummary: Hashable, Codable, Sendable {
    /// The layers that need it.
    package let before: [String]
    /// The layer whose output moves.
    package let of: String
    package let kind: Crossing.Kind
    package let bytesSentForward: Int
    package let bytesSentBackward: Int
  }

  package init(_ placed: PlacedNetwork, _ step: StepSetting) throws {
    let graph = placed.graph
    let members = placed.mesh.members
    name = graph.name
    mesh = placed.mesh
    parallelism = placed.parallelism
    batchSize = step.batchSize
    pieces = step.pieces
    layers = graph.nodes.map { node in
      let layer = placed.layers[node.index]
      return LayerPlacement(
        name: node.name, kind: "\(type(of: node.layer))", placement: layer.placement,
        channels: members.map { placed.channels(ofNode: node.index, member: $0) },
        shape: placed.shape(ofNode: node.index, member: 0),
        hasOwnImages: layer.output == .images && placed.mesh.model > 1,
        isNotable: node.multiplyAdds > 0)
    }
    let division = ImageDivision(placed.mesh, batchSize: step.batchSize)
    let floatBytes = MemoryLayout<Float>.size
    crossings = placed.crossings.map { crossing in
      let sent = members.map { crossing.elementsSent(division, part: 0, member: $0) }
      let returned = members.map { crossing.elementsReceived(division, part: 0, member: $0) }
      return CrossingSummary(
        before: crossing.readers.map { graph.nodes[$0].name },
        of: graph.nodes[crossing.source].name, kind: crossing.kind,
        bytesSentForward: (sent.max() ?? 0) * floatBytes,
        bytesSentBackward: crossing.hasGradient ? (returned.max() ?? 0) * floatBytes : 0)
    }
    let single = try PlacedNetwork(
      graph, mesh: Mesh(data: 1, model: 1), parallelism: .data)
    alone = DeviceLoad(single, part: 0, member: 0, step)
    devices = DeviceLoad.all(placed, step)
  }
}

extension PlacementSummary {
  /// The picture of the split, the table of layers with crossings, that of devices, and totals;
  /// several lines.
  package func table() -> String {
    var parts = [title]
    if (2...4).contains(mesh.model) { parts += [picture(), ""] }
    parts += [layerTable(), "", deviceTable()]
    return (parts + totals()).joined(separator: "\n")
  }

  private var title: String {
    "\(name), \(parallelism.rawValue) parallelism, mesh \(mesh), "
      + counted(batchSize, "image") + " a step"
      + (pieces > 1 ? ", dense layers in \(pieces) pieces" : "")
  }

  /// `[N, 48, 55, 55]`: all images of a data part; `[N/2, 96, 55, 55]`: images of its own.
  private func text(_ layer: LayerPlacement) -> String {
    let parts = mesh.data * (layer.hasOwnImages ? mesh.model : 1)
    let images = parts == 1 ? "N" : "N/\(parts)"
    let extents = layer.shape.dimensions.map(String.init).joined(separator: ", ")
    return "[\(images), \(extents)]"
  }

  private func layerTable() -> String {
    var table = TextTable(columns: [
      .left("Layer (kind)"), .left("Placement"), .left("A device computes"),
      .left("Crossing before it"), .right("MB forward"), .right("MB backward"),
    ])
    for layer in layers {
      let before = crossings.filter { $0.before.contains(layer.name) }
      // What several layers read moves once.
      let first = before.filter { $0.before[0] == layer.name }
      let texts = before.map { crossing in
        let text = "\(crossing.kind.rawValue) of \(crossing.of)"
        return crossing.before[0] == layer.name ? text : "\(text), as \(crossing.before[0])"
      }
      func megabytes(_ bytes: (CrossingSummary) -> Int) -> String {
        first.isEmpty ? "" : decimals(Double(first.reduce(0) { $0 + bytes($1) }) / 1e6, 2)
      }
      table.rows.append([
        "\(layer.name) (\(layer.kind))", layer.placement.rawValue, text(layer),
        texts.joined(separator: "; "), megabytes(\.bytesSentForward),
        megabytes(\.bytesSentBackward),
      ])
    }
    return table.text
  }

  private func deviceTable() -> String {
    var table = TextTable(columns: [
      .left("Device"), .right("Images"), .right("Parameters"), .right("Gradients"),
      .right("Momentum"), .right("Activations"), .right("Gathered"), .right("Memory"),
      .right("MB sent"),
    ])
    func row(_ name: String, _ load: DeviceLoad) -> [String] {
      let images =
        load.ownImages == load.images ? "\(load.images)" : "\(load.images), own \(load.ownImages)"
      let memory = [
        load.parameterBytes, load.gradientBytes, load.optimizerStateBytes, load.activationBytes,
        load.assembledBytes, load.memoryBytes,
      ]
      return [name, images] + memory.map { NetworkSummary.memory($0) } + [
        decimals(Double(load.bytesSent) / 1e6, 2)
      ]
    }
    table.rows.append(row("one alone", alone))
    if mesh.devices > 1 {
      // Neighbours with the same numbers take one line.
      var start = 0
      for (load, count) in StageNotation.runs(devices) {
        let name = count == 1 ? "\(start)" : "\(start)–\(start + count - 1)"
        table.rows.append(row(name, load))
        start += count
      }
    }
    return table.text
  }

  private func totals() -> [String] {
    let most = devices.max { $0.bytesSent < $1.bytesSent } ?? alone
    func megabytes(_ bytes: Int) -> String { decimals(Double(bytes) / 1e6, 2) + " MB" }
    return [
      "Crossings:             \(crossings.count)"
        + (crossings.isEmpty
          ? ""
          : ", in which a device sends \(megabytes(most.crossingBytesSentForward)) forward and "
            + "\(megabytes(most.crossingBytesSentBackward)) backward"),
      "Gradients to exchange: \(megabytes(most.exchangedGradientBytes)) of "
        + "\(megabytes(alone.gradientBytes)), for which a device sends "
        + megabytes(most.gradientBytesSent),
    ]
      + (most.outputBytesSent == 0
        ? []
        : ["Outputs for the loss:  a device sends \(megabytes(most.outputBytesSent)) forward"])
  }
}
