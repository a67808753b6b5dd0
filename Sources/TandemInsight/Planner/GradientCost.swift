import TandemCollectives
import TandemNetwork

/// What becomes of the gradients of some parameters.
package struct GradientCost: Hashable {
  /// What is sent to the owners of slices.
  var sent = Transfer()
  /// What they send back when they have updated the parameters.
  var returned = Transfer()
  /// Seconds to update the device's own slice.
  var updateSeconds = 0.0
  /// Bytes of the parameters in float32, whatever is sent.
  var parameterBytes = 0
  var kind = Kind.sum

  enum Kind {
    /// Shares a bucket with others that come before and after it.
    case sum
    /// The gradient of a slice, which other devices do not have: it travels alone, but counts in
    /// its bucket.
    case slice
    /// Factors, which are a bucket of their own.
    case factors
  }

  /// Messages of a bucket are those of one parameter.
  static func += (left: inout GradientCost, right: GradientCost) {
    left.sent.bytes += right.sent.bytes
    left.sent.messages = max(left.sent.messages, right.sent.messages)
    left.returned.bytes += right.returned.bytes
    left.returned.messages = max(left.returned.messages, right.returned.messages)
    left.updateSeconds += right.updateSeconds
    left.parameterBytes += right.parameterBytes
  }
}

extension [GradientCost] {
  /// Behind which parameters, in the order in which gradients are finished, something is exchanged
  /// in one go: the ends of the buckets, cut at slices.
  package func endsOfBuckets(_ setting: ExchangeSetting) -> Set<Int> {
    let counts = map { $0.parameterBytes / MemoryLayout<Float>.size }
    let buckets = Buckets.form(
      parameterElementCounts: counts, bucketBytes: setting.bucketBytes,
      firstBucketBytes: setting.firstBucketBytes,
      alone: Set(indices.filter { self[$0].kind == .factors }))
    let bounds = Set(buckets.map(\.upperBound))
    var ends: Set<Int> = [count - 1]
    var elements = 0
    for (index, parameter) in enumerated() {
      if parameter.kind != .sum { ends.insert(index - 1) }
      elements += counts[index]
      if bounds.contains(elements) || parameter.kind == .slice { ends.insert(index) }
    }
    return ends
  }
}
