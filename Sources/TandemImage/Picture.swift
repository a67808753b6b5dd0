/// Pixels of one or three channels with 8 bits each, as a file or a person shows them: upright, the
/// first row on top, sRGB values as they are stored. A value: copies share their samples.
public struct Picture: Hashable, Sendable {
  /// What a pixel consists of; the raw value is the number of samples.
  public enum Channels: Int, Sendable, Codable {
    case grey = 1
    case colour = 3
  }

  public let width: Int
  public let height: Int
  public let channels: Channels
  /// `[H, W, C]`: rows from the top, pixels from the left, and red, green, blue within a pixel.
  public private(set) var samples: [UInt8]

  /// - Parameter samples: `[H, W, C]`, one byte each.
  public init(width: Int, height: Int, channels: Channels, samples: [UInt8]) {
    precondition(width > 0 && height > 0, "a picture has pixels")
    precondition(samples.count == width * height * channels.rawValue, "one byte for each sample")
    self.width = width
    self.height = height
    self.channels = channels
    self.samples = samples
  }

  /// A picture of one colour.
  /// - Parameter pixel: one sample for each channel.
  public init(width: Int, height: Int, filledWith pixel: [UInt8]) {
    guard let channels = Channels(rawValue: pixel.count) else {
      preconditionFailure("a pixel has one or three samples")
    }
    var samples: [UInt8] = []
    samples.reserveCapacity(width * height * pixel.count)
    for _ in 0..<width * height { samples += pixel }
    self.init(width: width, height: height, channels: channels, samples: samples)
  }

  /// A picture whose samples `write` writes, all of them.
  package init<Failure: Error>(
    size: PictureSize, channels: Channels,
    write: (UnsafeMutableBufferPointer<UInt8>) throws(Failure) -> Void
  ) throws(Failure) {
    let count = size.pixelCount * channels.rawValue
    var failure: Failure?
    let samples = [UInt8](unsafeUninitializedCapacity: count) { buffer, written in
      do throws(Failure) {
        try write(UnsafeMutableBufferPointer(rebasing: buffer[..<count]))
        written = count
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    self.init(width: size.width, height: size.height, channels: channels, samples: samples)
  }

  /// Lets `body` change the samples.
  public mutating func withMutableSamples<Result, Failure: Error>(
    _ body: (UnsafeMutableBufferPointer<UInt8>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try samples.withUnsafeMutableBufferPointer { (samples) throws(Failure) in try body(samples) }
  }

  public var size: PictureSize { PictureSize(width: width, height: height) }

  /// Samples of a row.
  public var rowSampleCount: Int { width * channels.rawValue }

  /// The samples of the pixel in column `x` and row `y`.
  public subscript(x x: Int, y y: Int) -> [UInt8] {
    precondition(x >= 0 && x < width && y >= 0 && y < height, "no such pixel")
    let start = y * rowSampleCount + x * channels.rawValue
    return [UInt8](samples[start..<start + channels.rawValue])
  }
}
