import CKernels

extension Picture {
  /// One channel: (19595 R + 38470 G + 7471 B + 32768) >> 16, as in Pillow.
  public func grey() -> Picture {
    if channels == .grey { return self }
    return Picture(size: size, channels: .grey) { grey in
      samples.withUnsafeBufferPointer { colours in
        tandem_grey_of_colours(grey.baseAddress, colours.baseAddress, size.pixelCount)
      }
    }
  }

  /// Three channels; grey is repeated.
  public func colour() -> Picture {
    if channels == .colour { return self }
    return Picture(size: size, channels: .colour) { colours in
      samples.withUnsafeBufferPointer { grey in
        tandem_colours_of_grey(colours.baseAddress, grey.baseAddress, size.pixelCount)
      }
    }
  }
}
