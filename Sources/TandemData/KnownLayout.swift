import TandemTensor

/// How people have the published data sets: in folders inside of the one they name.
enum KnownLayout {
  /// What torchvision makes in the folder that it is given, and what archives unpack to, with the
  /// names of the data sets.
  private static let inner = [
    ("raw", nil), ("MNIST/raw", "MNIST"), ("FashionMNIST/raw", "FashionMNIST"),
    ("KMNIST/raw", "KMNIST"), ("cifar-10-batches-bin", "cifar-10"),
    ("cifar-100-binary", "cifar-100"),
  ]

  /// The folder inside that holds the data set, and what that is called; nil if there is none, or
  /// if several could be meant.
  /// - Throws: `FileError`.
  static func inner(of path: String, name: String) throws -> (folder: String, name: String)? {
    let found = inner.filter { FileSystem.isFolder(path + "/" + $0.0) }
    guard found.count == 1, let (folder, itsName) = found.first else { return nil }
    let contents = try FolderContents(path: path + "/" + folder)
    guard
      !MNISTFolder.dataSets(in: contents).isEmpty || CIFARFolder(among: contents.names) != nil
    else { return nil }
    return (contents.path, itsName ?? name)
  }

  /// Whether a folder has the pickles of CIFAR's version for Python.
  static func isPythonVersion(_ names: Set<String>) -> Bool {
    names.contains("batches.meta") && names.contains("data_batch_1")
      || names.isSuperset(of: ["meta", "train", "test"])
  }
}
