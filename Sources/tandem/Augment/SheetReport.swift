import Tandem
import TandemImage

/// What `augment` and `show-batch` print as JSON.
struct SheetReport: Encodable {
  let source: String
  let output: String
  let pictures: Int
  let width: Int
  let height: Int
  let augmentation: Augmentation

  init(
    source: String, output: String, pictures: Int, size: PictureSize, augmentation: Augmentation
  ) {
    self.source = source
    self.output = output
    self.pictures = pictures
    width = size.width
    height = size.height
    self.augmentation = augmentation
  }
}
