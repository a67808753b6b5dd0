import Foundation

/// The system's notation for sets of cpus: `0-3,8`.
package enum CPUList {
  /// - Parameter numbers: ascending.
  package static func text(_ numbers: [Int]) -> String {
    var ranges: [ClosedRange<Int>] = []
    for number in numbers {
      if let last = ranges.last, last.upperBound + 1 == number {
        ranges[ranges.count - 1] = last.lowerBound...number
      } else {
        ranges.append(number...number)
      }
    }
    return ranges.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }
      .joined(separator: ",")
  }

  /// nil for a text that is no such list.
  package static func parse(_ text: String) -> [Int]? {
    let text = text.trimmingCharacters(in: .whitespacesAndNewlines)
    if text.isEmpty { return [] }
    var cpus: [Int] = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let bounds = part.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
      switch bounds.count {
      case 1:
        guard let cpu = bounds[0], cpu >= 0 else { return nil }
        cpus.append(cpu)
      case 2:
        guard let first = bounds[0], let last = bounds[1], first <= last else { return nil }
        cpus.append(contentsOf: first...last)
      default:
        return nil
      }
    }
    return cpus
  }
}
