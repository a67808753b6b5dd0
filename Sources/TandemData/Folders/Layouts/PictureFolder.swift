import Foundation
import TandemTensor

/// A data set of pictures: where those for training, validation and tests are. Nothing is listed
/// yet.
public struct PictureFolder: Sendable {
  /// The folder.
  let root: String
  public let name: String
  private var sources: [PicturePart: PictureSource] = [:]
  /// Pictures of no part, which can be split.
  private var whole: PictureSource?

  /// Recognises a folder of pictures; nil if it is none.
  /// - Throws: `FileError`, `PictureFolderError`.
  init?(_ contents: FolderContents, name: String) throws {
    root = contents.path
    self.name = name
    let names = contents.names.filter { PictureNames.leftOut(Array($0.utf8)) == nil }
      .sorted(by: precedesByCodePoints)
    var shards: [PicturePart: [String]] = [:]
    for entry in names {
      let isFolder = FileSystem.isFolder(contents.path + "/" + entry)
      if isFolder, let part = PicturePart(named: entry) {
        if sources[part] == nil {
          sources[part] = try PictureSource.found(inFolder: entry + "/", of: root)
        }
      } else if !isFolder, PictureNames.isShard(Array(entry.utf8)) {
        shards[PicturePart(inNameOfFile: entry) ?? .training, default: []].append(entry)
      }
    }
    for part in PicturePart.allCases where sources[part] == nil {
      if let paths = shards[part] { sources[part] = .shards(paths) }
      // Tables are named outright: a folder may hold any others.
      if let table = part.names.map({ $0 + ".csv" }).first(where: names.contains),
        sources[part] == nil
      {
        sources[part] = .table(table, part: nil)
      }
    }
    if sources[.training] == nil, shards.isEmpty {
      // A folder of pictures to measure with only, or of classes.
      whole = sources.isEmpty ? try PictureSource.found(inFolder: "", of: root) : nil
    }
    guard !sources.isEmpty || whole != nil else { return nil }
  }

  /// A table of pictures.
  /// - Throws: `FileError`, `PictureFolderError`.
  init(table path: String, name: String) throws {
    self.name = name
    let folder = FileSystem.folderPrefix(of: path)
    root = folder.isEmpty ? "." : FileSystem.parent(of: path)
    let file = FileSystem.name(of: path)
    let table = try PictureTable(file, of: root)
    guard table.hasParts else {
      whole = .table(file, part: nil)
      return
    }
    for part in PicturePart.allCases where table.has(part) {
      sources[part] = .table(file, part: part)
    }
  }

  /// A single archive in WebDataset's layout.
  init(shard path: String, name: String) {
    self.name = name
    root = FileSystem.parent(of: path)
    whole = .shards([FileSystem.name(of: path)])
  }

  /// What is to be done with the pictures.
  public enum Use: Sendable {
    /// Learning from some and measuring with others, those for validation before those for tests.
    case training
    /// Measuring, with pictures for tests before those for validation, or with all of a folder that
    /// has no parts.
    case measuring
  }

  /// Lists the pictures for a use.
  /// - Throws: `FileError`, `PictureFolderError`, each with a message of one line.
  public func open(_ use: Use, _ options: PictureOptions = PictureOptions()) throws -> PictureParts
  {
    var notes: [String] = []
    switch use {
    case .training:
      let (all, allContents) = try list(
        sources[.training] ?? whole, .training, nil, options, &notes)
      if let share = options.validationShare {
        // Those for tests stay for the end.
        if sources[.validation] != nil {
          throw PictureFolderError(
            path: root, fact: .nothingToSplit(part: PicturePart.validation.rawValue))
        }
        let (training, validation) = try all.split(
          ValidationSplit(share: share, seed: options.splitSeed))
        return PictureParts(
          name: name, training: training, measured: validation, listed: [all], notes: notes,
          measuredPart: PictureParts.splitOff, options: options,
          contents: (allContents, allContents))
      }
      guard let part = [PicturePart.validation, .test].first(where: { sources[$0] != nil }) else {
        throw PictureFolderError(
          path: root,
          fact: .nothingToMeasureWith(found: "\(all.count) of \(all.classNames.count) classes"))
      }
      let (measured, measuredContents) = try list(
        sources[part], part, all.classNames, options, &notes)
      return PictureParts(
        name: name, training: all, measured: measured, listed: [all, measured], notes: notes,
        measuredPart: part.rawValue, options: options, contents: (allContents, measuredContents))
    case .measuring:
      let part = [PicturePart.test, .validation].first { sources[$0] != nil }
      if part == nil, options.validationShare != nil { return try open(.training, options) }
      let source = part.flatMap { sources[$0] } ?? whole ?? sources[.training]
      let (measured, contents) = try list(source, part ?? .test, nil, options, &notes)
      let parts = PictureParts(
        name: name, training: measured, measured: measured, listed: [measured], notes: notes,
        measuredPart: part?.rawValue ?? "all", options: options, contents: (contents, contents))
      // They need not show all classes.
      guard part != nil, case .classFolders(let path)? = sources[.training] else { return parts }
      return try parts.withClasses(
        ClassFolders.classNames(in: PictureListing.join(root, path)))
    }
  }

