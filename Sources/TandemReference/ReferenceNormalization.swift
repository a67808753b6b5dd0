import Foundation
import TandemNetwork
import TandemTensor

extension BatchNorm2D: ReferenceLayer {
  func reference(_ call: ReferenceCall) -> [Double] {
    let channels = call.outputShape[0]
    let pixels = call.outputShape[1] * call.outputShape[2]
    let weight = call.parameter("weight")
    let bias = call.parameter("bias")
    let statistics = call.isTraining ? Self.statistics(call.inputs[0], call) : running(call)
    return call.inputs[0].enumerated().map { index, value in
      let channel = index / pixels % channels
      let (mean, variance) = statistics[channel]
      return (value - mean) / (variance + Double(epsilon)).squareRoot() * weight[channel]
        + bias[channel]
    }
  }

  private func running(_ call: ReferenceCall) -> [(mean: Double, variance: Double)] {
    zip(call.parameter("running_mean"), call.parameter("running_var")).map { ($0, $1) }
  }

  private static func statistics(
    _ values: [Double], _ call: ReferenceCall
  ) -> [(mean: Double, variance: Double)] {
    let channels = call.outputShape[0]
    let pixels = call.outputShape[1] * call.outputShape[2]
    return (0..<channels).map { channel in
      var own: [Double] = []
      for image in 0..<call.images {
        let start = (image * channels + channel) * pixels
        own += values[start..<start + pixels]
      }
      let count = Double(own.count)
      let mean = own.reduce(0, +) / count
      let squares = own.reduce(0.0) { sum, value in sum + (value - mean) * (value - mean) }
      return (mean, squares / count)
    }
  }
}

extension LocalResponseNorm: ReferenceLayer {
  func reference(_ call: ReferenceCall) -> [Double] {
    let channels = call.outputShape[0]
    let pixels = call.outputShape[1] * call.outputShape[2]
    let groupChannels = channels / groups
    return call.inputs[0].enumerated().map { index, value in
      let channel = index / pixels % channels
      let group = channel / groupChannels
      let window = (channel - size / 2...channel + size / 2)
        .clamped(to: group * groupChannels...(group + 1) * groupChannels - 1)
      let sum = window.reduce(0.0) { sum, other in
        let neighbour = call.inputs[0][index + (other - channel) * pixels]
        return sum + neighbour * neighbour
      }
      return value / pow(Double(k) + alphaOfSum * sum, Double(beta))
    }
  }
}
