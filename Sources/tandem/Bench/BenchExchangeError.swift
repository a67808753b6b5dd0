import Tandem
import TandemCollectives
import TandemTensor

/// What can go wrong in `bench-exchange`, other than in the ranks' talk.
enum BenchExchangeError: Error, CustomStringConvertible {
  case differentSums

  var description: String {
    switch self {
    case .differentSums:
      "the exchange and MPI_Allreduce came to different sums; check the memory of this host"
    }
  }
}
