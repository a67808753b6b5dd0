import TandemTensor

/// What is wrong with the files of a data set.
package struct DataError: Error, Equatable {
  /// Thrown as it is inside this module, by code that does not know the file.
  package enum Fact: Error, Equatable {
    case notFound
    /// A folder or file in which no known data set was recognised.
    case notRecognised
    /// A folder in which no data set was recognised, but in some of its folders.
    case recognisedInside(folders: [String])
    /// The files of several data sets lie in one folder, each with names that start differently.
    case severalDataSets(names: [String])
    /// A folder with the name of a file, and no such file inside.
    case folderInsteadOfFile
    /// A data set was recognised, but lacks a file; the names are alternatives.
    case missingFile(names: [String])
    case wrongMagic(found: UInt32, expected: UInt32)
    case truncatedHeader(neededBytes: Int, foundBytes: Int)
    /// Fewer bytes than the header asks for.
    case truncatedData(claimedBytes: Int, foundBytes: Int)
    case trailingBytes(expectedBytes: Int)
    /// More bytes than the compressed ones can expand to.
    case impossibleSize(claimedBytes: Int, possibleBytes: Int)
    case damagedGzip(offset: Int, reason: String)
    case partialRecord(recordBytes: Int, foundBytes: Int)
    case noImages
    /// A class of a single image, of which some were to be split off to measure with.
    case classCannotBeSplit(name: String)
    case emptyImages(shape: Shape)
    case countsDiffer(images: Int, labels: Int, labelsPath: String)
    case labelOutOfRange(label: Int64, index: Int, classes: Int)
    /// So many classes never occur that the largest label is probably wrong.
    case sparseLabels(largest: Int64, index: Int, occurring: Int)
    case tooManyClasses(label: Int64, index: Int, limit: Int)
    case wrongClassNames(found: Int, expected: Int)
    /// A line of a file with the meanings of labels that is no label with character codes, or that
    /// has a label again.
    case malformedMapping(line: Int)
    /// A label that such a file does not have.
    case unmappedLabel(label: Int64, index: Int, mappingPath: String)
    /// A row of one-hot labels that is not one 1 and otherwise 0.
    case notOneHot(array: String, shape: Shape, row: Int, found: OneHotFault)
    /// One-hot labels for different numbers of classes.
    case oneHotWidthsDiffer(train: Int, test: Int)
    case imageShapesDiffer(train: Shape, test: Shape)
    case wrongArrayShape(array: String, shape: Shape, expected: String)
    case wrongArrayType(array: String, type: String, expected: String)
    case ambiguousChannels(array: String, shape: Shape)
    case noChannels(array: String, shape: Shape)
    case notFinite(array: String, index: Int)
    case negativePixel(array: String, index: Int, value: Int)
    case malformedGenerator(expected: String)
    /// `:coarse` behind what is not CIFAR-100.
    case noCoarseLabels
    /// CIFAR's pickles for Python.
    case pythonVersion
    /// Pictures that need a size to be brought to.
    case picturesOfSeveralSizes
  }

  /// The file or folder, or the specification as the user wrote it.
  package let path: String
  package let fact: Fact

  package init(path: String, fact: Fact) {
    self.path = path
    self.fact = fact
  }
}

extension DataError: CustomStringConvertible {
  package var description: String { "\(path): \(explanation)" }

  private static let kinds = """
    mnist, fashion-mnist, cifar-10 or cifar-100 (fetched once), \
    a folder with MNIST's IDX files (train-images-idx3-ubyte, plain or .gz, and so on), \
    a folder with CIFAR-10's data_batch_*.bin, a folder or .npz file with x_train, y_train, \
    x_test and y_test, a folder of pictures (train/CLASS/..., val/CLASS/...), or the built-in generator (shapes, or shapes:TRAIN,TEST)
    """

