import Foundation
import TandemImage
import TestSupport

/// A file that `make_fixtures.py` wrote.
func file(_ name: String) throws -> [UInt8] {
  try bytes(of: fixturePath("TandemImage/files/\(name)"))
}

/// The pixels that Pillow reads from that file.
func expectedPicture(_ name: String) throws -> Picture {
  try PictureDecoder.decode(file("\(name).png"))
}

/// The error that reading or writing a picture throws; nil if there is none.
func failure(_ body: () throws(PictureError) -> Void) -> PictureError? {
  do throws(PictureError) {
    try body()
    return nil
  } catch {
    return error
  }
}

/// Red and green above, blue and yellow below.
func quadrants(width: Int = 48, height: Int = 32) -> Picture {
  var samples: [UInt8] = []
  for y in 0..<height {
    for x in 0..<width {
      switch (x < width / 2, y < height / 2) {
      case (true, true): samples += [220, 30, 30]
      case (false, true): samples += [30, 200, 30]
      case (true, false): samples += [30, 30, 210]
      case (false, false): samples += [230, 230, 40]
      }
    }
  }
  return Picture(width: width, height: height, channels: .colour, samples: samples)
}

/// The mean of each channel.
func means(_ picture: Picture) -> [Double] {
  let channels = picture.channels.rawValue
  var sums = [Double](repeating: 0, count: channels)
  for (i, sample) in picture.samples.enumerated() { sums[i % channels] += Double(sample) }
  return sums.map { $0 / Double(picture.size.pixelCount) }
}

/// How far the samples of two pictures of one size are apart at most; nil for different sizes.
func distance(_ a: Picture, _ b: Picture) -> Int? {
  guard a.size == b.size, a.channels == b.channels else { return nil }
  return zip(a.samples, b.samples).map { abs(Int($0) - Int($1)) }.max()
}

/// Random numbers that are the same each time (SplitMix64).
struct SeededNumbers: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
