/// A run of elements that tensors are parts of.
struct PyTorchStorage: Hashable {
  /// Its name in the file.
  let key: String
  let type: WeightElementType
  /// Elements of the whole run.
  let elementCount: Int
  /// The part that tensors may use, of all elements but in files from before PyTorch 0.4.
  let part: Range<Int>

  var byteCount: Int { elementCount * type.byteCount }
}
