/// Something about a rank that has to be the same on all of them, in words.
///
/// - `name` and `value` follow "rank 3 has": `batch size`, `128`.
package struct RankFact: Hashable, Codable, Sendable {
  /// What to do about a difference.
  package enum Remedy: String, Codable, Sendable {
    case sameOptions
    case sameProgram
    case sameLibraries
    case sameMachines
    case sameData
    case soundHardware

    var text: String {
      switch self {
      case .sameOptions: "start all ranks with the same options"
      case .sameProgram: "start the same program on all hosts"
      case .sameLibraries: "install the same version on all hosts, or use one container image"
      case .sameMachines:
        "use hosts with the same instruction sets, or the weights would depend on which rank computes what"
      case .sameData: "give all ranks the same data"
      case .soundHardware:
        "the ranks compute different numbers: check the memory of these hosts and that both have the same "
          + "system libraries"
      }
    }
  }

  package let name: String
  package let value: String
  package let remedy: Remedy

  package init(_ name: String, _ value: String, _ remedy: Remedy = .sameOptions) {
    self.name = name
    self.value = value
    self.remedy = remedy
  }
}
