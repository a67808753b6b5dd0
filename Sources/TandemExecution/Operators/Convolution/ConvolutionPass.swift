/// One of the three computations of a convolution in a step.
enum ConvolutionPass {
  case forward, backwardInput, backwardParameters
}
