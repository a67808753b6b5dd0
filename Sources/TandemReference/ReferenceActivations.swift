import Foundation
import TandemNetwork
import TandemTensor

extension ReLU: ReferenceLayer {
  // Written so that NaN stays NaN.
  func reference(_ call: ReferenceCall) -> [Double] { call.inputs[0].map { $0 <= 0 ? 0 : $0 } }

  func distanceToCorner(_ call: ReferenceCall) -> Double {
    call.inputs[0].lazy.map { abs($0) }.min() ?? .infinity
  }
}

extension Tanh: ReferenceLayer {
  func reference(_ call: ReferenceCall) -> [Double] { call.inputs[0].map { tanh($0) } }
}

extension ScaledTanh: ReferenceLayer {
  func reference(_ call: ReferenceCall) -> [Double] {
    call.inputs[0].map { Double(Self.amplitude) * tanh(Double(Self.slope) * $0) }
  }
}

extension Sigmoid: ReferenceLayer {
  func reference(_ call: ReferenceCall) -> [Double] { call.inputs[0].map { 1 / (1 + exp(-$0)) } }
}

extension Softmax: ReferenceLayer {
  func reference(_ call: ReferenceCall) -> [Double] {
    let features = call.outputShape[0]
    return (0..<call.images).flatMap { image in
      let row = call.inputs[0][image * features..<(image + 1) * features]
      let largest = row.max() ?? 0
      let exponentials = row.map { exp($0 - largest) }
      let sum = exponentials.reduce(0, +)
      return exponentials.map { $0 / sum }
    }
  }
}

extension Dropout: ReferenceLayer {
  func reference(_ call: ReferenceCall) -> [Double] {
    guard let context = call.dropout else { return call.inputs[0] }
    let random = CounterRandom(seed: context.seed, purpose: .dropout)
    let threshold = UInt32(rate * 0x1p32)
    let scale = 1 / (1 - Double(rate))
    let elements = call.outputShape.elementCount
    return call.inputs[0].enumerated().map { index, value in
      let element = index % elements
      let words = random.words(
        UInt32(element / 4), UInt32(call.dropoutIndex),
        context.position(ofImage: index / elements), context.epoch)
      return words[element % 4] >= threshold ? value * scale : 0
    }
  }
}
