import TandemTensor

// What layers check about inputs and hyper-parameters, in one wording. The limits keep every
// product of sizes inside Int, so that absurd sizes are errors and not traps.

/// The largest kernel, stride or padding.
let maximumExtent = 1 << 14

/// The most elements that one image's map or one parameter may have: libraries count in Int32.
let maximumElements = Int(Int32.max)

func requireMaps(_ input: Shape) throws(LayerError) {
  guard input.rank == 3 else {
    throw LayerError("takes maps [C, H, W], but its input is \(input)")
  }
}

func requirePositive(_ value: Int, _ what: String) throws(LayerError) {
  guard value >= 1 else { throw LayerError("\(what) \(value) is not positive") }
  guard value <= maximumElements else {
    throw LayerError("\(what) \(value) is more than \(maximumElements)")
  }
}

func requireExtent(_ size: Size2D, _ what: String) throws(LayerError) {
  let allowed = 1...maximumExtent
  guard allowed.contains(size.height), allowed.contains(size.width) else {
    throw LayerError("\(what) \(size) is outside 1…\(maximumExtent)")
  }
}

/// The only input of a layer that joins nothing.
func onlyInput(_ inputs: [Shape]) throws(LayerError) -> Shape {
  guard inputs.count == 1 else {
    throw LayerError("takes one input, but has \(inputs.count)")
  }
  return inputs[0]
}

extension Initializer {
  func check(_ what: String) throws(LayerError) {
    switch self {
    case .normal(let deviation) where !(deviation >= 0 && deviation.isFinite):
      throw LayerError("\(what) initialiser: the standard deviation \(deviation) is no size")
    case .uniformOverFanIn(let factor) where !(factor >= 0 && factor.isFinite):
      throw LayerError("\(what) initialiser: the factor \(factor) is no size")
    case .constant(let value) where !value.isFinite:
      throw LayerError("\(what) initialiser: the constant \(value) is not finite")
    default:
      break
    }
  }

  /// The initializer as Swift source: `.normal(standardDeviation: 0.01)`.
  var sourceText: String {
    switch self {
    case .normal(let deviation): ".normal(standardDeviation: \(deviation))"
    case .uniformOverFanIn(let factor): ".uniformOverFanIn(factor: \(factor))"
    case .constant(let value): ".constant(\(value))"
    default: ".\(self)"
    }
  }
}

extension Shape {
  /// The number of elements, or nil where it is more than `maximumElements`.
  var boundedElementCount: Int? {
    var product = 1
    for dimension in dimensions {
      let (next, overflow) = product.multipliedReportingOverflow(by: dimension)
      guard !overflow, next <= maximumElements else { return nil }
      product = next
    }
    return product
  }
}
