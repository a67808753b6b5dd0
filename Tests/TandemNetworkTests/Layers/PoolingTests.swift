import TandemNetwork
import TandemTensor
import Testing

/// Both poolings, whose geometry is one; their arithmetic is compared with PyTorch's in
/// ReferenceLayerTests.
@Suite struct PoolingTests {
  @Test func shapes() throws {
    #expect(try MaxPool2D(2).outputShape(for: [[30, 24, 24]]) == [30, 12, 12])
    #expect(try MaxPool2D(2).outputShape(for: [[30, 25, 24]]) == [30, 12, 12])
    #expect(try MaxPool2D(3, stride: 2).outputShape(for: [[96, 55, 55]]) == [96, 27, 27])
    #expect(
      try MaxPool2D(3, stride: 2, ceilMode: true).outputShape(for: [[64, 112, 112]])
        == [64, 56, 56])
    #expect(
      try AveragePool2D(3, stride: 2, padding: .same).outputShape(for: [[8, 9, 8]]) == [8, 5, 4])
  }

  @Test func geometryOfCeilMode() throws {
    // Rows: 3 windows of 3 by 2 reach to 7 of 6; columns: 3 windows reach exactly to 7 of 7.
    let geometry = try MaxPool2D(3, stride: 2, ceilMode: true).geometry(for: [1, 6, 7])
    #expect(geometry.output == Size2D(height: 3, width: 3))
    #expect(geometry.padding == .zero)
    #expect(geometry.extraBottom == 1)
    #expect(geometry.extraRight == 0)
  }

  @Test func theLastWindowOfCeilModeStartsInsideTheInput() throws {
    // A third window would start at 4 of 4 rows (padding included before, not after).
    let geometry = try AveragePool2D(2, stride: 3, padding: 1, ceilMode: true)
      .geometry(for: [1, 4, 5])
    #expect(geometry.output == Size2D(height: 2, width: 2))
    #expect(geometry.extraBottom == 0)
  }

  @Test func resolvedPaddingIsReported() throws {
    let geometry = try MaxPool2D(3, stride: 2, padding: .same).geometry(for: [1, 9, 8])
    #expect(geometry.padding == Edges(top: 1, bottom: 1, left: 0, right: 1))
    #expect(geometry.output == Size2D(height: 5, width: 4))
    #expect(geometry.extraRight == 0)
  }

  @Test func worksWindowByWindow() throws {
    let image: [Double] = [1, 2, 3, 4, 5, 6, 7, 8, 9]
    #expect(try reference(MaxPool2D(2, stride: 1), on: [1, 3, 3], image) == [5, 6, 8, 9])
    #expect(try reference(AveragePool2D(2, stride: 1), on: [1, 3, 3], image) == [3, 4, 6, 7])
    #expect(try reference(MaxPool2D(2, ceilMode: true), on: [1, 3, 3], image) == [5, 6, 8, 9])
    #expect(
      try reference(AveragePool2D(2, ceilMode: true), on: [1, 3, 3], image) == [3, 4.5, 7.5, 9])
  }

  @Test func paddingNeverWinsTheMaximum() throws {
    let output = try reference(
      MaxPool2D(2, padding: 1), on: [1, 2, 2], [-1, -2, -3, -4])
    #expect(output == [-1, -2, -3, -4])
  }

  @Test func zerosOfThePaddingCountOnlyWhereAsked() throws {
    let image: [Double] = [4, 8, 12, 16]
    #expect(try reference(AveragePool2D(2, padding: 1), on: [1, 2, 2], image) == [1, 2, 3, 4])
    #expect(
      try reference(
        AveragePool2D(2, padding: 1, countIncludesPadding: false), on: [1, 2, 2], image)
        == image)
  }

  @Test func errors() {
    #expect(
      layerError(MaxPool2D(4), on: [6, 3, 8])
        == "kernel 4×4 does not fit the input [6, 3, 8]; "
        + "use a smaller kernel, more padding or larger images")
    #expect(
      layerError(AveragePool2D(4, ceilMode: true), on: [6, 3, 8])
        == "kernel 4×4 does not fit the input [6, 3, 8]; "
        + "use a smaller kernel, more padding or larger images")
    #expect(
      layerError(MaxPool2D(3, padding: 2), on: [6, 8, 8])
        == "padding 2 is more than half of the kernel 3×3; use at most 1 rows and 1 columns at "
        + "each side")
    #expect(
      layerError(
        AveragePool2D(2, padding: .explicit(top: 0, bottom: 0, left: 0, right: 2)), on: [6, 8, 8])
        == "padding .explicit(top: 0, bottom: 0, left: 0, right: 2) is more than half of the kernel "
        + "2×2; use at most 1 rows and 1 columns at each side")
    #expect(layerError(MaxPool2D(0), on: [6, 3, 8]) == "kernel 0×0 is outside 1…16384")
    #expect(layerError(MaxPool2D(2, stride: 0), on: [6, 3, 8]) == "stride 0×0 is outside 1…16384")
    #expect(
      layerError(AveragePool2D(2, padding: -1), on: [6, 3, 8]) == "padding -1 is outside 0…16384")
    #expect(layerError(MaxPool2D(1), on: [6]) == "takes maps [C, H, W], but its input is [6]")
    #expect(
      layerError(GlobalAveragePool2D(), on: [6]) == "takes maps [C, H, W], but its input is [6]")
  }

  @Test func globalAverage() throws {
    #expect(try GlobalAveragePool2D().outputShape(for: [[512, 7, 5]]) == [512])
    #expect(
      try reference(GlobalAveragePool2D(), on: [2, 1, 3], [1, 2, 3, 10, 20, 60]) == [2, 30])
  }

  @Test func haveNoParameters() throws {
    #expect(MaxPool2D(2).parameters(for: [[1, 4, 4]]).isEmpty)
    #expect(AveragePool2D(2).parameters(for: [[1, 4, 4]]).isEmpty)
    #expect(GlobalAveragePool2D().parameters(for: [[1, 4, 4]]).isEmpty)
  }

  @Test func printAsSource() {
    #expect("\(MaxPool2D(2))" == "MaxPool2D(2)")
    #expect(
      "\(MaxPool2D(3, stride: 2, padding: 1, ceilMode: true))"
        == "MaxPool2D(3, stride: 2, padding: 1, ceilMode: true)")
    #expect(
      "\(AveragePool2D(3, stride: 1, padding: .same, countIncludesPadding: false))"
        == "AveragePool2D(3, stride: 1, padding: .same, countIncludesPadding: false)")
    #expect("\(GlobalAveragePool2D())" == "GlobalAveragePool2D()")
  }
}
