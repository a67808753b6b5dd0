import Foundation
import TandemTensor
import TestSupport
import Testing

/// Our own files say what they held when they were written.
@Suite struct SafeTensorsDigestTests {
  private let file = SafeTensorsFile(
    tensors: [
      "conv1.weight": Tensor(shape: [2, 3], elements: [1, -2, 0.5, 4, 5, 6]),
      "conv1.bias": Tensor(shape: [2], elements: [0, 7]),
      "empty": Tensor(shape: [0], elements: []),
    ],
    metadata: ["modelName": "tiny", "step": "17"])

  private func contents() throws -> [UInt8] {
    try withTemporaryFolder { folder in
      try file.write(to: folder + "/w")
      return try bytes(of: folder + "/w")
    }
  }

  /// Every single bit of header, metadata and elements. What reads as if it had no digest is the
  /// one in whose name the bit was; everything in it is as it was.
  @Test func noBitFlipsUnnoticed() throws {
    let original = try contents()
    let key = try #require(original.firstRange(of: Array("tandemDigest".utf8)))
    #expect(try parse(original).digest != nil)
    var refused = 0
    for bit in 0..<original.count * 8 {
      var copy = original
      copy[bit / 8] ^= 1 << (bit % 8)
      do {
        let read = try parse(copy)
        #expect(key.contains(bit / 8) && read.digest == nil, "bit \(bit)")
        #expect(read.tensors == file.tensors)
      } catch {
        refused += 1
        #expect("\(error)".split(whereSeparator: \.isNewline).count == 1)
      }
    }
    #expect(refused >= (original.count - key.count) * 8)
  }

  /// A program that reads a file and saves it again may put tensors in another order.
  @Test func orderAndSpacesDoNotCount() throws {
    let digest = try #require(try parse(contents()).digest)
    let floats: [Float] = [0, 7, 1, -2, 0.5, 4, 5, 6]
    let data = floats.flatMap { withUnsafeBytes(of: $0.bitPattern.littleEndian, Array.init) }
    let header = """
      { "empty" : {"shape":[0],"dtype":"F32","data_offsets":[32,32]},
        "conv1.bias":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},
        "conv1.weight":{"dtype":"F32","data_offsets":[8,32],"shape":[2,3]},
        "__metadata__":{"step":"17","tandemDigest":"\(digest)","modelName":"tiny"}}
      """
    #expect(try parse(safeTensors(header, data: data)) == file)
    // And what counts, does.
    for (from, to) in [
      ("[2,3]", "[3,2]"), ("\"17\"", "\"18\""), ("conv1.bias", "conv2.bias"), ("tiny", "Tiny"),
      (digest, String(digest.reversed())),
    ] {
      let error = message {
        _ = try parse(safeTensors(header.replacing(from, with: to), data: data))
      }
      #expect(error?.contains("the file is damaged: its contents have the digest") == true)
    }
  }

  @Test func filesOfOtherProgramsHaveNone() throws {
    #expect(try SafeTensorsFile.read(fixture("weights.safetensors")).digest == nil)
    let header = #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#
    #expect(try parse(safeTensors(header, data: [0, 0, 0, 0])).digest == nil)
  }

  /// The digest is that of the contents, so that it can be noted elsewhere.
  @Test func writingReturnsIt() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/w"
      func written(_ value: Float) throws -> String {
        try [value].withUnsafeBufferPointer {
          try SafeTensorsFile.write(tensors: [("a", [1], $0)], to: path)
        }
      }
      let first = try written(1)
      #expect(try SafeTensorsFile.read(path).digest == first)
      #expect(try written(2) != first)
      #expect(try written(1) == first)
    }
  }
}
