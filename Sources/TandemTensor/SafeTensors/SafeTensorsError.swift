/// What is wrong with a safetensors file, or with the tensors that one should be made of.
package struct SafeTensorsError: Error, Equatable {
  /// Thrown as it is inside this module, by code that does not know the file.
  package enum Fact: Error, Equatable {
    case truncatedHeader(neededBytes: UInt64, foundBytes: Int)
    case headerTooLong(bytes: UInt64)
    case malformedHeader(offset: Int, expected: String)
    case duplicateName(String)
    case reservedName(String)
    case unsupportedType(tensor: String, type: String)
    case tooLarge(tensor: String)
    /// The tensor's range of bytes is not as long as its shape asks for.
    case wrongLength(tensor: String, neededBytes: Int, foundBytes: Int)
    /// The tensor's bytes do not start where those of the tensors before it end.
    case wrongOffset(tensor: String, begin: Int, expectedBegin: Int)
    /// The header accounts for a different number of bytes of elements than the file has.
    case wrongDataSize(claimedBytes: Int, foundBytes: Int)
    /// What the file holds is not what was written.
    case wrongDigest(claimed: String, found: String)
  }

  package let path: String
  package let fact: Fact

  package init(path: String, fact: Fact) {
    self.path = path
    self.fact = fact
  }
}

extension SafeTensorsError: CustomStringConvertible {
  package var description: String { "\(path): \(explanation)" }

  private var explanation: String {
    switch fact {
    case .truncatedHeader(let needed, let found):
      "this is no safetensors file, or it is cut off: the header needs \(needed) bytes "
        + "but there are \(found); copy it again"
    case .headerTooLong(let bytes):
      "this is no safetensors file: it claims a header of \(bytes) bytes (at most "
        + "\(SafeTensorsHeader.byteCountLimit)); write it with a safetensors library"
    case .malformedHeader(let offset, let expected):
      "malformed header at byte \(offset), expected \(expected); "
        + "write it with a safetensors library"
    case .duplicateName(let name):
      "the name \(name.quotedTensorName) occurs twice in the header; "
        + "write it with a safetensors library"
    case .reservedName(let name):
      "a tensor cannot be called \(name.quotedTensorName); rename it"
    case .unsupportedType(let tensor, let type):
      "tensor \(tensor.quotedTensorName) has elements of type \(type.quotedTensorName), "
        + "which is not known here; convert it with tensor.float() and save again"
    case .tooLarge(let tensor):
      "the shape of tensor \(tensor.quotedTensorName) has more elements than any file can hold; "
        + "write it with a safetensors library"
    case .wrongLength(let tensor, let needed, let found):
      "the shape of tensor \(tensor.quotedTensorName) needs \(needed) bytes but its offsets "
        + "span \(found); write it with a safetensors library"
    case .wrongOffset(let tensor, let begin, let expected):
      "tensor \(tensor.quotedTensorName) starts at byte \(begin) of the data instead of "
        + "\(expected): tensors overlap or leave a gap; write it with a safetensors library"
    case .wrongDataSize(let claimed, let found):
      "the header accounts for \(claimed) bytes of elements but there are \(found); "
        + (found < claimed ? "the file is cut off, copy it again" : "copy the file again")
    case .wrongDigest(let claimed, let found):
      "the file is damaged: its contents have the digest \(found), but it was written with "
        + "\(claimed.tensorName); copy it again, or if a program has changed it on purpose, save it "
        + "without the metadata \"\(SafeTensorsDigest.key)\""
    }
  }
}
