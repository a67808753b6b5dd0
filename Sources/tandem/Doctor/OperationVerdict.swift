import Tandem
import TandemExecution
import TandemNetwork
import TandemZoo

/// Whether oneDNN's operations compute what they should: the kinds that networks of the zoo consist
/// of, each compared with a plain loop.
struct OperationVerdict: Encodable {
  /// The number of kinds that were compared.
  let kinds: Int
  /// What is wrong with a kind, in words; none on a machine that is fit for use.
  let faults: [String]
  /// Kinds that could not be compared.
  let unchecked: [String]

  /// Networks that have between them every layer that oneDNN computes, and all sizes of windows.
  private static let networks = [
    "simple-convnet", "lenet", "alexnet", "vgg-d", "googlenet", "resnet-50", "inception-v4",
  ]
  /// Enough for Winograd's way, and no multiple of a vector.
  private static let images = 3

  static func take() throws -> OperationVerdict {
    let result = try OperationChecks.check(plans())
    return OperationVerdict(
      kinds: result.kinds, faults: result.faults.map(\.description),
      unchecked: result.unchecked)
  }

  private static func plans() throws -> [Plan] {
    try networks.flatMap { name in
      let graph = try Zoo.network(named: name).graph()
      let precisions = Precision.allCases.filter { $0 == .float32 || OneDNN.computesBFloat16 }
      let whole = try precisions.flatMap { precision in
        try [Plan.Mode.inference, .training].map { mode in
          try Plan(graph, images: images, mode: mode, precision: precision)
        }
      }
      // One device of two copies windows of maps, too.
      let placed = try PlacedNetwork(
        graph, mesh: Mesh(data: 1, model: 2), parallelism: .model)
      let device = DevicePart(try DeviceGraph(placed, member: 0), images: [images, images])
      return whole + [try Plan(device, mode: .training)]
    }
  }

  var text: String {
    let compared = "\(kinds) kinds compared with plain loops"
    let right =
      faults.isEmpty ? "all right" : "\(faults.count) wrong: \(faults.joined(separator: "; "))"
    return "\(compared), \(right)"
      + (unchecked.isEmpty ? "" : "; not compared: \(unchecked.joined(separator: "; "))")
  }
}
