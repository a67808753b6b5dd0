import TandemNetwork
import TandemTensor
import TandemTraining

/// Training with a layer and a loss of the program's own, by all ranks against one rank.
let ownTests: [String: RankTest] = [
  // Arguments: the workers of each rank; there are four shards.
  "own": { job, arguments in
    let workers = arguments.compactMap { Int($0) }
    for (name, change) in variants {
      try check(job, "own layer, \(name)", own, shards: 4, workers: workers[job.rank], change)
      try check(job, "own loss, \(name)", own, shards: 4, workers: workers[job.rank]) {
        change(&$0)
        $0.ownLoss = Distance()
      }
    }
  },
  // Two devices, as two ranks of a worker each and as two workers of a rank.
  "own-mesh": { job, _ in
    for parallelism in [Parallelism.model, .hybrid] {
      try check(job, "own, \(parallelism)", own, workers: 1, soloWorkers: 2, sharing: [true]) {
        $0.mesh = Mesh("1x2")
        $0.parallelism = parallelism
        $0.ownLoss = Distance()
      }
    }
  },
]

private let variants: [Variant] = [
  ("adam", { _ in }),
  ("odd batches", { $0.batchSize = oddBatchSize }),
  ("bfloat16 on the wire", { $0.wire = .bfloat16 }),
  ("in small buckets", useManyBuckets),
]

private let own = Network("own", input: [1, 24, 24]) {
  Conv2D(4, kernel: 5)
  Gain()
  MaxPool2D(2)
  Dense(16)
  Gain()
  Dense(3)
}

/// A factor for each channel or feature.
private struct Gain: OwnLayer {
  static let kind = "gain"

  func outputShape(for inputs: [Shape]) throws(LayerError) -> Shape { try onlyInput(inputs) }

  func parameters(for inputs: [Shape]) -> [Parameter] {
    [Parameter("factor", shape: [inputs[0][0]], initializer: .constant(1), fanIn: 1, fanOut: 1)]
  }

  func forward(_ call: ForwardCall) {
    let factor = call.parameter("factor")
    let plane = call.outputShape.elementCount / factor.count
    for i in call.output.indices {
      call.output[i] = factor[i / plane % factor.count] * call.inputs[0][i]
    }
  }

  func backward(_ call: BackwardCall) {
    let factor = call.parameter("factor")
    let sums = call.parameterGradient("factor")
    let plane = call.outputShape.elementCount / factor.count
    sums.update(repeating: 0)
    for i in call.outputGradient.indices {
      let channel = i / plane % factor.count
      call.inputGradients[0][i] = factor[channel] * call.outputGradient[i]
      sums[channel] += call.inputs[0][i] * call.outputGradient[i]
    }
  }
}

/// The sum of the squared differences from 1 and 0.
private struct Distance: OwnLoss {
  func evaluate(
    outputs: UnsafeBufferPointer<Float>, label: Int, gradient: UnsafeMutableBufferPointer<Float>
  ) -> Double {
    var sum = 0.0
    for i in outputs.indices {
      let difference = outputs[i] - (i == label ? 1 : 0)
      sum += Double(difference * difference)
      gradient[i] = 2 * difference
    }
    return sum
  }
}
