import TandemCollectives

/// What is known of some chunks of images after they were evaluated.
///
/// Counts are added up as they come. The chunks' losses stay apart, in the order of the chunks: the
/// sum of floating-point numbers depends on the order in which they are added.
struct EvaluationPart: Hashable, Sendable {
  private var losses: [Double]
  private var top1 = 0
  private var top5 = 0
  /// The number of images of each class.
  private var images: [Int]
  private var correct: [Int]
  /// Each image by itself, where that is asked for.
  private(set) var details: [EvaluatedImage] = []

  init(classes: Int, chunks: Int = 0) {
    losses = Array(repeating: 0, count: chunks)
    images = Array(repeating: 0, count: classes)
    correct = images
  }

  var chunks: Int { losses.count }

  var imageCount: Int { images.reduce(0, +) }

  var isFinite: Bool { losses.allSatisfy { $0.isFinite } }

  /// Adds an image to the last chunk.
  mutating func add(_ image: LossSum, label: Int) {
    losses[losses.count - 1] += image.loss
    top1 += image.top1
    top5 += image.top5
    images[label] += 1
    correct[label] += image.top1
  }

  /// Keeps what is known of the image that was added.
  mutating func keep(_ image: EvaluatedImage) { details.append(image) }

  /// Adds the chunks that follow.
  mutating func append(_ next: EvaluationPart) {
    losses += next.losses
    details += next.details
    top1 += next.top1
    top5 += next.top5
    for label in images.indices {
      images[label] += next.images[label]
      correct[label] += next.correct[label]
    }
  }

  func result(classNames: [String]) -> EvaluationResult {
    let sum = LossSum(loss: losses.reduce(0, +), top1: top1, top5: top5, images: imageCount)
    return EvaluationResult(
      loss: sum.meanLoss, top1: sum.top1Accuracy, top5: sum.top5Accuracy, images: sum.images,
      perClass: classNames.indices.map {
        ClassAccuracy(name: classNames[$0], images: images[$0], correct: correct[$0])
      })
  }
}

// MARK: - On the way to other ranks

extension EvaluationPart {
  /// All that is in it as numbers, but for the details, which travel by themselves.
  var words: [UInt64] {
    ([top1, top5] + images + correct).map { UInt64($0) } + losses.map(\.bitPattern)
  }

  /// - Returns: nil for words of fewer classes.
  init?(words: [UInt64], classes: Int) {
    let countWords = 2 + 2 * classes
    guard words.count >= countWords else { return nil }
    let counts = words[..<countWords].map { Int(clamping: $0) }
    top1 = counts[0]
    top5 = counts[1]
    images = Array(counts[2..<2 + classes])
    correct = Array(counts[(2 + classes)...])
    losses = words[countWords...].map { Double(bitPattern: $0) }
  }
}

extension Communicator {
  /// The words of each rank, in the order of the ranks; they may differ in number.
  func allGather(words: [UInt64]) throws -> [[UInt64]] {
    try allGather(words.withUnsafeBytes { [UInt8]($0) }).map { bytes in
      bytes.withUnsafeBytes { bytes in
        (0..<bytes.count / 8).map { bytes.loadUnaligned(fromByteOffset: 8 * $0, as: UInt64.self) }
      }
    }
  }
}
