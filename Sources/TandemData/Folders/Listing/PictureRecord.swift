/// One picture of a listing, in 40 bytes; its name stands in the listing's.
struct PictureRecord: Hashable, Sendable {
  /// What is known of a picture's contents.
  enum State: UInt8, Sendable {
    /// Nobody has looked.
    case unseen = 0
    /// Its beginning and its end are as they should be.
    case plausible = 1
    /// It has been decoded.
    case decoded = 2
    case broken = 3
  }

  /// Where it begins in a shard; of a file of its own when it was last changed, in nanoseconds
  /// since 1970.
  var place: Int64
  /// In the listing's names.
  var nameStart: UInt32
  /// The folder or shard that it is in.
  var container: UInt32
  var byteCount: UInt32
  /// The class, in the listing's.
  var label: Int32
  /// In pixels, upright; 0 where nobody has looked.
  var width: UInt32 = 0
  var height: UInt32 = 0
  var nameCount: UInt16
  private var stateCode: UInt8 = 0
  /// 1 for grey ones, 3 for others, 0 where nobody has looked.
  var channels: UInt8 = 0

  init(
    place: Int64 = 0, nameStart: UInt32, nameCount: UInt16, container: UInt32,
    byteCount: UInt32 = 0,
    label: Int32
  ) {
    self.place = place
    self.nameStart = nameStart
    self.nameCount = nameCount
    self.container = container
    self.byteCount = byteCount
    self.label = label
  }

  var state: State {
    get { State(rawValue: stateCode) ?? .unseen }
    set { stateCode = newValue.rawValue }
  }
}
