import CKernels

/// The sums of a convolution in lane order by its definition, without activation and pooling: in
/// double precision, and in float32, product by product.
struct LaneSums {
  struct Result {
    private var exact: [Double]
    private var direct: [Float]

    fileprivate init(_ count: Int) {
      exact = Array(repeating: 0, count: count)
      direct = Array(repeating: 0, count: count)
    }

    fileprivate mutating func addProduct(_ a: Float, _ b: Float, to index: Int) {
      exact[index] += Double(a) * Double(b)
      direct[index].addProduct(a, b)
    }

    /// The root of the mean square of the errors, by that of the sums in float32.
    func errorRatio(of found: [Float]) -> Double {
      precondition(found.count == exact.count, "\(found.count) numbers instead of \(exact.count)")
      func sum(_ numbers: [Float]) -> Double {
        zip(numbers, exact).reduce(0) { $0 + (Double($1.0) - $1.1) * (Double($1.0) - $1.1) }
      }
      return (sum(found) / sum(direct)).squareRoot()
    }
  }

  private(set) var output: Result
  private(set) var weights: Result
  private(set) var input: Result

  init(_ lanes: LaneCase) {
    let layer = lanes.layer
    output = Result(layer.images * layer.outputSize)
    weights = Result(layer.weightCount)
    input = Result(layer.images * layer.inputSize)
    var place = 0
    for image in 0..<layer.images {
      let first = image * layer.inputSize
      for channel in 0..<layer.output_channels {
        for row in 0..<layer.output_rows {
          for column in 0..<layer.output_columns {
            output.addProduct(lanes.bias[channel], 1, to: place)
            let gradient = lanes.gradient[place]
            LaneReference.forEachProduct(layer, channel, row, column) { from, weight in
              output.addProduct(lanes.input[first + from], lanes.weights[weight], to: place)
              weights.addProduct(gradient, lanes.input[first + from], to: weight)
              input.addProduct(gradient, lanes.weights[weight], to: first + from)
            }
            place += 1
          }
        }
      }
    }
  }
}
