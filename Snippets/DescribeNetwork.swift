// Describes a network and asks what its layers do to an image.
import Tandem

let network = Network("small", input: [1, 24, 24]) {
  Conv2D(16, kernel: 5)
  ReLU()
  MaxPool2D(2)
  Dense(3)
}
for node in try network.graph().nodes {
  print("\(node.name): \(node.outputShape)")
}
