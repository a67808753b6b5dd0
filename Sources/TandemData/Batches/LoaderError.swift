import TandemProcess
import TandemTensor

/// Why a loader has no batch.
package enum LoaderError: Error, CustomStringConvertible {
  case shutDown

  package var description: String {
    switch self {
    case .shutDown: "the loader was shut down while a worker waited for a mini-batch"
    }
  }
}
