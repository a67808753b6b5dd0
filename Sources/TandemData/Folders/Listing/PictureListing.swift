import TandemProcess
import TandemTensor

/// The pictures of one part of a data set, for training or for measuring: where each is, its class,
/// its size and whether it is broken. Names lie one behind the other, so that a picture takes 40
/// bytes and its name's.
public struct PictureListing: Sendable {
  /// The data set's folder.
  let root: String
  let places: PicturePlaces
  /// In the data set's order: class by class, and by path within a class.
  var records: [PictureRecord]
  /// In the order of their labels.
  public let classNames: [String]
  /// What was found beside pictures.
  public internal(set) var leftOut: LeftOut
  /// Why pictures are broken, by their place in `records`.
  var problems: [Int: String] = [:]
  /// What must not have changed for the listing to hold.
  let stamps: [FileStamp]

  init(
    root: String, places: PicturePlaces, records: [PictureRecord], classNames: [String],
    leftOut: LeftOut, stamps: [FileStamp]
  ) {
    self.root = root
    self.places = places
    self.records = records
    self.classNames = classNames
    self.leftOut = leftOut
    self.stamps = stamps
  }

  var containers: [String] { places.containers }
  var names: [UInt8] { places.names }

  public var count: Int { records.count }

  /// Bytes of memory that the listing takes.
  public var byteCount: Int {
    records.count * MemoryLayout<PictureRecord>.stride + names.count
      + containers.reduce(0) { $0 + $1.utf8.count + MemoryLayout<String>.stride }
  }

  /// The size of all pictures' files together.
  public var pictureBytes: Int { records.reduce(0) { $0 + Int($1.byteCount) } }

  func nameBytes(_ index: Int) -> ArraySlice<UInt8> {
    let start = Int(records[index].nameStart)
    return names[start..<start + Int(records[index].nameCount)]
  }

  /// Where a picture is, from the root: `train/cats/cat.1.jpg`, `train-000.tar:cat1.jpg`.
  public func name(_ index: Int) -> String {
    let container = containers[Int(records[index].container)]
    let name = PathBytes.text(nameBytes(index))
    return container.isEmpty || container.hasSuffix("/") ? container + name : "\(container):\(name)"
  }

  /// The same with the root's path.
  public func path(_ index: Int) -> String { Self.join(root, name(index)) }

  /// Whether a picture lies inside of a shard.
  func isInShard(_ index: Int) -> Bool {
    let container = containers[Int(records[index].container)]
    return !(container.isEmpty || container.hasSuffix("/"))
  }

  /// The pictures of each class.
  public var countsOfClasses: [Int] {
    records.reduce(into: [Int](repeating: 0, count: classNames.count)) { $0[Int($1.label)] += 1 }
  }

  /// The broken ones with the reasons, in the listing's order.
  public var broken: [BrokenPicture] {
    problems.keys.sorted().map { BrokenPicture(name: name($0), problem: problems[$0] ?? "") }
  }

  /// Only some of the pictures, in the order of `places`.
  func selecting(_ places: [Int]) -> PictureListing {
    var part = self
    part.records = places.map { records[$0] }
    part.problems = [:]
    if !problems.isEmpty {
      for (place, old) in places.enumerated() { part.problems[place] = problems[old] }
    }
    return part
  }

  /// The same pictures, numbered by other classes' labels.
  ///
  /// - Parameters:
  ///   - names: the classes in the order of their labels.
  ///   - part: what the pictures are, for the error.
  /// - Throws: `PictureFolderError.unknownClass` for a class with pictures that is not among
  ///   `names`.
  func withClasses(_ names: [String], part: String) throws -> PictureListing {
    if names == classNames { return self }
    let known = Dictionary(zip(names, names.indices)) { first, _ in first }
    let labels = classNames.map { known[$0] }
    if let label = countsOfClasses.indices.first(where: {
      labels[$0] == nil && countsOfClasses[$0] > 0
    }) {
      throw PictureFolderError(
        path: root, fact: .unknownClass(name: classNames[label], part: part, known: names))
    }
    var other = PictureListing(
      root: root, places: places, records: records, classNames: names, leftOut: leftOut,
      stamps: stamps)
    other.problems = problems
    for place in other.records.indices {
      other.records[place].label = Int32(labels[Int(records[place].label)] ?? 0)
    }
    return other
  }

  /// The ones that are not broken.
  public func withoutBroken() -> PictureListing {
    problems.isEmpty ? self : selecting(records.indices.filter { problems[$0] == nil })
  }

  /// At most `count` pictures, of each class the first ones, and as many of each as there are.
  public func prefix(_ count: Int) -> PictureListing {
    count < records.count ? selecting(prefixPlaces(count)) : self
  }

  func prefixPlaces(_ count: Int) -> [Int] {
    guard count < records.count else { return Array(records.indices) }
    var left = max(0, count)
    var shares = [Int](repeating: 0, count: classNames.count)
    let counts = countsOfClasses
    while left > 0 {
      for label in shares.indices where left > 0 && shares[label] < counts[label] {
        shares[label] += 1
        left -= 1
      }
    }
    return records.indices.filter { place in
      let label = Int(records[place].label)
      shares[label] -= 1
      return shares[label] >= 0
    }
  }

  /// A digest of names, sizes and labels, and of which pictures are broken: what ranks compare
  /// instead of the pictures.
  var digest: UInt64 {
    var text: [UInt8] = []
    text.reserveCapacity(names.count + records.count)
    var numbers: [Int64] = []
    numbers.reserveCapacity(2 * records.count)
    var digest = ContentDigest()
    var last: UInt32?
    for (place, record) in records.enumerated() {
      if record.container != last {
        last = record.container
        text.append(contentsOf: containers[Int(record.container)].utf8)
        text.append(0)
      }
      text.append(contentsOf: nameBytes(place))
      text.append(0)
      numbers.append(Int64(record.byteCount))
      numbers.append(Int64(record.label) << 1 | (record.state == .broken ? 1 : 0))
    }
    digest.add(text)
    digest.add(numbers)
    return digest.value
  }

  /// A path from a folder on; `path` as it is where that begins at the system's root.
  static func join(_ root: String, _ path: String) -> String {
    if path.isEmpty { return root }
    if path.hasPrefix("/") || root.isEmpty { return path }
    let joined = root.hasSuffix("/") ? root + path : root + "/" + path
    return joined.hasSuffix("/") ? String(joined.dropLast()) : joined
  }
}
