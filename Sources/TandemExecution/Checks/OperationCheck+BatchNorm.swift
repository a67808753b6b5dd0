import COneDNN
import TandemTensor

extension OperationCheck {
  /// The sums of a batch normalization over maps `[N, C, H, W]`, channel by channel.
  private struct Statistics {
    let channels: Int
    let plane: Int
    let count: Double
    var mean: [Double]
    var variance: [Double]

    init(_ x: [Double], _ shape: [Int]) {
      channels = shape[1]
      plane = shape[2...].reduce(1, *)
      count = Double(x.count / channels)
      mean = Numbers.sums(x, shape, axis: 1)
      for channel in mean.indices { mean[channel] /= count }
      variance = Array(repeating: 0, count: channels)
      for (place, value) in x.enumerated() {
        let channel = place / plane % channels
        variance[channel] += (value - mean[channel]) * (value - mean[channel]) / count
      }
    }

    func channel(_ place: Int) -> Int { place / plane % channels }
  }

  func batchNormalization(
    _ epsilon: Float, _ givenStatistics: Bool, _ rectifies: Bool
  ) throws -> String? {
    let shape = request.source.shape
    let x = Numbers.small(shape, seed: 1)
    var statistics = Statistics(x, shape)
    if givenStatistics {
      statistics.mean = Numbers.small([shape[1]], seed: 5)
      statistics.variance = Numbers.small([shape[1]], seed: 6).map { 1 + $0 }
    }
    let scale = Numbers.small([shape[1]], seed: 7).map { 1.25 + $0 }
    // Nothing is close to zero, where a ReLU may decide either way.
    let shift = Numbers.small([shape[1]], seed: 8).map { $0 + 0.051 }
    let normalized = x.indices.map { place in
      let channel = statistics.channel(place)
      return (x[place] - statistics.mean[channel])
        / (statistics.variance[channel] + Double(epsilon)).squareRoot()
    }
    let y = x.indices.map { place in
      let channel = statistics.channel(place)
      let value = normalized[place] * scale[channel] + shift[channel]
      return rectifies ? max(value, 0) : value
    }

    let perChannel = try MemoryDescriptor.plain([shape[1]])
    func tensor(_ values: [Double]) throws -> CheckedTensor {
      try CheckedTensor(perChannel, values)
    }
    var arguments: [Argument] = [
      (onednn_argument_source, try CheckedTensor(request.source, x)),
      (onednn_argument_scale, try tensor(scale)), (onednn_argument_shift, try tensor(shift)),
    ]
    let mean = givenStatistics ? try tensor(statistics.mean) : CheckedTensor(perChannel)
    let variance = givenStatistics ? try tensor(statistics.variance) : CheckedTensor(perChannel)
    let workspace = try (forward ?? operation).optionalDescriptor(onednn_role_workspace)
      .map(CheckedTensor.init)
    if let workspace { arguments.append((onednn_argument_workspace, workspace)) }
    let output = CheckedTensor(request.source)
    guard let forward else {
      var outputs: [Output] = [(onednn_argument_destination, output, Expected(y))]
      let kept: [Output] = [
        (onednn_argument_mean, mean, Expected(statistics.mean)),
        (onednn_argument_variance, variance, Expected(statistics.variance)),
      ]
      if givenStatistics {
        arguments += kept.map { ($0.kind, $0.tensor) }
      } else {
        outputs += kept
      }
      return try run(arguments, outputs)
    }

    let kept: [Argument] = [
      (onednn_argument_mean, mean), (onednn_argument_variance, variance),
    ]
    try CheckedPrimitive(forward).run(arguments + kept + [(onednn_argument_destination, output)])
    let dy = Numbers.small(shape, seed: 3)
    let passed = dy.indices.map { rectifies && y[$0] <= 0 ? 0 : dy[$0] }
    let shiftGradient = Numbers.sums(passed, shape, axis: 1)
    let scaleGradient = Numbers.sums(zip(passed, normalized).map(*), shape, axis: 1)
    let dx = x.indices.map { place in
      let channel = statistics.channel(place)
      let slope =
        scale[channel] / (statistics.variance[channel] + Double(epsilon)).squareRoot()
      return slope
        * (passed[place] - shiftGradient[channel] / statistics.count
          - normalized[place] * scaleGradient[channel] / statistics.count)
    }
    var given: [Argument] = [
      (onednn_argument_source, try CheckedTensor(request.source, x)),
      (onednn_argument_destination_gradient, try CheckedTensor(request.destination, dy)),
      (onednn_argument_scale, try tensor(scale)),
    ]
    given += kept
    if let workspace { given.append((onednn_argument_workspace, workspace)) }
    if onednn_batch_normalization_backward_reads_shift() {
      given.append((onednn_argument_shift, try tensor(shift)))
    }
    return try run(
      given,
      [
        self.output(onednn_argument_source_gradient, onednn_role_source_gradient, Expected(dx)),
        (onednn_argument_scale_gradient, CheckedTensor(perChannel), Expected(scaleGradient)),
        (onednn_argument_shift_gradient, CheckedTensor(perChannel), Expected(shiftGradient)),
      ])
  }
}
