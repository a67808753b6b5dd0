import TandemTensor

/// The random numbers of one picture in one epoch: a pure function of (seed, epoch, sample). What
/// is drawn for one purpose leaves the other purposes' numbers as they are.
struct AugmentationRandom {
  enum Purpose: UInt32 {
    case rotation, heightShift, widthShift, shear, zoom, mirror, flip, crop, resizedCrop
    case channelShift, brightness, jitter, colourNoise, erasing, trivial, mixing
  }

  let seed: UInt64
  let epoch: Int
  let sample: Int

  func sequence(_ purpose: Purpose) -> CounterRandom.Sequence {
    CounterRandom(seed: seed, purpose: .augmentation).sequence(
      UInt32(truncatingIfNeeded: sample), UInt32(truncatingIfNeeded: epoch),
      part: purpose.rawValue)
  }

  /// The first number of a purpose.
  func uniform(_ purpose: Purpose, in range: ClosedRange<Double>) -> Double {
    var numbers = sequence(purpose)
    return numbers.uniform(in: range)
  }

  func isHeads(_ purpose: Purpose) -> Bool {
    var numbers = sequence(purpose)
    return numbers.uniform() < 0.5
  }
}

extension CounterRandom.Sequence {
  /// Each whole number of the range is as likely as the others.
  mutating func whole(in range: ClosedRange<Int>) -> Int {
    range.lowerBound + Int(Sampler.uniform(below: UInt32(range.count), &self))
  }
}
