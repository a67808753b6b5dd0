import Foundation
import TandemData
import TandemImage
import TandemTensor
import Testing

/// The sampling of an image at the places of an affine map.
@Suite struct WarpTests {
  /// One value of an image at a place, in double precision and without a thought for speed.
  struct SlowImage {
    let levels: [Float]
    let width: Int
    let height: Int

    /// The pixel in a row of `count` that stands for the one at `index`, for images that are
    /// mirrored at their edges.
    private static func mirrored(_ index: Int, _ count: Int) -> Int {
      let place = ((index % (2 * count)) + 2 * count) % (2 * count)
      return place < count ? place : 2 * count - 1 - place
    }

    func value(x: Double, y: Double, _ fill: AugmentationFill, constant: Double) -> Double {
      func period(_ at: Double, _ count: Int) -> Double {
        let last = Double(count - 1)
        if at >= 0 && at <= last { return at }
        let rest = at.truncatingRemainder(dividingBy: last)
        return rest < 0 ? rest + last : rest
      }
      let (right, bottom) = (Double(width - 1), Double(height - 1))
      switch fill {
      case .constant:
        guard (0...right).contains(x), (0...bottom).contains(y) else { return constant }
        return interpolated(x, y)
      case .nearest:
        return interpolated(min(max(x, 0), right), min(max(y, 0), bottom))
      case .wrap: return interpolated(period(x, width), period(y, height))
      case .reflect: return interpolated(x, y)
      }
    }

    private func interpolated(_ x: Double, _ y: Double) -> Double {
      var sum = 0.0
      for (row, down) in [(Int(floor(y)), 1 - (y - floor(y))), (Int(floor(y)) + 1, y - floor(y))] {
        for (column, across) in [
          (Int(floor(x)), 1 - (x - floor(x))), (Int(floor(x)) + 1, x - floor(x)),
        ] {
          let pixel = Self.mirrored(row, height) * width + Self.mirrored(column, width)
          sum += down * across * Double(levels[pixel])
        }
      }
      return sum
    }
  }

  private func warped(
    _ levels: [Float], _ shape: Shape, _ map: AffineMap, _ fill: AugmentationFill
  ) -> [Float] {
    var transform = PictureTransform(size: PictureSize(width: shape[2], height: shape[1]))
    transform.map = map
    transform.fill = fill
    transform.fillValue = 51 / 255
    return transform.applied(to: levels, of: shape)
  }

  /// Moves by whole pixels, mirrored or not, are copies of rows. A slope too small to move anything
  /// makes them go the general way.
  @Test(arguments: AugmentationFill.allCases)
  func wholePixelsAreTheSameEitherWay(fill: AugmentationFill) {
    var random = CounterRandom(seed: 5, purpose: .test).sequence(0)
    let shape: Shape = [3, 9, 14]
    let levels = (0..<shape.elementCount).map { _ in random.uniform() - 0.5 }
    var seen: Set<[Float]> = []
    for (x, y) in [(0, 0), (3, -2), (-1, 4), (13, 8), (14, 9), (-40, 3), (5, 31), (-14, -9)] {
      for mirrors in 0..<4 {
        var map = AffineMap.shift(x: Double(x), y: Double(y))
        if mirrors % 2 == 1 { map = map.then(.mirror(width: 14)) }
        if mirrors > 1 { map = map.then(.flip(height: 9)) }
        let copied = warped(levels, shape, map, fill)
        map.xy = 1e-300
        #expect(copied == warped(levels, shape, map, fill), "\(map)")
        map.xy = 1e-3
        // Of images moved far away only an edge is left.
        if abs(x) < 5, abs(y) < 5 { #expect(copied != warped(levels, shape, map, fill)) }
        seen.insert(copied)
      }
    }
    #expect(seen.count > 12)
  }

  /// What Keras does with its numbers, as Tandem's maps.
  private func map(_ parameters: [String: Double], width: Int, height: Int) -> AffineMap {
    AffineMap.rotation(degrees: parameters["theta"] ?? 0)
      .then(.shift(x: parameters["tx"] ?? 0, y: parameters["ty"] ?? 0))
      .then(.shear(degrees: parameters["shear"] ?? 0))
      .then(.zoom(x: parameters["zx"] ?? 1, y: parameters["zy"] ?? 1))
      .around(x: Double(width) / 2 - 0.5, y: Double(height) / 2 - 0.5)
  }

  @Test func geometryIsThatOfKeras() throws {
    let fixture = try AugmentationFixture.load()
    #expect(fixture.geometry.count == 44)
    for entry in fixture.geometry {
      let result = warped(
        fixture.square, [1, 11, 11], map(entry.parameters, width: 11, height: 11), entry.fill)
      #expect(
        worstDifference(result, entry.result) < 0.01, "\(entry.parameters) \(entry.fill)")
    }
    // The comparison can fail.
    let other = warped(
      fixture.square, [1, 11, 11], map(["theta": -20], width: 11, height: 11), .nearest)
    #expect(worstDifference(other, fixture.geometry[0].result) > 50)
  }

