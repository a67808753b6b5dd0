import CKernels

extension Picture {
  /// The same picture with other numbers of rows and columns; the samples are those of Pillow's
  /// `resize`.
  ///
  /// - Parameters:
  ///   - size: of the whole resized picture.
  ///   - part: only these pixels of it are computed; nil: all.
  ///   - isMirrored: whether left and right of the result are exchanged, at no cost.
  /// - Precondition: the part is inside of the resized picture.
  public func resized(
    to size: PictureSize, filter: ResizeFilter = .bilinear, keeping part: PixelRectangle? = nil,
    isMirrored: Bool = false
  ) -> Picture {
    let part = part ?? PixelRectangle(all: size)
    precondition(part.isInside(size), "a part of the resized picture")
    if size == self.size {
      let kept = part == PixelRectangle(all: size) ? self : cropped(to: part)
      return isMirrored ? kept.mirrored() : kept
    }
    if filter == .nearest { return nearest(to: size, keeping: part, isMirrored: isMirrored) }

    let columns = ResizeAxis(
      from: width, to: size.width, filter: filter, keeping: part.x..<part.x + part.width,
      isMirrored: isMirrored)
    let rows = ResizeAxis(
      from: height, to: size.height, filter: filter, keeping: part.y..<part.y + part.height)
    // An axis that stays as it is has no sums that could round.
    if size.height == height {
      return resizedAcross(columns, rows: part.y..<part.y + part.height)
    }
    if size.width == width {
      let down = resizedDown(rows, columns: part.x..<part.x + part.width)
      return isMirrored ? down.mirrored() : down
    }
    return resized(columns, rows, downFirst: Self.isResizedDownFirst(from: self.size, to: size))
  }

  /// A part of this picture with other numbers of rows and columns, bilinearly, as if it had been
  /// cut out before: pixels beside it do not show.
  ///
  /// - Precondition: the part is inside of the picture.
  package func resized(_ part: PictureArea, to size: PictureSize) -> Picture {
    precondition(part.isInside(self.size), "a part of the picture")
    if let whole = part.rectangle {
      return (whole == PixelRectangle(all: self.size) ? self : cropped(to: whole))
        .resized(to: size, filter: .bilinear)
    }
    let columns = ResizeAxis(
      from: part.x..<part.x + part.width, within: width, to: size.width, filter: .bilinear,
      keeping: 0..<size.width)
    let rows = ResizeAxis(
      from: part.y..<part.y + part.height, within: height, to: size.height, filter: .bilinear,
      keeping: 0..<size.height)
    let covered = PictureSize(
      width: Int(part.width.rounded()), height: Int(part.height.rounded()))
    return resized(columns, rows, downFirst: Self.isResizedDownFirst(from: covered, to: size))
  }

  /// Both axes, of which only the pixels are computed that the other one needs.
  private func resized(_ columns: ResizeAxis, _ rows: ResizeAxis, downFirst: Bool) -> Picture {
    if downFirst {
      let needed = columns.needed
      let down = resizedDown(rows, columns: needed)
      return down.resizedAcross(
        columns, rows: 0..<down.height, firstColumn: needed.lowerBound)
    }
    let needed = rows.needed
    let across = resizedAcross(columns, rows: needed)
    return across.resizedDown(rows, columns: 0..<across.width, firstRow: needed.lowerBound)
  }

  /// Whether columns are resized before rows. The order decides how sums are rounded, and where
  /// bicubic weights lead beyond black and white it decides more; this is Pillow's since its
  /// version 13.
  private static func isResizedDownFirst(from old: PictureSize, to size: PictureSize) -> Bool {
    size.height < old.height && old.height - size.height > 2 * (old.width - size.width)
  }

  /// The rows `rows` of this picture, whose first column is the picture's `firstColumn` for the
  /// axis.
  private func resizedAcross(
    _ columns: ResizeAxis, rows: Range<Int>, firstColumn: Int = 0
  ) -> Picture {
    let needed = columns.needed
    let newSize = PictureSize(width: columns.counts.count, height: rows.count)
    let channels = channels.rawValue
    let start =
      rows.lowerBound * rowSampleCount + (needed.lowerBound - firstColumn) * channels
    let stripBytes = tandem_resize_strip_bytes(needed.count, newSize.width, channels)
    return Picture(size: newSize, channels: self.channels) { resized in
      samples.withUnsafeBufferPointer { samples in
        withUnsafeTemporaryAllocation(byteCount: stripBytes, alignment: 64) { strip in
          columns.withC(countedFrom: needed.lowerBound) { axis in
            tandem_resize_across(
              resized.baseAddress, newSize.width * channels, samples.baseAddress! + start,
              rowSampleCount, needed.count, rows.count, channels, axis,
              strip.baseAddress!.assumingMemoryBound(to: UInt8.self))
          }
        }
      }
    }
  }

  /// The columns `columns` of this picture, whose first row is the picture's `firstRow` for the
  /// axis.
  private func resizedDown(
    _ rows: ResizeAxis, columns: Range<Int>, firstRow: Int = 0
  ) -> Picture {
    let newSize = PictureSize(width: columns.count, height: rows.counts.count)
    let channels = channels.rawValue
    return Picture(size: newSize, channels: self.channels) { resized in
      samples.withUnsafeBufferPointer { samples in
        rows.withC(countedFrom: firstRow) { axis in
          tandem_resize_down(
            resized.baseAddress, newSize.width * channels,
            samples.baseAddress! + columns.lowerBound * channels, rowSampleCount,
            newSize.width * channels, axis)
        }
      }
    }
  }

  private func nearest(
    to size: PictureSize, keeping part: PixelRectangle, isMirrored: Bool
  ) -> Picture {
    var columns = Self.nearestPixels(from: width, to: size.width)[part.x..<part.x + part.width]
    if isMirrored { columns.reverse() }
    let rows = Self.nearestPixels(from: height, to: size.height)[part.y..<part.y + part.height]
    let channels = channels.rawValue
    return Picture(size: part.size, channels: self.channels) { resized in
      samples.withUnsafeBufferPointer { samples in
        var next = 0
        for row in rows {
          for column in columns {
            let pixel = row * rowSampleCount + column * channels
            for channel in 0..<channels {
              resized[next] = samples[pixel + channel]
              next += 1
            }
          }
        }
      }
    }
  }

  /// Pillow's `ImagingScaleAffine` adds the scale up, rounding errors included.
  private static func nearestPixels(from oldCount: Int, to newCount: Int) -> [Int] {
    let scale = Double(oldCount) / Double(newCount)
    var centre = scale * 0.5
    return (0..<newCount).map { _ in
      defer { centre += scale }
      return min(Int(centre), oldCount - 1)
    }
  }
}
