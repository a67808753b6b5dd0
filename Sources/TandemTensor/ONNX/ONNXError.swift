/// What is wrong with a file that should be an ONNX model with weights.
package struct ONNXError: Error, Equatable {
  /// Thrown as it is inside this module, by code that does not know the file.
  package enum Fact: Error, Equatable {
    case cutOff
    case malformed(String)
    /// No operator has weights that the file holds.
    case noWeights
    case badTensor(name: String, problem: String)
    /// Weights in a file beside, which is not named as such.
    case badLocation(name: String, location: String)
    /// A file beside that has fewer bytes than a tensor needs.
    case shortData(name: String, file: String, neededBytes: Int, foundBytes: Int)
    /// An operator that does more with its weights than a layer does.
    case scaled(name: String)
  }

  package let path: String
  package let fact: Fact

  package init(path: String, fact: Fact) {
    self.path = path
    self.fact = fact
  }
}

extension ONNXError: CustomStringConvertible {
  package var description: String { "\(path): \(explanation)" }

  private var explanation: String {
    switch fact {
    case .cutOff: "the ONNX model ends in the middle; the file is cut off, copy it again"
    case .malformed(let problem): "this is no ONNX model: \(problem); copy the file again"
    case .noWeights:
      "the ONNX model has no weights of convolutions, dense layers or normalizations; export it "
        + "with its weights as initializers"
    case .badTensor(let name, let problem):
      "malformed tensor \(name.quotedTensorName): \(problem); export the model again"
    case .badLocation(let name, let location):
      "the elements of \(name.quotedTensorName) are in \(location.quotedTensorName), which is not "
        + "beside the model; export it again, with the data in its folder"
    case .shortData(let name, let file, let needed, let found):
      "the elements of \(name.quotedTensorName) end at byte \(needed) of \(file), which has "
        + "\(found); the file is cut off, copy it again"
    case .scaled(let name):
      "the operator that uses \(name.quotedTensorName) multiplies its product by another number "
        + "than 1, which no layer does; export the model without that"
    }
  }
}