  @Test(arguments: AugmentationFill.allCases)
  func valuesAreThoseOfTheSlowReference(fill: AugmentationFill) {
    var random = CounterRandom(seed: 5, purpose: .test).sequence(1)
    for shape in [[1, 7, 13], [3, 20, 5], [2, 3, 130], [1, 2, 2]] as [Shape] {
      let (height, width) = (shape[1], shape[2])
      let levels = noise(shape)
      for _ in 0..<20 {
        func number(_ range: Double) -> Double { Double(random.uniform() * 2 - 1) * range }
        let map = AffineMap(
          xx: number(2), xy: number(2), x0: number(60), yx: number(2), yy: number(2),
          y0: number(60))
        let result = warped(levels, shape, map, fill)
        for channel in 0..<shape[0] {
          let plane = height * width
          let slow = SlowImage(
            levels: Array(levels[channel * plane..<(channel + 1) * plane]), width: width,
            height: height)
          for pixel in 0..<plane {
            let (x, y) = (Double(pixel % width), Double(pixel / width))
            let expected = slow.value(
              x: map.xx * x + map.xy * y + map.x0, y: map.yx * x + map.yy * y + map.y0, fill,
              constant: 51)
            let found = Double(result[channel * plane + pixel])
            #expect(abs(found - expected) < 0.01, "\(shape) \(map) \(pixel)")
          }
        }
      }
    }
  }

  /// Whole pixels are moved without a change of a bit.
  @Test func wholePixelsStayExact() {
    let shape: Shape = [3, 6, 9]
    let levels = noise(shape)
    let map = AffineMap.shift(x: -2, y: 1).then(.mirror(width: 9)).then(.flip(height: 6))
    let result = warped(levels, shape, map, .constant)
    for channel in 0..<3 {
      for row in 0..<6 {
        for column in 0..<9 {
          let (x, y) = (8 - column - 2, 5 - row + 1)
          let expected =
            (0..<9).contains(x) && (0..<6).contains(y)
            ? levels[(channel * 6 + y) * 9 + x] / 255 * 255 : 51
          #expect(result[(channel * 6 + row) * 9 + column] == expected)
        }
      }
    }
  }

  @Test func partsAreStretchedAsTorchvisionDoes() throws {
    let fixture = try AugmentationFixture.load()
    for entry in fixture.resized {
      // Whatever is beside the part, it is not seen.
      for fill in AugmentationFill.allCases {
        var transform = PictureTransform(size: PictureSize(width: 13, height: 9))
        transform.window = PixelRectangle(
          x: entry.part[0], y: entry.part[1], width: entry.part[2], height: entry.part[3])
        transform.fill = fill
        let result = transform.applied(to: fixture.colours, of: [3, 9, 13])
        #expect(worstDifference(result, entry.result) < 0.01, "\(entry.part)")
      }
    }
  }

  /// Inside of the picture, with Pillow's rounding to levels; at its edges Pillow goes half a pixel
  /// further.
  @Test func trivialAugmentsGeometryIsTorchvisions() throws {
    let fixture = try AugmentationFixture.load()
    for entry in fixture.trivial {
      let value = entry.value
      let corner = (x: -0.5, y: -0.5)
      let map: AffineMap =
        switch entry.name {
        case "ShearX":
          AffineMap(xx: 1, xy: value, x0: 0, yx: 0, yy: 1, y0: 0)
            .around(x: corner.x, y: corner.y)
        case "ShearY":
          AffineMap(xx: 1, xy: 0, x0: 0, yx: value, yy: 1, y0: 0)
            .around(x: corner.x, y: corner.y)
        case "TranslateX": .shift(x: -value.rounded(.towardZero), y: 0)
        case "TranslateY": .shift(x: 0, y: -value.rounded(.towardZero))
        default: AffineMap.rotation(degrees: value).around(x: 6, y: 4)
        }
      let result = warped(fixture.colours, [3, 9, 13], map, .constant)
      var compared = 0
      for pixel in 0..<117 {
        let (x, y) = (Double(pixel % 13), Double(pixel / 13))
        let place = (map.xx * x + map.xy * y + map.x0, map.yx * x + map.yy * y + map.y0)
        guard (0...12).contains(place.0), (0...8).contains(place.1) else { continue }
        compared += 1
        for channel in 0..<3 {
          let index = channel * 117 + pixel
          #expect(abs(result[index] - entry.result[index]) <= 1.01, "\(entry.name) \(value)")
        }
      }
      #expect(compared > 40)
    }
  }

  @Test func mapsCompose() {
    let first = AffineMap.rotation(degrees: 30).then(.shear(degrees: 20)).around(x: 3, y: 4)
    let second = AffineMap.zoom(x: 0.5, y: 3).then(.shift(x: 7, y: -2))
    func apply(_ map: AffineMap, _ x: Double, _ y: Double) -> (Double, Double) {
      (map.xx * x + map.xy * y + map.x0, map.yx * x + map.yy * y + map.y0)
    }
    let inner = apply(second, 1.5, -0.5)
    let outer = apply(first, inner.0, inner.1)
    let both = apply(first.then(second), 1.5, -0.5)
    #expect(abs(both.0 - outer.0) < 1e-12 && abs(both.1 - outer.1) < 1e-12)
    let middle = apply(first, 3, 4)
    #expect(abs(middle.0 - 3) < 1e-12 && abs(middle.1 - 4) < 1e-12)
  }
}
