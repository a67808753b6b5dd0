/// How pixels of another grid are computed. All but `nearest` are antialiased: where a picture
/// becomes smaller, a pixel is a weighted mean of all that it covers.
public enum ResizeFilter: String, Sendable, Codable, CaseIterable {
  /// The pixel whose area holds the new pixel's centre.
  case nearest
  /// The mean of the covered pixels.
  case box
  /// Weights of a triangle, one pixel wide to each side.
  case bilinear
  /// Keys' cubic with a = -1/2, two pixels wide to each side.
  case bicubic
}