  private var explanation: String {
    switch fact {
    case .notFound:
      "there is no such file or folder; name \(Self.kinds)"
    case .notRecognised:
      "no data set was recognised here; name \(Self.kinds)"
    case .recognisedInside(let folders):
      "no data set was recognised here, but in "
        + (folders.count == 1 ? "a folder inside" : "folders inside") + ": name "
        + alternatives(folders)
    case .severalDataSets(let names):
      "the files of several data sets are here; name one of them as "
        + alternatives(names)
    case .folderInsteadOfFile:
      "this is a folder without the file that it is called after; put the file in its place"
    case .missingFile(let names):
      "\(names.joined(separator: " or ")) is missing; complete the folder"
    case .wrongMagic(let found, let expected):
      "the file starts with \(Self.hexadecimal(found)) instead of \(Self.hexadecimal(expected)); "
        + "it is no such IDX file, fetch it again"
    case .truncatedHeader(let needed, let found):
      "the header needs \(needed) bytes but there are \(found); "
        + "the file is cut off, fetch it again"
    case .truncatedData(let claimed, let found):
      "the header claims \(claimed) bytes of data but there are \(found); "
        + "the file is cut off, fetch it again"
    case .trailingBytes(let expected):
      "there is more after the \(expected) bytes of data that the header claims; fetch it again"
    case .impossibleSize(let claimed, let possible):
      "the header claims \(claimed) bytes of data but at most \(possible) are possible; "
        + "fetch it again"
    case .damagedGzip(let offset, let reason):
      "the compressed data are damaged at byte \(offset) (\(reason)); fetch the file again"
    case .partialRecord(let record, let found):
      "\(found) bytes are no whole number of records of \(record) bytes; "
        + "the file is cut off or of another format, fetch it again"
    case .noImages:
      "there are no images; use a data set with at least one"
    case .classCannotBeSplit(let name):
      "the class \(name) has a single image, so that a split for validation leaves one side without "
        + "any of it; add others, remove it, or train without `validationShare`"
    case .emptyImages(let shape):
      "images of shape \(shape) have no pixels; fetch the file again"
    case .countsDiffer(let images, let labels, let labelsPath):
      "there are \(images) images but \(labels) labels in \(labelsPath); "
        + "use files that belong together"
    case .labelOutOfRange(let label, let index, let classes):
      "label \(label) of image \(index) is not in 0…\(classes - 1); "
        + "correct the label or fetch the file again"
    case .sparseLabels(let largest, let index, let occurring):
      "label \(largest) of image \(index) makes \(largest + 1) classes, but only \(occurring) "
        + "occur; number the classes 0, 1, 2 and so on"
    case .tooManyClasses(let label, let index, let limit):
      "label \(label) of image \(index) is above the limit of \(limit) classes; "
        + "number the classes 0, 1, 2 and so on"
    case .wrongClassNames(let found, let expected):
      "there are names for \(found) classes instead of \(expected); fetch the file again"
    case .malformedMapping(let line):
      "line \(line) is not a label from 0 to 255, each once, followed by character codes; correct the "
        + "line, or take the file away to call the classes by their labels"
    case .unmappedLabel(let label, let index, let mappingPath):
      "label \(label) of image \(index) is not in \(mappingPath); use files that belong together"
    case .notOneHot(let array, let shape, let row, let found):
      "row \(row) of \(array) \(shape) has \(found), but one-hot labels have one 1 in each row and "
        + "otherwise 0; save each image's class, for example with numpy.argmax(\(array), axis=1)"
    case .oneHotWidthsDiffer(let train, let test):
      "the one-hot labels in y_train are of \(train) classes but those in y_test of \(test); "
        + "use files that belong together"
    case .imageShapesDiffer(let train, let test):
      "training images are \(train) but test images \(test); use files that belong together"
    case .wrongArrayShape(let array, let shape, let expected):
      "\(array) has shape \(shape), expected \(expected); reshape the array"
    case .wrongArrayType(let array, let type, let expected):
      "\(array) has elements of type \(type), expected \(expected); convert it with astype"
    case .ambiguousChannels(let array, let shape):
      "\(array) of shape \(shape) may be [N, H, W, C] or [N, C, H, W], as both its second and its "
        + "last extent could be 1 to 4 channels; for grey images leave that axis out"
    case .noChannels(let array, let shape):
      "\(array) of shape \(shape) has neither 1 to 4 channels last, [N, H, W, C], nor in second "
        + "place, [N, C, H, W]; reorder the array with numpy.moveaxis"
    case .notFinite(let array, let index):
      "element \(index) of \(array) is not a finite number; correct the array"
    case .negativePixel(let array, let index, let value):
      "element \(index) of \(array) is \(value), but pixels of int8 are 0…127; convert the array to "
        + "what is meant, for example with astype('uint8') or astype('float32')"
    case .malformedGenerator(let expected):
      "expected \(expected)"
    case .noCoarseLabels:
      "there are no coarse labels, which only CIFAR-100 has (cifar-100-binary); leave out :coarse"
    case .pythonVersion:
      "this is CIFAR's version for Python, whose files can run code; use the binary version, which "
        + "cifar-10 and cifar-100 as names fetch"
    case .picturesOfSeveralSizes:
      "these are pictures of several sizes, or large ones; say to what size they are brought"
    }
  }

  /// The paths of some names in the folder.
  private func alternatives(_ names: [String]) -> String {
    let listed = names.prefix(6)
    return listed.map { "\(path)/\($0)" }.joined(separator: " or ")
      + (names.count > listed.count ? ", or one of \(names.count - listed.count) more" : "")
  }

  private static func hexadecimal(_ value: UInt32) -> String {
    let digits = String(value, radix: 16)
    return "0x" + String(repeating: "0", count: 8 - digits.count) + digits
  }
}

/// Runs `body`, and adds the file to a fact that it throws.
func namingFile<Result>(_ path: String, _ body: () throws -> Result) throws -> Result {
  do {
    return try body()
  } catch let fact as DataError.Fact {
    throw DataError(path: path, fact: fact)
  }
}
