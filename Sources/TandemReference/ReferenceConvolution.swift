import TandemNetwork
import TandemTensor

extension ConnectedConv2D: ReferenceLayer {
  /// Computes it as a convolution that sees all maps, with zeros where there is no connection.
  func reference(_ call: ReferenceCall) -> [Double] {
    let window = kernel.height * kernel.width
    let channels = call.inputShapes[0][0]
    let connected = call.parameter("weight")
    var weight = Array(repeating: 0.0, count: outputChannels * channels * window)
    var next = 0
    for (map, seen) in connections.enumerated() {
      for channel in seen {
        let start = (map * channels + channel) * window
        weight.replaceSubrange(start..<start + window, with: connected[next..<next + window])
        next += window
      }
    }
    return Conv2D(outputChannels, kernel: kernel).reference(
      ReferenceCall(
        images: call.images, inputs: call.inputs, inputShapes: call.inputShapes,
        outputShape: call.outputShape,
        parameters: ["weight": weight, "bias": call.parameter("bias")], dropout: nil,
        dropoutIndex: 0, isTraining: call.isTraining))
  }
}

extension Conv2D: ReferenceLayer {
  func reference(_ call: ReferenceCall) -> [Double] {
    let input = call.inputs[0]
    let weight = call.parameter("weight")
    let bias = hasBias ? call.parameter("bias") : Array(repeating: 0, count: outputChannels)
    let channels = call.inputShapes[0][0]
    let size = Size2D(maps: call.inputShapes[0])
    let outputSize = Size2D(maps: call.outputShape)
    let edges = padding.resolved(input: size, kernel: kernel, stride: stride)
    let groupInputs = channels / groups
    let groupOutputs = outputChannels / groups

    var output = Array(repeating: 0.0, count: call.outputCount)
    var position = 0
    for image in 0..<call.images {
      for map in 0..<outputChannels {
        let firstChannel = map / groupOutputs * groupInputs
        for row in 0..<outputSize.height {
          for column in 0..<outputSize.width {
            var sum = bias[map]
            for channel in 0..<groupInputs {
              for kernelRow in 0..<kernel.height {
                let inputRow = row * stride.height + kernelRow - edges.top
                guard (0..<size.height).contains(inputRow) else { continue }
                let inputBase =
                  ((image * channels + firstChannel + channel) * size.height + inputRow)
                  * size.width
                let weightBase =
                  ((map * groupInputs + channel) * kernel.height + kernelRow) * kernel.width
                for kernelColumn in 0..<kernel.width {
                  let inputColumn = column * stride.width + kernelColumn - edges.left
                  guard (0..<size.width).contains(inputColumn) else { continue }
                  sum += weight[weightBase + kernelColumn] * input[inputBase + inputColumn]
                }
              }
            }
            output[position] = sum
            position += 1
          }
        }
      }
    }
    return output
  }
}
