import ArgumentParser
import Tandem

/// How pixels become what the network sees.
enum NormalizationChoice: String, ExpressibleByArgument, CaseIterable {
  /// Mean 0 and standard deviation 1 per channel, measured on the training images.
  case statistics
  /// 0…1.
  case unit

  func normalization(of train: any Dataset) throws -> Normalization {
    switch self {
    case .statistics: try .statistics(of: train)
    case .unit: .unitScale(channels: train.imageShape[0])
    }
  }
}
