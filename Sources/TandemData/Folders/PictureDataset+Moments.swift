import CKernels
import Foundation
import Synchronization
import TandemImage
import TandemProcess
import TandemTensor

extension PictureDataset {
  /// More pictures would tell the same, and take minutes to decode.
  static let mostMeasured = 10_000
  private static let chunk = 16

  /// How often a value occurs, by channel and value.
  private typealias Counts = [[UInt64]]

  /// Measured on the parts that are cut out of the middle, of at most 10,000 pictures, evenly
  /// chosen from all, and kept in the cache folder as long as these do not change.
  public func channelMoments() throws -> [ChannelMoments] {
    let kept = try cacheFolder.map { folder in
      var digest = ContentDigest()
      digest.add([listing.digest])
      digest.add(listing.records.map(\.place))
      digest.add(try JSONEncoder.sorted(recipe))
      return "\(folder)/listings/\(digest.text).moments"
    }
    if let kept, let bytes = try? RegularFile.contents(kept),
      let moments = try? JSONDecoder().decode([ChannelMoments].self, from: Data(bytes)),
      moments.count == imageShape[0],
      moments.allSatisfy({ (0...1).contains($0.mean) && (0...1).contains($0.standardDeviation) })
    {
      return moments
    }
    let moments = try measuredMoments()
    if let kept {
      // A cache that cannot be written is told of where the listing is kept.
      try? CacheFolder.make(FileSystem.parent(of: kept))
      try? AtomicFile.write(JSONEncoder().encode(moments), to: kept)
    }
    return moments
  }

  /// There are only 256 values: counting them makes the sums exact, whatever thread looks at which
  /// picture.
  private func measuredMoments() throws -> [ChannelMoments] {
    let chosen = min(count, Self.mostMeasured)
    let chunks = (chosen + Self.chunk - 1) / Self.chunk
    let channels = imageShape[0]
    let none = Counts(repeating: [UInt64](repeating: 0, count: 256), count: channels)
    let total = Mutex<(counts: Counts, failure: (chunk: Int, error: any Error)?)>((none, nil))
    OwnThread.sideBySide(chunks) { chunk in
      do {
        var counts = none
        for number in chunk * Self.chunk..<min(chosen, (chunk + 1) * Self.chunk) {
          try add(number * count / chosen, to: &counts)
        }
        total.withLock { total in
          for channel in 0..<channels {
            for value in 0..<256 { total.counts[channel][value] += counts[channel][value] }
          }
        }
      } catch {
        // The first picture that fails is named, whichever thread is faster.
        total.withLock { total in
          if chunk < total.failure?.chunk ?? .max { total.failure = (chunk, error) }
        }
      }
    }
    return try total.withLock { total in
      if let failure = total.failure { throw failure.error }
      return total.counts.map(ChannelMoments.init(countsOfBytes:))
    }
  }

  private func add(_ index: Int, to counts: inout Counts) throws {
    let channels = imageShape[0]
    let part = recipe.center(of: resizedSize(index))
    try withSamples(index, part) { samples, rowBytes in
      for row in 0..<part.height {
        let start = samples + row * rowBytes
        for channel in 0..<channels {
          for column in 0..<part.width {
            counts[channel][Int(start[column * channels + channel])] += 1
          }
        }
      }
    }
  }
}

extension JSONEncoder {
  /// The same bytes for equal values.
  fileprivate static func sorted(_ value: some Encodable) throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    return [UInt8](try encoder.encode(value))
  }
}
