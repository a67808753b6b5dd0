/// What `torch.save` has written: tensors by name, and the storages that hold their elements.
protocol PyTorchContainer {
  var stateDict: PyTorchStateDict { get }

  /// Bytes that the file has for a storage.
  /// - Throws: `PyTorchError.Fact.missingStorage`, `.damagedArchive`.
  func byteCount(ofStorage key: String) throws -> Int

  /// Calls `body` with the bytes of a storage, once they are known to be undamaged.
  /// - Throws: as `byteCount`, and what `body` throws.
  func withStorage<Result>(
    _ key: String, _ body: (UnsafeRawBufferPointer) throws -> Result
  ) throws -> Result
}
