/// What the labels of well-known data sets mean; their files do not say.
enum ClassNames {
  static let fashion = [
    "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag",
    "Ankle boot",
  ]
  static let cifar10 = [
    "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
  ]

  /// The names for a data set of ten classes that is called something with "fashion" or "cifar";
  /// otherwise the labels themselves, which for MNIST are the digits shown.
  static func known(forDataSet name: String, count: Int) -> [String] {
    let name = name.lowercased()
    if count == 10 && name.contains("fashion") { return fashion }
    if count == 10 && name.contains("cifar") { return cifar10 }
    return (0..<count).map(String.init)
  }
}
