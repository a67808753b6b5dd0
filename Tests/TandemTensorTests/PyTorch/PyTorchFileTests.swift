import Foundation
import TandemTensor
import TestSupport
import Testing

/// Files that PyTorch wrote, by `Tests/Fixtures/TandemTensor/torch_files.py`.
@Suite struct PyTorchFileTests {
  private func ramp(_ range: some Sequence<Int>) -> [Float] { range.map { Float($0) / 4 - 1 } }

  @Test(
    arguments: ["zip.pth", "legacy.pth", "protocol3.pth", "protocol4.pth", "protocol5.pth"])
  func readsWhatPyTorchWrote(name: String) throws {
    let file = try PyTorchFile.read(fixture("torch/\(name)"))
    let channelsLast = (0..<24).map { index in
      // [N, C, H, W] of what lies as [N, H, W, C] with 3 channels.
      let (image, channel, place) = (index / 12, index / 4 % 3, index % 4)
      return image * 12 + channel * 4 + place
    }
    let expected: [String: Tensor] = [
      "conv.weight": Tensor(shape: [4, 3, 2, 1], elements: ramp(0..<24)),
      "conv.bias": Tensor(shape: [4], elements: ramp(0..<4)),
      "last": Tensor(shape: [2, 3, 2, 2], elements: ramp(channelsLast)),
      "float64": Tensor(shape: [2, 3], elements: ramp(0..<6)),
      "float16": Tensor(shape: [2, 3], elements: ramp(0..<6)),
      "bfloat16": Tensor(shape: [2, 3], elements: ramp(0..<6)),
      "scalar": Tensor(shape: [], elements: [2.5]),
      "nothing": Tensor(shape: [0, 4], elements: []),
      "whole": Tensor(shape: [24], elements: ramp(0..<24)),
      "tied": Tensor(shape: [24], elements: ramp(0..<24)),
      "part": Tensor(shape: [3, 4], elements: ramp(6..<18)),
      "turned": Tensor(
        shape: [6, 4], elements: ramp((0..<6).flatMap { row in (0..<4).map { row + 6 * $0 } })),
      "every third": Tensor(shape: [8], elements: ramp((0..<8).map { 1 + 3 * $0 })),
      "repeated": Tensor(shape: [2, 3], elements: ramp([2, 2, 2, 3, 3, 3])),
      "attributes": Tensor(shape: [2], elements: ramp(0..<2)),
    ]
    for (name, tensor) in expected { #expect(file.tensors[name] == tensor, "\(name)") }
    #expect(Set(file.tensors.keys) == Set(expected.keys))
    #expect(file.skippedTypes == ["bn.num_batches_tracked": "I64", "mask": "BOOL"])
  }

  @Test(arguments: [("network.pth", ""), ("checkpoint.pth", "module."), ("model.pth", "module.")])
  func findsTheStateDict(name: String, prefix: String) throws {
    let file = try PyTorchFile.read(fixture("torch/\(name)"))
    let expected = [
      "fc.weight": [2, 3], "fc.bias": [2], "bn.weight": [2], "bn.bias": [2],
      "bn.running_mean": [2], "bn.running_var": [2],
    ]
    #expect(
      file.tensors.mapValues(\.shape.dimensions)
        == Dictionary(uniqueKeysWithValues: expected.map { (prefix + $0, $1) }))
    #expect(file.tensors[prefix + "fc.weight"]?.elements == ramp(0..<6))
    #expect(file.skippedTypes == [prefix + "bn.num_batches_tracked": "I64"])
  }

  @Test(
    arguments: [
      ("module.pth", "torch.nn.modules.linear.Linear"),
      ("script.pth", "__torch__.torch.nn.modules.linear.Linear"),
    ]) func refusesObjects(name: String, global: String) throws
  {
    let path = fixture("torch/\(name)")
    #expect(
      message { _ = try PyTorchFile.read(path) }
        == "\(path): its pickle names \"\(global)\", which no state dict needs and which is not "
        + "run; write the file with torch.save(model.state_dict(), path)")
  }

  /// Before PyTorch 1.6 the source of a class was kept by a reference of its own.
  @Test func refusesObjectsInOldFiles() throws {
    let path = fixture("torch/legacy_module.pth")
    let error = try #require(throws: PyTorchError.self) { try PyTorchFile.read(path) }
    #expect(error.fact == .refusedGlobal("torch.nn.modules.linear.Linear"))
  }

  @Test func refusesWhatHasNoNames() throws {
    let path = fixture("torch/list.pth")
    #expect(
      message { _ = try PyTorchFile.read(path) }
        == "\(path): it holds no tensors by name; "
        + "write the file with torch.save(model.state_dict(), path)")
  }

  @Test func tellsFilesByTheirContents() throws {
    for name in ["zip.pth", "legacy.pth", "list.pth", "../stored.npz"] {
      #expect(PyTorchFile.isLikely(prefix: try bytes(of: fixture("torch/\(name)"))), "\(name)")
    }
    for name in ["../weights.safetensors", "../plain.safetensors", "../uint8.npy"] {
      #expect(!PyTorchFile.isLikely(prefix: try bytes(of: fixture("torch/\(name)"))), "\(name)")
    }
    // A header as long as a zip archive's first bytes are as a number.
    let long = [0x50, 0x4B, 0x03, 0x04, 0, 0, 0, 0] + Array(#"{"a":"#.utf8)
    #expect(!PyTorchFile.isLikely(prefix: long))
    #expect(!PyTorchFile.isLikely(prefix: []))
  }

  @Test func refusesOtherArchives() throws {
    let path = fixture("stored.npz")
    let error = try #require(throws: PyTorchError.self) { try PyTorchFile.read(path) }
    guard case .noPickle(let entries) = error.fact else {
      Issue.record("\(error)")
      return
    }
    #expect(entries.starts(with: ["x_train.npy", "y_train.npy"]))
  }

  /// Any byte changed, any part cut off: it is read, or refused in one line.
  @Test(arguments: ["network.pth", "legacy.pth"]) func survivesDamage(name: String) throws {
    let original = try bytes(of: fixture("torch/\(name)"))
    try withTemporaryFolder { folder in
      let path = folder + "/weights.pth"
      for copy in damagedCopies(of: original, mutations: 3000) {
        try write(copy, to: path)
        let error = message { _ = try PyTorchFile.read(path) }
        if copy.count < original.count { #expect(error != nil) }
        #expect(error?.contains("\n") != true)
        #expect(error?.utf8.count ?? 0 < 1000)
      }
    }
  }
}
