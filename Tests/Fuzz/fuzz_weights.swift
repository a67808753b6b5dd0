// A fuzz target for libFuzzer: any bytes are read as files of torch.save, or as the pickle of one
// whose storages are there. It is compiled together with TandemTensor; `scripts/fuzz-readers.sh`
// builds and runs it.

import Foundation

/// Where the bytes are put to be read as a file.
private let path = "/dev/shm/tandem-fuzz-\(getpid())"

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  guard count > 0 else { return 0 }
  let bytes = UnsafeRawBufferPointer(start: start, count: count)
  if start[0] & 1 == 0 {
    readPickle(UnsafeRawBufferPointer(rebasing: bytes[1...]))
  } else {
    readFile(UnsafeRawBufferPointer(rebasing: bytes[1...]))
  }
  return 0
}

private func readPickle(_ bytes: UnsafeRawBufferPointer) {
  var reader = PickleReader(bytes)
  do {
    let value = try reader.value()
    let state = try PyTorchStateDict(value, in: reader.heap)
    for tensor in state.tensors.values { read(tensor) }
  } catch {
    check(PyTorchError(path: "weights.pth", fact: error))
  }
}

/// A tensor of a storage that is exactly as large as it says: one element too many is noticed.
private func read(_ tensor: PyTorchTensor) {
  let most = 1 << 20
  guard tensor.storage.byteCount <= most, tensor.shape.elementCount <= most else { return }
  let storage = UnsafeMutableRawBufferPointer.allocate(
    byteCount: tensor.storage.byteCount, alignment: 1)
  defer { storage.deallocate() }
  storage.initializeMemory(as: UInt8.self, repeating: 0)
  let floats = tensor.floats(UnsafeRawBufferPointer(storage))
  precondition(floats == nil || floats?.count == tensor.shape.elementCount)
}

private func readFile(_ bytes: UnsafeRawBufferPointer) {
  guard let file = fopen(path, "w") else { return }
  fwrite(bytes.baseAddress, 1, bytes.count, file)
  fclose(file)
  do {
    let file = try PyTorchFile.read(path)
    for tensor in file.tensors.values {
      precondition(tensor.elements.count == tensor.shape.elementCount)
    }
  } catch let error as PyTorchError {
    check(error)
  } catch {
    precondition(error is MemoryError, "\(error)")
  }
}

private func check(_ error: PyTorchError) {
  let text = "\(error)"
  precondition(!text.contains(where: \.isNewline) && text.utf8.count < 2000, text)
}
