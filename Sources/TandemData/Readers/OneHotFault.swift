import Foundation
import TandemTensor

/// Why a row of numbers is no one-hot label.
package enum OneHotFault: Equatable, Sendable, CustomStringConvertible {
  case noOne
  case severalOnes(columns: [Int])
  /// Neither 0 nor 1.
  case otherNumber(Double, column: Int)

  package var description: String {
    switch self {
    case .noOne: "no 1"
    case .severalOnes(let columns):
      "a 1 in the columns " + columns.map(String.init).joined(separator: " and ")
    case .otherNumber(let number, let column): String(format: "%g in column %d", number, column)
    }
  }
}
