import Tandem
import TandemNetwork

/// The classes of a network by name or label.
struct ClassLabels {
  private let names: [String]

  /// - Parameters:
  ///   - names: nil where they are not known.
  ///   - count: of the classes.
  init(_ names: [String]?, count: Int) {
    self.names = (0..<count).map { label in
      names.flatMap { $0.indices.contains(label) ? $0[label] : nil } ?? "\(label)"
    }
  }

  func name(_ label: Int) -> String { names[label] }

  /// - Parameter text: a name, or a label where no class has such a name.
  /// - Throws: `ClassLabelError`.
  func label(_ text: String) throws -> Int {
    if let label = names.firstIndex(of: text) { return label }
    if let label = Int(text), names.indices.contains(label) { return label }
    throw ClassLabelError(
      text: text, classes: names.count, nearest: nearestNames(to: text, among: names))
  }
}
