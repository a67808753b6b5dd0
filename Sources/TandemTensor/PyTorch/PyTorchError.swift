/// What is wrong with a file that PyTorch's `torch.save` should have written.
package struct PyTorchError: Error, Equatable {
  /// Thrown as it is inside this module, by code that does not know the file.
  package enum Fact: Error, Equatable {
    /// A zip archive of something else.
    case noPickle(entries: [String])
    /// The archive, or the entry of it, is not what it should be; `problem` says how.
    case damagedArchive(entry: String?, problem: String)
    case bigEndian
    /// A file from before PyTorch 1.6 does not go on as it began.
    case malformed(problem: String)

    /// The pickle ends before it should.
    case cutOff(offset: Int)
    case malformedPickle(offset: Int, problem: String)
    /// The pickle has an instruction that no state dict needs.
    case refusedInstruction(offset: Int, code: UInt8)
    /// The pickle names a function or class that no state dict needs; nothing of it is run.
    case refusedGlobal(String)
    /// More instructions than the names and shapes of any network need.
    case tooLong

    case badTensor(offset: Int, problem: String)
    case missingStorage(key: String)
    case shortStorage(key: String, neededBytes: Int, foundBytes: Int)
    /// The file holds no tensors by name; `keys` are those of its outermost dictionary.
    case noStateDict(keys: [String])
  }

  package let path: String
  package let fact: Fact

  package init(path: String, fact: Fact) {
    self.path = path
    self.fact = fact
  }
}

extension PyTorchError: CustomStringConvertible {
  package var description: String { "\(path): \(explanation)" }

  private static let remedy = "write the file with torch.save(model.state_dict(), path)"

  private var explanation: String {
    switch fact {
    case .noPickle(let entries):
      "this is a zip archive, but none of torch.save: "
        + (entries.isEmpty
          ? "it is empty" : "it holds " + Self.list(entries)) + "; \(Self.remedy)"
    case .damagedArchive(let entry, let problem):
      "the archive\(entry.map { ", entry \($0.quotedTensorName)," } ?? "") is damaged "
        + "(\(problem)); copy the file again"
    case .bigEndian:
      "its numbers are big endian; write the file on another machine"
    case .malformed(let problem):
      "\(problem); copy the file again, or \(Self.remedy)"
    case .cutOff(let offset):
      "its pickle ends at byte \(offset), in the middle; the file is cut off, copy it again"
    case .malformedPickle(let offset, let problem):
      "malformed pickle at byte \(offset): \(problem); \(Self.remedy)"
    case .refusedInstruction(let offset, let code):
      "its pickle has the instruction 0x\(String(code, radix: 16)) at byte \(offset), which no "
        + "state dict needs and which is not carried out; \(Self.remedy)"
    case .refusedGlobal(let name):
      "its pickle names \(name.quotedTensorName), which no state dict needs and which is not run; "
        + Self.remedy
    case .tooLong:
      "its pickle has more than \(PickleReader.mostInstructions) instructions, which no state dict "
        + "needs; \(Self.remedy)"
    case .badTensor(let offset, let problem):
      "malformed tensor at byte \(offset) of the pickle: \(problem); \(Self.remedy)"
    case .missingStorage(let key):
      "the elements of its storage \(key.quotedTensorName) are missing; copy the file again"
    case .shortStorage(let key, let needed, let found):
      "its storage \(key.quotedTensorName) needs \(needed) bytes but there are \(found); "
        + "the file is cut off, copy it again"
    case .noStateDict(let keys):
      "it holds no tensors by name"
        + (keys.isEmpty ? "" : ", but \(Self.list(keys))") + "; \(Self.remedy)"
    }
  }

  /// The first few names: there may be thousands.
  private static func list(_ names: [String]) -> String {
    let shown = 5
    let more = names.count > shown ? " and \(names.count - shown) more" : ""
    return names.prefix(shown).map(\.quotedTensorName).joined(separator: ", ") + more
  }
}
