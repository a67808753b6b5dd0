// Sizes and SHA-256 digests: those of Fashion-MNIST were computed from the files themselves; those
// of MNIST and CIFAR are published with the loaders of several frameworks, which agree.

extension NamedDataSet {
  /// All that there are.
  package static let all = [mnist, fashionMNIST, cifar10, cifar100]

  private static let trainImages = "train-images-idx3-ubyte.gz"
  private static let trainLabels = "train-labels-idx1-ubyte.gz"
  private static let testImages = "t10k-images-idx3-ubyte.gz"
  private static let testLabels = "t10k-labels-idx1-ubyte.gz"

  private static let mnist = NamedDataSet(
    name: "mnist", summary: "handwritten digits, 28×28 (LeCun et al. 1998)",
    files: [
      RemoteFile(
        name: trainImages, byteCount: 9_912_422,
        sha256: "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"),
      RemoteFile(
        name: trainLabels, byteCount: 28_881,
        sha256: "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"),
      RemoteFile(
        name: testImages, byteCount: 1_648_877,
        sha256: "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"),
      RemoteFile(
        name: testLabels, byteCount: 4_542,
        sha256: "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"),
    ],
    mirrors: [
      "https://ossci-datasets.s3.amazonaws.com/mnist/",
      "https://storage.googleapis.com/cvdf-datasets/mnist/",
      "http://yann.lecun.com/exdb/mnist/",
    ])

  private static let fashionMNIST = NamedDataSet(
    name: "fashion-mnist", summary: "pieces of clothing, 28×28 (Xiao et al. 2017)",
    files: [
      RemoteFile(
        name: trainImages, byteCount: 26_421_880,
        sha256: "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"),
      RemoteFile(
        name: trainLabels, byteCount: 29_515,
        sha256: "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"),
      RemoteFile(
        name: testImages, byteCount: 4_422_102,
        sha256: "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"),
      RemoteFile(
        name: testLabels, byteCount: 5_148,
        sha256: "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"),
    ],
    mirrors: [
      "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
      "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
      "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
    ])

  private static let torontoMirrors = [
    "https://www.cs.toronto.edu/~kriz/", "https://cave.cs.toronto.edu/kriz/",
  ]

  private static let cifar10 = NamedDataSet(
    name: "cifar-10", summary: "photographs of 10 classes, 32×32 (Krizhevsky 2009)",
    files: [
      RemoteFile(
        name: "cifar-10-binary.tar.gz", byteCount: 170_052_171,
        sha256: "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd")
    ],
    mirrors: torontoMirrors, unpackedFolder: "cifar-10-batches-bin",
    unpackedFiles: (1...5).map { "data_batch_\($0).bin" } + ["test_batch.bin"])

  private static let cifar100 = NamedDataSet(
    name: "cifar-100", summary: "photographs of 100 classes, 32×32 (Krizhevsky 2009)",
    files: [
      RemoteFile(
        name: "cifar-100-binary.tar.gz", byteCount: 168_513_733,
        sha256: "58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec")
    ],
    mirrors: torontoMirrors, unpackedFolder: "cifar-100-binary",
    unpackedFiles: ["train.bin", "test.bin"])
}
