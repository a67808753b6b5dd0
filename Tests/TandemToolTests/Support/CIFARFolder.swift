/// A small data set in the files of CIFAR-10: 32×32 images of noise, all classes equally often.
struct CIFARFolder {
  static let pixels = 3 * 32 * 32

  /// One file of the training images for each of `train`.
  let train: [[UInt8]]
  let test: [UInt8]

  /// - Parameter name: of the folder to make in `folder`.
  init(
    in folder: TemporaryFolder, name: String = "cifar-10-batches-bin", train: [Int] = [20, 12],
    test: Int = 20
  ) throws {
    var generator = SystemRandomNumberGenerator()
    func records(_ count: Int) -> [UInt8] {
      (0..<count).flatMap { image in
        [UInt8(image % 10)]
          + (0..<Self.pixels).map { _ in UInt8.random(in: 0...255, using: &generator) }
      }
    }
    self.train = train.map(records)
    self.test = records(test)
    for (index, bytes) in self.train.enumerated() {
      try folder.write(bytes, to: "\(name)/data_batch_\(index + 1).bin")
    }
    try folder.write(self.test, to: "\(name)/test_batch.bin")
  }

  static func labels(_ records: [UInt8]) -> [UInt8] {
    stride(from: 0, to: records.count, by: 1 + pixels).map { records[$0] }
  }

  /// `[N][pixels]`
  static func images(_ records: [UInt8]) -> [ArraySlice<UInt8>] {
    stride(from: 0, to: records.count, by: 1 + pixels).map { records[($0 + 1)...($0 + pixels)] }
  }
}
