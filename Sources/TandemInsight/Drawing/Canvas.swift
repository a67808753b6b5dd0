import CCairo
import TandemImage

/// A page to draw on, by Cairo (https://www.cairographics.org): lines, areas, words and pictures,
/// white at first. x grows to the right and y downwards, in pixels.
///
/// Ownership: used by one thread at a time.
package final class Canvas {
  package let size: PictureSize
  private let format: DrawingFormat
  private let surface: OpaquePointer
  private let context: OpaquePointer
  /// What an SVG's surface writes.
  private let sink = ByteSink()

  private static let longestSide = 16_384

  /// Where a text's `x` is.
  package enum Anchor: Sendable {
    case left, middle, right
  }

  /// - Throws: `DrawingError`.
  package init(size: PictureSize, format: DrawingFormat) throws(DrawingError) {
    precondition(size.width > 0 && size.height > 0, "\(size)")
    guard max(size.width, size.height) <= Self.longestSide else { throw .tooLarge(size) }
    self.size = size
    self.format = format
    switch format {
    case .png:
      surface = cairo_image_surface_create(
        CAIRO_FORMAT_RGB24, Int32(size.width), Int32(size.height))
    case .svg:
      surface = cairo_svg_surface_create_for_stream(
        { closure, bytes, count in
          if let closure, let bytes {
            Unmanaged<ByteSink>.fromOpaque(closure).takeUnretainedValue().bytes +=
              UnsafeBufferPointer(start: bytes, count: Int(count))
          }
          return CAIRO_STATUS_SUCCESS
        }, Unmanaged.passUnretained(sink).toOpaque(), Double(size.width), Double(size.height))
    }
    context = cairo_create(surface)
    fill(x: 0, y: 0, width: Double(size.width), height: Double(size.height), .paper)
    try check()
  }

  deinit {
    cairo_destroy(context)
    cairo_surface_destroy(surface)
  }

  private func check() throws(DrawingError) {
    for status in [cairo_surface_status(surface), cairo_status(context)]
    where status != CAIRO_STATUS_SUCCESS {
      throw .cairo(String(cString: cairo_status_to_string(status)))
    }
  }

  private func use(_ colour: Colour) {
    cairo_set_source_rgb(context, colour.red, colour.green, colour.blue)
  }

  // MARK: Areas and lines

  package func fill(x: Double, y: Double, width: Double, height: Double, _ colour: Colour) {
    use(colour)
    cairo_rectangle(context, x, y, width, height)
    cairo_fill(context)
  }

  /// The edge of an area.
  package func frame(x: Double, y: Double, width: Double, height: Double, _ colour: Colour) {
    use(colour)
    cairo_set_line_width(context, 1)
    cairo_rectangle(context, x - 0.5, y - 0.5, width + 1, height + 1)
    cairo_stroke(context)
  }

  /// A line from point to point.
  /// - Parameters:
  ///   - width: of the line.
  ///   - dash: length of dashes and of what is between them; nil for a line without gaps.
  package func line(
    _ points: [(x: Double, y: Double)], _ colour: Colour, width: Double = 1, dash: Double? = nil
  ) {
    guard let first = points.first else { return }
    use(colour)
    cairo_set_line_width(context, width)
    cairo_set_line_join(context, CAIRO_LINE_JOIN_ROUND)
    if let dash {
      cairo_set_dash(context, [dash, dash], 2, 0)
    } else {
      cairo_set_dash(context, [], 0, 0)
    }
    cairo_move_to(context, first.x, first.y)
    for point in points.dropFirst() { cairo_line_to(context, point.x, point.y) }
    cairo_stroke(context)
    cairo_set_dash(context, [], 0, 0)
  }

  /// A filled circle.
  package func dot(x: Double, y: Double, radius: Double, _ colour: Colour) {
    use(colour)
    cairo_new_sub_path(context)
    cairo_arc(context, x, y, radius, 0, 2 * Double.pi)
    cairo_fill(context)
  }

  // MARK: Words

  private func select(size: Double, bold: Bool) {
    cairo_select_font_face(
      context, "DejaVu Sans", CAIRO_FONT_SLANT_NORMAL,
      bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL)
    cairo_set_font_size(context, size)
  }

  /// The width of a text in pixels.
  package func width(of text: String, size: Double = 13, bold: Bool = false) -> Double {
    select(size: size, bold: bold)
    var extents = cairo_text_extents_t()
    cairo_text_extents(context, text, &extents)
    return extents.x_advance
  }

  /// Writes a line of text, whose letters stand on `y`.
  package func text(
    _ text: String, x: Double, y: Double, size: Double = 13, bold: Bool = false,
    _ colour: Colour = .ink, anchor: Anchor = .left
  ) {
    let width = width(of: text, size: size, bold: bold)
    let shift =
      switch anchor {
      case .left: 0.0
      case .middle: width / 2
      case .right: width
      }
    use(colour)
    cairo_move_to(context, (x - shift).rounded(), y)
    cairo_show_text(context, text)
  }

  /// As much of the text's beginning as there is room for, with … for the rest.
  package func shortened(_ text: String, to room: Double, size: Double = 13) -> String {
    if width(of: text, size: size) <= room { return text }
    var kept = text
    while !kept.isEmpty, width(of: kept + "…", size: size) > room { kept.removeLast() }
    return kept + "…"
  }

  /// Writes upwards, centred on `y`.
  package func textUpwards(_ text: String, x: Double, y: Double, size: Double = 13) {
    cairo_save(context)
    cairo_translate(context, x, y)
    cairo_rotate(context, -Double.pi / 2)
    self.text(text, x: 0, y: 0, size: size, anchor: .middle)
    cairo_restore(context)
  }

  // MARK: Pictures

  /// A picture in an area of the page.
  /// - Parameter isSmooth: whether enlarged pixels run into each other; else each is a square.
  package func picture(
    _ picture: Picture, x: Double, y: Double, width: Double, height: Double,
    isSmooth: Bool = false
  ) {
    let image = cairo_image_surface_create(
      CAIRO_FORMAT_RGB24, Int32(picture.width), Int32(picture.height))
    defer { cairo_surface_destroy(image) }
    guard let data = cairo_image_surface_get_data(image) else { return }
    let stride = Int(cairo_image_surface_get_stride(image))
    let samples = picture.colour().samples
    for row in 0..<picture.height {
      for column in 0..<picture.width {
        let source = 3 * (row * picture.width + column)
        let word =
          UInt32(samples[source]) << 16 | UInt32(samples[source + 1]) << 8
          | UInt32(samples[source + 2])
        UnsafeMutableRawPointer(data + row * stride + 4 * column)
          .storeBytes(of: word, as: UInt32.self)
      }
    }
    cairo_surface_mark_dirty(image)
    cairo_save(context)
    cairo_translate(context, x, y)
    cairo_scale(context, width / Double(picture.width), height / Double(picture.height))
    cairo_set_source_surface(context, image, 0, 0)
    let pattern = cairo_get_source(context)
    cairo_pattern_set_filter(pattern, isSmooth ? CAIRO_FILTER_BILINEAR : CAIRO_FILTER_NEAREST)
    // Edges stay as they are instead of running into the paper.
    cairo_pattern_set_extend(pattern, CAIRO_EXTEND_PAD)
    cairo_rectangle(context, 0, 0, Double(picture.width), Double(picture.height))
    cairo_fill(context)
    cairo_restore(context)
  }

  // MARK: Files

  /// The page as the bytes of a file; nothing can be drawn afterwards.
  /// - Throws: `DrawingError`, `PictureError`.
  package func encoded() throws -> [UInt8] {
    switch format {
    case .png:
      cairo_surface_flush(surface)
      try check()
      return try PictureEncoder.png(pixels())
    case .svg:
      cairo_surface_finish(surface)
      let status = cairo_surface_status(surface)
      guard status == CAIRO_STATUS_SUCCESS else {
        throw DrawingError.cairo(String(cString: cairo_status_to_string(status)))
      }
      return Array(numbered(String(decoding: sink.bytes, as: UTF8.self)).utf8)
    }
  }

  /// The same page has the same bytes: Cairo goes on counting surfaces in all pages of a process.
  private func numbered(_ svg: String) -> String {
    var names: [Substring: String] = [:]
    return svg.replacing(#/(surface|mask|clip|image|pattern|source-)[0-9]+/#) { match in
      let name = names[match.output.0] ?? "\(match.output.1)\(names.count + 1)"
      names[match.output.0] = name
      return name
    }
  }

  private func pixels() throws -> Picture {
    guard let data = cairo_image_surface_get_data(surface) else {
      throw DrawingError.cairo("there are no pixels")
    }
    let stride = Int(cairo_image_surface_get_stride(surface))
    var samples: [UInt8] = []
    samples.reserveCapacity(3 * size.pixelCount)
    for row in 0..<size.height {
      for column in 0..<size.width {
        let word = UnsafeRawPointer(data + row * stride + 4 * column).load(as: UInt32.self)
        samples.append(UInt8(word >> 16 & 0xFF))
        samples.append(UInt8(word >> 8 & 0xFF))
        samples.append(UInt8(word & 0xFF))
      }
    }
    return Picture(width: size.width, height: size.height, channels: .colour, samples: samples)
  }
}

/// Where the bytes of a file go.
private final class ByteSink {
  var bytes: [UInt8] = []
}
