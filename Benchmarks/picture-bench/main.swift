// What `Benchmarks/decode` measures of Tandem: reads, resizes, crops and mirrors the JPEGs it is
// given, and prints the processor's milliseconds for each picture. With --output FOLDER it also
// writes the pixels of the n-th picture to FOLDER/n.

import Foundation
import TandemImage

let shorterSide = 256
let cropSide = 224

func processorMilliseconds() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
  return Double(time.tv_sec) * 1e3 + Double(time.tv_nsec) / 1e6
}

func prepared(_ picture: Picture) -> Picture {
  // As torchvision's Resize: the longer side is cut off, not rounded.
  let size =
    picture.width < picture.height
    ? PictureSize(width: shorterSide, height: shorterSide * picture.height / picture.width)
    : PictureSize(width: shorterSide * picture.width / picture.height, height: shorterSide)
  return picture.resized(
    to: size, filter: .bilinear, keeping: .centre(PictureSize(cropSide), in: size),
    isMirrored: true)
}

var paths = Array(CommandLine.arguments.dropFirst())
var output: String?
if paths.first == "--output", paths.count > 1 {
  output = paths[1]
  paths.removeFirst(2)
}
var decoding = 0.0
var resizing = 0.0
for (number, path) in paths.enumerated() {
  let bytes = [UInt8](try Data(contentsOf: URL(filePath: path)))
  let start = processorMilliseconds()
  let picture = try PictureDecoder.decode(bytes, channels: .colour)
  let middle = processorMilliseconds()
  let result = prepared(picture)
  resizing += processorMilliseconds() - middle
  decoding += middle - start
  if let output { try Data(result.samples).write(to: URL(filePath: "\(output)/\(number)")) }
}
let count = Double(max(paths.count, 1))
print("{\"decodeMilliseconds\": \(decoding / count), \"resizeMilliseconds\": \(resizing / count)}")