  /// What a listing depends on besides what is in the folder.
  private struct Key: Encodable {
    let source: PictureSource
    let known: [String]?
  }

  private func list(
    _ source: PictureSource?, _ part: PicturePart, _ known: [String]?, _ options: PictureOptions,
    _ notes: inout [String]
  ) throws -> (listing: PictureListing, contents: UInt64?) {
    guard let source else { throw PictureFolderError(path: root, fact: .noPictures(leftOut: "")) }
    let depth: PictureExamination.Depth? = options.verifies ? .whole : nil
    let folder = options.cacheFolder ?? CacheFolder.standard
    let index = try folder.map {
      try ListingIndex(in: $0, root: root, key: Key(source: source, known: known))
    }
    var listing: PictureListing
    if !options.verifies, let kept = index?.read(root: root, depth: depth) {
      listing = kept.listing
      // Somebody may have mended them.
      if !listing.problems.isEmpty {
        listing =
          PictureExamination.examine(
            listing, depth: kept.depth, only: listing.problems.keys.sorted()
          ).listing
      }
    } else {
      let begun = ListingIndex.now
      let found = try find(source, part, known)
      let examined = PictureExamination.examine(found, depth: depth)
      listing = examined.listing
      do {
        try index?.write(listing, depth: examined.depth, begun: begun)
      } catch let error as FileError {
        notes.append(
          "the listing of \(root) is not kept, so the next start lists it again: \(error)")
      }
    }
    try check(listing, part, known: known)
    let contents = options.verifies ? try PictureContents.digest(of: listing) : nil
    if listing.problems.isEmpty { return (listing, contents) }
    let broken = listing.broken
    guard options.skipsBroken else {
      throw PictureFolderError(path: root, fact: .broken(broken, of: listing.count))
    }
    let whole = listing.withoutBroken()
    guard whole.count > 0 else {
      throw PictureFolderError(path: root, fact: .noPicturesLeft(broken: broken.count))
    }
    notes.append(
      "\(broken.count) of \(listing.count) pictures are broken and left out of \(part.rawValue):")
    notes += BrokenPicture.lines(broken)
    return (whole, contents)
  }

  private func find(
    _ source: PictureSource, _ part: PicturePart, _ known: [String]?
  ) throws -> PictureListing {
    switch source {
    case .classFolders(let path):
      try ClassFolders.find(in: path, of: root, part: path.isEmpty ? name : path, known: known)
    case .flat(let path):
      try FlatFolder.find(in: path, of: root, part: path.isEmpty ? name : path, known: known)
    case .table(let path, let part):
      try PictureTable(path, of: root).find(part, known: known)
    case .shards(let paths):
      try PictureShards.find(paths, of: root, known: known)
    }
  }

  private func check(_ listing: PictureListing, _ part: PicturePart, known: [String]?) throws {
    guard listing.count > 0 else {
      throw PictureFolderError(path: root, fact: .noPictures(leftOut: listing.leftOut.text))
    }
    // Of the others a network only cannot be asked.
    guard known == nil else { return }
    if let empty = listing.countsOfClasses.firstIndex(of: 0) {
      throw PictureFolderError(
        path: root,
        fact: .emptyClass(name: listing.classNames[empty], part: part.rawValue))
    }
  }
}
