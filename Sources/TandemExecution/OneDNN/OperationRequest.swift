import COneDNN

/// What is asked of oneDNN: an operation, and the formats of its arguments as far as they are
/// given.
///
/// Arguments have the names of the forward pass in backward, too: there, each of them or its
/// gradient.
struct OperationRequest: Sendable {
  let kind: Kind
  let pass: Pass
  var source: MemoryDescriptor
  var weights: MemoryDescriptor?
  var bias: MemoryDescriptor?
  var destination: MemoryDescriptor
  /// Computed along with a forward pass.
  var activation: Activation?

  enum Kind: Sendable {
    case convolution(onednn_window)
    case dense
    case pooling(onednn_pooling, onednn_window)
    case activation(Activation)
    case batchNormalization(epsilon: Float, givenStatistics: Bool, rectifies: Bool)
    /// Along the last axis.
    case softmax
    case reorder(adds: Bool)
  }

  enum Pass: Hashable, Sendable {
    case inference, training
    case backwardInput, backwardParameters
    /// Both at once.
    case backward
  }

  init(
    _ kind: Kind, _ pass: Pass, source: MemoryDescriptor, weights: MemoryDescriptor? = nil,
    bias: MemoryDescriptor? = nil, destination: MemoryDescriptor, activation: Activation? = nil
  ) {
    self.kind = kind
    self.pass = pass
    self.source = source
    self.weights = weights
    self.bias = bias
    self.destination = destination
    self.activation = activation
  }

  /// A request for an operation whose output has the shape of its input; in backward, `gradient`
  /// may have a format of its own.
  init(
    _ kind: Kind, _ pass: Pass, data: MemoryDescriptor, gradient: MemoryDescriptor? = nil
  ) {
    self.init(kind, pass, source: data, destination: gradient ?? data)
  }

  /// Axis of channels in maps and of features in vectors.
  static let channelAxis: Int32 = 1

  /// Asks for it.
  /// - Parameter forward: the forward pass, which oneDNN wants to see before it agrees to a
  ///   backward pass.
  /// - Returns: oneDNN's status.
  func create(_ out: UnsafeMutablePointer<onednn_operation?>, forward: onednn_operation?) -> Int32 {
    let isTraining = pass == .training
    let (source, destination) = (source.handle, destination.handle)
    switch (kind, pass) {
    case (.convolution(let window), .backwardInput):
      return onednn_convolution_backward_data(
        out, source, weights?.handle, destination, window, forward)
    case (.convolution(let window), .backwardParameters):
      return onednn_convolution_backward_weights(
        out, source, weights?.handle, bias?.handle, destination, window, forward)
    case (.convolution(let window), _):
      return onednn_convolution_forward(
        out, isTraining, source, weights?.handle, bias?.handle, destination, window,
        activation.onednn)
    case (.dense, .backwardInput):
      return onednn_dense_backward_data(out, source, weights?.handle, destination, forward)
    case (.dense, .backwardParameters):
      return onednn_dense_backward_weights(
        out, source, weights?.handle, bias?.handle, destination, forward)
    case (.dense, _):
      return onednn_dense_forward(
        out, isTraining, source, weights?.handle, bias?.handle, destination, activation.onednn)
    case (.pooling(let kind, let window), .backwardInput):
      return onednn_pooling_backward(out, kind, source, destination, window, forward)
    case (.pooling(let kind, let window), _):
      return onednn_pooling_forward(out, isTraining, kind, source, destination, window)
    case (.activation(let kind), .backwardInput):
      return onednn_activation_backward(
        out, Optional(kind).onednn, destination, source, forward)
    case (.activation(let kind), _):
      return onednn_activation_forward(out, isTraining, Optional(kind).onednn, source)
    case (.batchNormalization(let epsilon, _, let rectifies), .backward):
      return onednn_batch_normalization_backward(
        out, destination, source, epsilon, rectifies, forward)
    case (.batchNormalization(let epsilon, let givenStatistics, let rectifies), _):
      return onednn_batch_normalization_forward(
        out, isTraining, source, epsilon, givenStatistics, rectifies)
    case (.softmax, .backwardInput):
      return onednn_softmax_backward(out, destination, source, Self.channelAxis, forward)
    case (.softmax, _):
      return onednn_softmax_forward(out, isTraining, source, Self.channelAxis)
    case (.reorder(let adds), _):
      return onednn_reorder(out, source, destination, adds)
    }
  }
}
