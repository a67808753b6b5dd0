import TandemNetwork

/// What becomes of the gradients of some parameters.
package struct GradientCost: Hashable {
  /// To the owners of slices.
  var sent = Transfer()
  /// From them, when they have updated the parameters.
  var returned = Transfer()
  /// Of the device's own slice.
  var updateSeconds = 0.0
  /// Of the parameters in float32, whatever is sent.
  var parameterBytes = 0
  var kind = Kind.sum

  enum Kind {
    /// Shares a bucket with others that come before and after it.
    case sum
    /// Of a slice, which other devices do not have: it travels alone, but counts in its bucket.
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
  /// Behind which parameters, in the order in which gradients are finished, something is exchanged in one
  /// go: the ends of the buckets of `Buckets.form`, cut at slices.
  package func endsOfBuckets(_ setting: ExchangeSetting) -> Set<Int> {
    var ends: Set<Int> = []
    var bytes = 0
    var closedBuckets = 0
    func closeBucket() {
      if bytes > 0 { closedBuckets += 1 }
      bytes = 0
    }
    for (index, parameter) in enumerated() {
      if parameter.kind == .factors { closeBucket() }
      bytes += parameter.parameterBytes
      let limit = closedBuckets == 0 ? setting.firstBucketBytes : setting.bucketBytes
      let isFull = parameter.kind == .factors || bytes >= limit
      if isFull { closeBucket() }
      if parameter.kind != .sum { ends.insert(index - 1) }
      if isFull || parameter.kind == .slice { ends.insert(index) }
    }
    return ends.union([count - 1])
  }
}
