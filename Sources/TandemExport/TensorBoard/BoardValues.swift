import TandemImage

// Messages of TensorBoard from values of ours.

extension BoardSummary.Value {
  static func scalar(_ tag: String, _ value: Double) -> Self {
    var result = Self()
    result.tag = tag
    result.simpleValue = Float(value)
    return result
  }

  /// - Throws: `PictureError`.
  static func picture(_ tag: String, _ picture: Picture) throws -> Self {
    var image = BoardSummary.Image()
    image.width = Int32(picture.width)
    image.height = Int32(picture.height)
    image.colorspace = Int32(picture.channels.rawValue)
    image.encodedImageString = .init(try PictureEncoder.png(picture))
    var result = Self()
    result.tag = tag
    result.image = image
    return result
  }

  static func histogram(_ tag: String, _ values: UnsafeBufferPointer<Float>) -> Self {
    var result = Self()
    result.tag = tag
    result.histo = BoardHistogramProto(of: values)
    return result
  }

  /// What the page of hyper-parameters reads.
  /// - Throws: what serialising throws.
  static func hyperParameters(_ tag: String, _ data: BoardHParamsPluginData) throws -> Self {
    var result = Self()
    result.tag = "_hparams_/" + tag
    result.metadata.pluginData.pluginName = "hparams"
    result.metadata.pluginData.content = try data.serializedData()
    // Each value has a number; nobody reads this one.
    var length = BoardTensorShapeProto.Dim()
    length.size = 1
    result.tensor.dtype = 1
    result.tensor.tensorShape.dim = [length]
    result.tensor.floatVal = [0]
    return result
  }
}

extension BoardHistogramProto {
  private static let bucketCount = 64

  /// Buckets of one width from the smallest to the largest number; others than finite ones are left
  /// out.
  package init(of values: UnsafeBufferPointer<Float>) {
    self.init()
    var (least, most) = (Float.infinity, -Float.infinity)
    var (count, sum, squares) = (0, 0.0, 0.0)
    for value in values where value.isFinite {
      least = Swift.min(least, value)
      most = Swift.max(most, value)
      count += 1
      sum += Double(value)
      squares += Double(value) * Double(value)
    }
    guard count > 0 else { return }
    (min, max, num) = (Double(least), Double(most), Double(count))
    self.sum = sum
    sumSquares = squares
    guard most > least else {
      bucketLimit = [Double(most), Double(most).nextUp]
      bucket = [Double(count), 0]
      return
    }
    let width = (max - min) / Double(Self.bucketCount)
    var counts = [Int](repeating: 0, count: Self.bucketCount)
    for value in values where value.isFinite {
      // A limit belongs to the bucket below it.
      let place = ((Double(value) - min) / width).rounded(.up) - 1
      counts[Swift.min(Self.bucketCount - 1, Swift.max(0, Int(place)))] += 1
    }
    bucketLimit = (1...Self.bucketCount).map {
      $0 == Self.bucketCount ? max : min + Double($0) * width
    }
    bucket = counts.map(Double.init)
  }
}
