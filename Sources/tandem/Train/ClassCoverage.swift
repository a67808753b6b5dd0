import Tandem
import TandemNetwork

/// Which classes the training images show, and what is said where some are missing: labels that
/// begin at 1, a file of sorted images that was cut off, or a class that was forgotten.
struct ClassCoverage {
  private static let listed = 5

  let missing: [Int]
  let images: Int
  let classNames: [String]

  init(_ dataset: any Dataset) {
    missing = dataset.classesWithoutImages()
    images = dataset.count
    classNames = dataset.classNames
  }

  /// nil if every class has an image.
  var warning: String? {
    guard !missing.isEmpty else { return nil }
    let shown = missing.prefix(Self.listed).map { "\($0)\(Self.addition(classNames[$0], to: $0))" }
    let more = missing.count > Self.listed ? ["\((missing.count - Self.listed).grouped) more"] : []
    let classes = Self.joined(shown + more)
    let what =
      missing.count == 1
      ? "class \(classes)" : "the classes \(classes) (of \(classNames.count.grouped))"
    return "none of the \(counted(images, "training image")) shows \(what); " + advice
  }

  private var advice: String {
    missing == [0]
      ? "if labels begin at 1, subtract 1 from all, or the network has one output too many"
      : "the network cannot learn what it does not see"
  }

  /// The name behind a label, unless it is the same.
  private static func addition(_ name: String, to label: Int) -> String {
    name == String(label) ? "" : " (\(name))"
  }

  private static func joined(_ words: [String]) -> String {
    words.count < 2
      ? words.joined() : words.dropLast().joined(separator: ", ") + " and " + words[words.count - 1]
  }
}
